/** What an archive holds, and finding in it (QIDO-RS matching, PS3.18 8.3.4). Pure. */
import type { DicomJson } from '../dicom/index.ts';

/** One object on disk. */
export interface StoredRecord {
  /** Within the archive's folder. */
  readonly file: string;
  readonly header: DicomJson;
  readonly bytes: number;
  /** Pixels stand at the end of the file; 0 where this is not known. */
  readonly pixelBytes: number;
  readonly transferSyntaxUid: string;
}

export const textOf = (header: DicomJson, tag: string): string => {
  const value = header[tag]?.Value?.[0];
  if (typeof value === 'object' && value !== null && 'Alphabetic' in value) return String(value.Alphabetic);
  return value === undefined || value === null ? '' : String(value);
};

export interface HeldSeries {
  readonly uid: string;
  readonly instances: Map<string, StoredRecord>;
}
export interface HeldStudy {
  readonly uid: string;
  readonly series: Map<string, HeldSeries>;
}
/** Studies by UID, in the order in which they came. */
export type Holdings = Map<string, HeldStudy>;

/** Adds an object, in place of an older one of the same UID. */
export function hold(holdings: Holdings, record: StoredRecord): void {
  const [studyUid, seriesUid, uid] = ['0020000D', '0020000E', '00080018'].map((tag) =>
    textOf(record.header, tag),
  );
  const study = holdings.get(studyUid!) ?? { uid: studyUid!, series: new Map<string, HeldSeries>() };
  holdings.set(studyUid!, study);
  const series = study.series.get(seriesUid!) ?? {
    uid: seriesUid!,
    instances: new Map<string, StoredRecord>(),
  };
  study.series.set(seriesUid!, series);
  series.instances.set(uid!, record);
}

export const recordsOf = (study: HeldStudy, seriesUid?: string, instanceUid?: string): StoredRecord[] =>
  [...study.series.values()]
    .filter((series) => seriesUid === undefined || series.uid === seriesUid)
    .flatMap((series) => [...series.instances])
    .filter(([uid]) => instanceUid === undefined || uid === instanceUid)
    .map(([, record]) => record);

/** Where an object is held, as 'study/series'; null where it is not. */
export function studyAndSeriesOf(holdings: Holdings, sopInstanceUid: string): string | null {
  for (const study of holdings.values())
    for (const series of study.series.values())
      if (series.instances.has(sopInstanceUid)) return `${study.uid}/${series.uid}`;
  return null;
}
