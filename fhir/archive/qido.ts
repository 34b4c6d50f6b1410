/** Search (QIDO-RS, PS3.18 10.6): studies, series and instances that match, as DICOM JSON. Pure. */
import type { DicomJson, DicomJsonElement } from '../dicom/index.ts';
import { recordsOf, textOf, type Holdings, type StoredRecord } from './stored.ts';

export type QidoLevel = 'studies' | 'series' | 'instances';

export interface Question {
  readonly level: QidoLevel;
  readonly studyUid?: string | undefined;
  readonly seriesUid?: string | undefined;
  readonly params: URLSearchParams;
  /** DICOMweb root, for RetrieveURL. */
  readonly root: string;
}

/** Names that may stand for a tag in a query. */
export const TAGS: Readonly<Record<string, string>> = {
  StudyDate: '00080020',
  StudyTime: '00080030',
  AccessionNumber: '00080050',
  Modality: '00080060',
  ModalitiesInStudy: '00080061',
  SOPClassUID: '00080016',
  SOPInstanceUID: '00080018',
  ReferringPhysicianName: '00080090',
  StudyDescription: '00081030',
  SeriesDescription: '0008103E',
  PatientName: '00100010',
  PatientID: '00100020',
  PatientBirthDate: '00100030',
  PatientSex: '00100040',
  BodyPartExamined: '00180015',
  StudyInstanceUID: '0020000D',
  SeriesInstanceUID: '0020000E',
  StudyID: '00200010',
  SeriesNumber: '00200011',
  InstanceNumber: '00200013',
  FrameOfReferenceUID: '00200052',
  NumberOfFrames: '00280008',
  Rows: '00280010',
  Columns: '00280011',
};
export const tagOf = (name: string): string | null =>
  /^[0-9A-Fa-f]{8}$/.test(name) ? name.toUpperCase() : (TAGS[name] ?? null);

const ALWAYS: Readonly<Record<QidoLevel, readonly string[]>> = {
  studies: [
    '00080005', '00080020', '00080030', '00080050', '00080090', '00100010', '00100020', '00100030', '00100040',
    '0020000D', '00200010',
  ],
  series: [
    '00080005', '00080060', '0008103E', '0020000D', '0020000E', '00200011', '00080021', '00080031', '00200052',
  ],
  instances: [
    '00080005', '00080016', '00080018', '0020000D', '0020000E', '00200013', '00280008', '00280010', '00280011',
    '00280100',
  ],
}; // prettier-ignore

const CONTROL = new Set(['limit', 'offset', 'includefield', 'fuzzymatching', 'emptyvaluematching']);
const el = (vr: string, ...Value: unknown[]): DicomJsonElement => ({ vr, Value });

/** A refusal of the question itself. */
export class QuestionError extends Error {}

const whole = (params: URLSearchParams, name: string, otherwise: number): number => {
  const text = params.get(name);
  if (text === null) return otherwise;
  if (!/^\d{1,9}$/.test(text)) throw new QuestionError(`${name}=${text.slice(0, 40)} is no whole number.`);
  return Number(text);
};

/** Does one value match what was asked (PS3.4 C.2.2.2): list of UIDs, range of dates, wildcard, or equal? */
export function matches(vr: string, values: readonly string[], asked: string): boolean {
  if (asked === '' || asked === '*') return true;
  if (vr === 'UI') {
    const list = asked.split(/[\\,]/);
    return values.some((value) => list.includes(value));
  }
  if ((vr === 'DA' || vr === 'TM' || vr === 'DT') && asked.includes('-')) {
    const [from, to] = asked.split('-', 2);
    return values.some((value) => value !== '' && (!from || value >= from) && (!to || value <= to));
  }
  const fold = (text: string): string => (vr === 'PN' ? text.toLowerCase() : text);
  if (/[*?]/.test(asked) && !['DA', 'TM', 'IS', 'DS', 'US'].includes(vr)) {
    const pattern = fold(asked)
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replace(/\*+/g, '.*')
      .replaceAll('?', '.');
    const test = new RegExp(`^${pattern}$`, 'su');
    return values.some((value) => test.test(fold(value)));
  }
  return values.some((value) => fold(value) === fold(asked));
}

function found(element: DicomJsonElement | undefined, asked: string): boolean {
  const values = (element?.Value ?? ['']).map((value) =>
    typeof value === 'object' && value !== null && 'Alphabetic' in value
      ? String(value.Alphabetic)
      : String(value),
  );
  return matches(element?.vr ?? 'LO', values, asked);
}

/** What is counted, or said of a whole study or series, whatever its objects say. */
function counted(level: QidoLevel, records: readonly StoredRecord[], root: string): DicomJson {
  const first = records[0]!.header;
  const [study, series, instance] = ['0020000D', '0020000E', '00080018'].map((tag) => textOf(first, tag));
  const url = [
    `${root}/studies/${study}`,
    ...(level === 'studies' ? [] : [`series/${series}`]),
    ...(level === 'instances' ? [`instances/${instance}`] : []),
  ].join('/');
  const counts: Record<string, DicomJsonElement> = {
    '00080056': el('CS', 'ONLINE'),
    '00081190': el('UR', url),
  };
  if (level === 'studies') {
    counts['00080061'] = el('CS', ...new Set(records.map(({ header }) => textOf(header, '00080060'))));
    counts['00201206'] = el('IS', new Set(records.map(({ header }) => textOf(header, '0020000E'))).size);
    counts['00201208'] = el('IS', records.length);
  }
  if (level === 'series') counts['00201209'] = el('IS', records.length);
  return counts;
}

/**
 * Attributes of a study, series or object. Those `ofLevel` are the first object's, as they are the same for all or
 * missing in some; any other is given only where every object says it alike: one object's position is not its study's.
 */
function described(
  records: readonly StoredRecord[],
  ofLevel: ReadonlySet<string>,
  isWanted: (tag: string) => boolean,
): DicomJson {
  const [first, ...others] = records.map(({ header }) => header);
  const alike = ([tag, element]: [string, DicomJsonElement]): boolean => {
    const own = JSON.stringify(element);
    return others.every((other) => JSON.stringify(other[tag]) === own);
  };
  return Object.fromEntries(
    Object.entries(first!).filter((one) => isWanted(one[0]) && (ofLevel.has(one[0]) || alike(one))),
  );
}

/** The answer to a search, and whether more was left out by `limit`. Throws QuestionError. */
export function search(
  holdings: Holdings,
  question: Question,
): { readonly rows: DicomJson[]; readonly remaining: number } {
  const { level, params, root } = question;
  const limit = whole(params, 'limit', Number.MAX_SAFE_INTEGER);
  const offset = whole(params, 'offset', 0);
  const studies =
    question.studyUid === undefined ? [...holdings.values()] : [holdings.get(question.studyUid)];
  const groups = studies
    .filter((study) => study !== undefined)
    .flatMap((study): StoredRecord[][] => {
      if (level === 'studies') return [recordsOf(study)];
      const series = question.seriesUid === undefined ? [...study.series.keys()] : [question.seriesUid];
      const lists = series.map((uid) => recordsOf(study, uid)).filter((list) => list.length > 0);
      return level === 'series' ? lists : lists.flat().map((record) => [record]);
    });
  const asked = [...params].flatMap(([name, value]) => {
    const tag = CONTROL.has(name) ? null : tagOf(name);
    return tag === null ? [] : [[tag, value] as const];
  });
  // A study or a series is meant where one of its objects is.
  const hits = groups.filter((records) => {
    const counts = counted(level, records, root);
    const [ofGroup, ofObject] = [
      asked.filter(([tag]) => tag in counts),
      asked.filter(([tag]) => !(tag in counts)),
    ];
    return (
      ofGroup.every(([tag, value]) => found(counts[tag], value)) &&
      records.some(({ header }) => ofObject.every(([tag, value]) => found(header[tag], value)))
    );
  });
  const fields = params.getAll('includefield').flatMap((value) => value.split(','));
  const parents: readonly QidoLevel[] =
    level === 'studies'
      ? ['studies']
      : level === 'series'
        ? question.studyUid === undefined
          ? ['studies', 'series']
          : ['series']
        : question.studyUid === undefined
          ? ['studies', 'series', 'instances']
          : ['instances'];
  const ofLevel = new Set(parents.flatMap((parent) => ALWAYS[parent]));
  const wanted = new Set([
    ...ofLevel,
    '00080056', '00080061', '00081190', '00201206', '00201208', '00201209',
    ...asked.map(([tag]) => tag),
    ...fields.map(tagOf),
  ]); // prettier-ignore
  const isWanted = (tag: string): boolean => fields.includes('all') || wanted.has(tag);
  const rows = hits.slice(offset, offset + limit).map((records) => ({
    ...described(records, ofLevel, isWanted),
    ...Object.fromEntries(Object.entries(counted(level, records, root)).filter(([tag]) => isWanted(tag))),
  }));
  return { rows, remaining: Math.max(0, hits.length - offset - limit) };
}
