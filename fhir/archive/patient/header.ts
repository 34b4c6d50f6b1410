/** The DICOM header that all instances of the embedded patient share, and short ways to write elements. */
import type { DicomJson, DicomJsonElement } from '../../dicom/index.ts';
import type { Grid } from './fill.ts';
import { PATIENT, uidOf, type PatientSize } from './identity.ts';
import { crossOf, type Point } from './shapes.ts';

const STUDY_NUMBER = { chest: 1, cardiac: 2, flow: 3 } as const;

export const el = (vr: string, ...Value: readonly unknown[]): DicomJsonElement => ({ vr, Value });
export const sq = (...items: readonly DicomJson[]): DicomJsonElement => ({ vr: 'SQ', Value: items });
export const code = (value: string, scheme: string, meaning: string): DicomJson => ({
  '00080100': el('SH', value),
  '00080102': el('SH', scheme),
  '00080104': el('LO', meaning),
});

export interface SeriesWords {
  readonly study: 'chest' | 'cardiac' | 'flow';
  readonly series: string;
  readonly number: number;
  readonly modality: 'CT' | 'MR';
  readonly sopClassUid: string;
  readonly studyDescription: string;
  readonly description: string;
  readonly protocol: string;
  readonly bodyPart: string;
  readonly date: string;
  readonly time: string;
  readonly size: PatientSize;
}

export const CT_IMAGE = '1.2.840.10008.5.1.4.1.1.2';
export const ENHANCED_MR = '1.2.840.10008.5.1.4.1.1.4.1';

const tidy = (v: number): number => Number(v.toFixed(6)) + 0;

/** Patient, study, series, equipment and frame of reference. */
export function commonHeader(words: SeriesWords, instance: string): DicomJson {
  const of = (part: string): string => uidOf(`${words.size} ${part}`);
  const { date, time } = words;
  return {
    '00080005': el('CS', 'ISO_IR 192'),
    '00080012': el('DA', date),
    '00080013': el('TM', time),
    '00080016': el('UI', words.sopClassUid),
    '00080018': el('UI', of(`${words.series}/${instance}`)),
    '00080020': el('DA', date),
    '00080021': el('DA', date),
    '00080022': el('DA', date),
    '00080023': el('DA', date),
    '00080030': el('TM', time),
    '00080031': el('TM', time),
    '00080032': el('TM', time),
    '00080033': el('TM', time),
    '00080050': el('SH', `EMB000${STUDY_NUMBER[words.study]}`),
    '00080060': el('CS', words.modality),
    '00080070': el('LO', 'Anteroom'),
    '00080080': el('LO', 'Anteroom embedded archive'),
    '00080090': el('PN'),
    '00081030': el('LO', words.studyDescription),
    '0008103E': el('LO', words.description),
    '00081090': el('LO', 'Embedded patient'),
    '00100010': el('PN', { Alphabetic: PATIENT.name }),
    '00100020': el('LO', PATIENT.id),
    '00100030': el('DA', PATIENT.birthDate),
    '00100040': el('CS', PATIENT.sex),
    '00101010': el('AS', '066Y'),
    '00104000': el('LT', 'Synthetic. No person was scanned.'),
    '00180015': el('CS', words.bodyPart),
    '00181000': el('LO', 'EMBEDDED'),
    '00181020': el('LO', 'anteroom'),
    '00181030': el('LO', words.protocol),
    '00185100': el('CS', 'HFS'),
    '0020000D': el('UI', of(words.study)),
    '0020000E': el('UI', of(`${words.study}/${words.series}`)),
    '00200010': el('SH', String(STUDY_NUMBER[words.study])),
    '00200011': el('IS', words.number),
    '00200052': el('UI', of('frame of reference')),
    '00201040': el('LO'),
  };
}

export const spacing = (p: Point): number => Math.hypot(p[0], p[1], p[2]);
const unit = (p: Point): readonly number[] => p.map((v) => tidy(v / spacing(p)));

/** Place of slice k: position, orientation, spacings. */
export function planeHeader(grid: Grid, k: number): DicomJson {
  const { origin, di, dj, dk } = grid;
  const at = [0, 1, 2].map((c) => tidy(origin[c]! + k * dk[c]!));
  const n = crossOf(di, dj);
  const height = (at[0]! * n[0] + at[1]! * n[1] + at[2]! * n[2]) / spacing(n);
  return {
    '00180050': el('DS', tidy(spacing(dk))),
    '00180088': el('DS', tidy(spacing(dk))),
    '00200032': el('DS', ...at),
    '00200037': el('DS', ...unit(di), ...unit(dj)),
    '00201041': el('DS', Number(height.toFixed(3))),
    '00280030': el('DS', tidy(spacing(dj)), tidy(spacing(di))),
  };
}

/** Layout of 12-bit CT values stored with an offset of 1024. */
export function ctPixels(grid: Grid, center: number, width: number): DicomJson {
  return {
    '00280002': el('US', 1),
    '00280004': el('CS', 'MONOCHROME2'),
    '00280010': el('US', grid.dims[1]),
    '00280011': el('US', grid.dims[0]),
    '00280100': el('US', 16),
    '00280101': el('US', 12),
    '00280102': el('US', 11),
    '00280103': el('US', 0),
    '00281050': el('DS', center),
    '00281051': el('DS', width),
    '00281052': el('DS', -1024),
    '00281053': el('DS', 1),
    '00281054': el('LO', 'HU'),
  };
}
