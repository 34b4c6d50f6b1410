/** One study of a DICOMweb archive as rows of a listing: searched, described by its metadata, compared with FHIR. */
import {
  ArchiveError,
  compareSeries,
  compareStudy,
  inParallel,
  isUid,
  numberOf,
  peekTransferSyntax,
  textOf,
  type DicomwebClient,
  type FhirSeries,
  type FhirStudy,
} from '../../fhir/clients/index.ts';
import type { DicomJson } from '../../fhir/dicom/types.ts';
import { newestFirst, type Problem, type QuarantineRecord, type SeriesEntry } from '../../shared/volume.ts';
import { describeSeriesWithQuarantine } from './describe.ts';
import { countPatients, mixedPatients, NOBODY, otherPatient, whose } from './patients.ts';
import { seriesNotGiven } from './perhaps-more.ts';
import type { ListedStudy, SeriesHeaders } from './types.ts';

export type Instance = SeriesHeaders['instances'][number];

/** A study that is to be listed. */
export interface WantedStudy {
  readonly studyInstanceUid: string;
  readonly fhir: FhirStudy | null;
  /** Its row of the search, where it was searched for already. */
  readonly header: DicomJson | null;
}

/** A study's row, and what had to be left out of it. */
export type StudyRow = Pick<ListedStudy, 'study' | 'quarantine'>;

export interface ListEffects {
  /** Lets so many requests at a time through to the archive. */
  readonly request: <T>(run: () => Promise<T>) => Promise<T>;
  readonly archive: DicomwebClient;
  readonly signal: AbortSignal | undefined;
  readonly readHeaders: (seriesInstanceUid: string, fhir: FhirSeries | null) => Promise<SeriesHeaders>;
  /** Records of the objects that cannot be decoded; empty where nobody asked for that. */
  readonly verify: (seriesInstanceUid: string, instances: number) => Promise<readonly QuarantineRecord[]>;
  readonly onSeries: (instances: number) => void;
}

/** Series whose metadata is fetched at the same time. */
const SERIES_AT_A_TIME = 4;
/** Studies that are read at the same time: enough that an archive's waits overlap, few enough that it has other work. */
export const STUDIES_AT_A_TIME = 4;
/** Requests of one listing that an archive has to answer at the same time. */
export const REQUESTS_AT_A_TIME = 6;
/** An archive that refuses so many studies and has given none is said to have failed. */
const REFUSED_AT_MOST = 8;
/** Failures that concern everything: going on would only repeat them. */
const FATAL = new Set(['unreachable', 'unauthorized', 'tls', 'aborted', 'no-endpoint']);
/** Studies in a row for which an archive is too busy: then it is that, and no trouble with one of them. */
const BUSY_AT_MOST = 4;
/** Too busy, or not ready (429, 502 to 504): so answers a proxy too, for one study that takes too long. */
const isBusy = (error: ArchiveError): boolean => error.status !== null && error.code === 'unreachable';
/** What is closed to this account (403), or not ready, may be one study alone; 401 is not. */
const concernsOne = (error: unknown): error is ArchiveError =>
  error instanceof ArchiveError && (error.status === 403 || isBusy(error) || !FATAL.has(error.code));

/** DICOM date of a study before its series are read; FHIR's where the archive was not asked yet. */
export const dateOf = ({ header, fhir }: WantedStudy): string =>
  header ? textOf(header, '00080020') : (fhir?.started ?? '').slice(0, 10).replaceAll('-', '');

/**
 * Reads studies newest first, a few at a time, and hands each over in that order: one that is read early waits for
 * those before it, so that whoever shows them adds at the end only. The first failure stops all of it.
 * @param gave whether this archive has given studies before these
 */
export async function listStudies(
  wanted: readonly WantedStudy[],
  width: number,
  list: (one: WantedStudy) => Promise<StudyRow>,
  onStudy: ((step: ListedStudy) => void) | undefined,
  gave = false,
): Promise<StudyRow[]> {
  const ordered = wanted
    .map((one) => ({ one, studyInstanceUid: one.studyInstanceUid, date: dateOf(one) }))
    .sort(newestFirst);
  const rows: (StudyRow | undefined)[] = [];
  let [read, sound, refused, busy] = [0, gave ? 1 : 0, 0, 0];
  const work = async (index: number): Promise<void> => {
    const { one } = ordered[index]!;
    try {
      rows[index] = await list(one);
      sound++;
      busy = 0;
    } catch (error) {
      // One study that cannot be had must not hide the others; an archive that gives none is another matter.
      if (!concernsOne(error)) throw error;
      if (++refused >= Math.min(REFUSED_AT_MOST, ordered.length) && sound === 0) throw error;
      if (isBusy(error) && ++busy >= BUSY_AT_MOST) throw error;
      rows[index] = { study: null, quarantine: [{ object: one.studyInstanceUid, reason: error.message }] };
    }
  };
  for await (const _ of inParallel(ordered.keys(), width, work))
    for (let row = rows[read]; row; row = rows[read]) {
      read++;
      onStudy?.({ ...row, read, total: ordered.length });
    }
  return rows.filter((row) => row !== undefined);
}

/** The study's row, and what had to be left out. A study that the archive lacks is one record and no row. */
export async function listStudy(wanted: WantedStudy, effects: ListEffects): Promise<StudyRow> {
  const { archive, signal, request } = effects;
  const { studyInstanceUid, fhir } = wanted;
  const header =
    wanted.header ?? (await request(() => archive.study(studyInstanceUid, { signal })))?.header ?? null;
  const expected = header && numberOf(header, '00201206');
  const stored = header ? await request(() => archive.series(studyInstanceUid, { signal, expected })) : [];
  if (!header || stored.length === 0) {
    const reason = fhir
      ? 'The FHIR server names this study and the archive does not have it.'
      : 'The archive names this study and has no series of it.';
    return { study: null, quarantine: [{ object: studyInstanceUid, reason }] };
  }
  const quarantine: QuarantineRecord[] = [];
  const named = new Map(fhir?.series.map((series) => [series.seriesInstanceUid, series]));
  const patientId = textOf(header, '00100020');
  const counts = stored.map((series) => series.instances);
  const compared = fhir
    ? compareStudy(fhir, {
        patientId,
        root: archive.server.root,
        series: stored.length,
        instances: counts.includes(null) ? null : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0),
      })
    : [];
  const general = [...compared, ...seriesNotGiven(expected, stored.length)];

  interface Row {
    readonly order: number;
    readonly uid: string;
    readonly entries: readonly SeriesEntry[];
    /** Whom its images name. */
    readonly people: ReturnType<typeof whose>;
  }
  let refusal: ArchiveError | null = null;
  const describe = async (series: (typeof stored)[number]): Promise<Row> => {
    const uid = series.seriesInstanceUid;
    const order = numberOf(series.header, '00200011') ?? Number.MAX_SAFE_INTEGER;
    try {
      const headers = await request(() => effects.readHeaders(uid, named.get(uid) ?? null));
      const broken = await effects.verify(uid, headers.instances.length);
      const out = new Set(broken.map((record) => record.object));
      const sound = headers.instances.filter((instance) => !out.has(instance.object));
      const described = describeSeriesWithQuarantine({
        instances: await request(() => withSyntax(archive, sound, signal)),
        quarantine: [...headers.quarantine, ...broken],
        problems: [...general, ...headers.problems],
      });
      quarantine.push(...described.quarantine);
      effects.onSeries(headers.instances.length);
      return { order, uid, entries: described.entries, people: whose(headers.instances) };
    } catch (error) {
      if (!concernsOne(error)) throw error;
      if (FATAL.has(error.code)) refusal = error;
      quarantine.push({ object: uid, reason: error.message });
      return { order, uid, entries: [], people: [] };
    }
  };
  const rows: Row[] = [];
  for await (const row of inParallel(stored, SERIES_AT_A_TIME, describe)) rows.push(row);
  if (refusal !== null && rows.every((row) => row.entries.length === 0)) throw refusal as ArchiveError;
  rows.sort((a, b) => a.order - b.order || (a.uid < b.uid ? -1 : 1));
  const people = rows.flatMap((row) => row.people);
  const mixed = mixedPatients(people, 'study');
  const other = mixed.length > 0 ? [] : otherPatient(header, people);
  // A series of several patients has said so itself.
  const alsoMixed = ({ entries, people }: Row): readonly SeriesEntry[] => {
    const unsaid = countPatients(people) > 1 ? other : [...mixed, ...other];
    return unsaid.length === 0
      ? entries
      : entries.map((entry) => ({ ...entry, problems: [...entry.problems, ...unsaid] }));
  };
  const there = new Set(stored.map((series) => series.seriesInstanceUid));
  const absent = [...named.values()].filter((series) => !there.has(series.seriesInstanceUid));
  return {
    study: {
      studyInstanceUid,
      date: textOf(header, '00080020'),
      description: textOf(header, '00081030') || (fhir?.description ?? ''),
      // Nobody's name stands over another's images.
      patient:
        mixed.length + other.length > 0
          ? NOBODY
          : { name: textOf(header, '00100010'), id: patientId, birthDate: textOf(header, '00100030') },
      series: [...rows.flatMap(alsoMixed), ...absent.map((series) => absentEntry(series, general))],
    },
    quarantine,
  };
}

/** One dataset of /metadata as an instance, or the reason why it is none. */
export function readRow(
  header: DicomJson,
  studyInstanceUid: string,
  seriesInstanceUid: string,
): Instance | string {
  const sopInstanceUid = textOf(header, '00080018');
  if (!isUid(sopInstanceUid)) return 'The archive lists this object without a usable SOP Instance UID.';
  if ((textOf(header, '0020000D') || studyInstanceUid) !== studyInstanceUid)
    return 'The archive answered with an object of another study.';
  if ((textOf(header, '0020000E') || seriesInstanceUid) !== seriesInstanceUid)
    return 'The archive answered with an object of another series.';
  return {
    object: sopInstanceUid,
    studyInstanceUid,
    seriesInstanceUid,
    sopInstanceUid,
    sopClassUid: textOf(header, '00080016'),
    transferSyntaxUid: textOf(header, '00083002') || textOf(header, '00020010'),
    header,
  };
}

/** Archives leave the transfer syntax out of metadata: the first instance's is read from its first bytes. */
async function withSyntax(
  archive: DicomwebClient,
  instances: readonly Instance[],
  signal: AbortSignal | undefined,
): Promise<readonly Instance[]> {
  const first = instances[0];
  if (!first || instances.some((instance) => instance.transferSyntaxUid !== '')) return instances;
  const transferSyntaxUid = await peekTransferSyntax(
    archive.server,
    first.studyInstanceUid,
    first.seriesInstanceUid,
    first.sopInstanceUid,
    signal,
  );
  return [{ ...first, transferSyntaxUid }, ...instances.slice(1)];
}

/** A row for a series that FHIR names and the archive lacks: a hole that is said is better than one unseen. */
function absentEntry(series: FhirSeries, general: readonly Problem[]): SeriesEntry {
  return {
    seriesInstanceUid: series.seriesInstanceUid,
    sopClassUid: series.instances[0]?.sopClassUid ?? '',
    modality: series.modality,
    description: series.description,
    bodyPart: '',
    instances: 0,
    kind: 'other',
    dims: null,
    spacingMm: null,
    phases: null,
    volumes: [],
    transferSyntax: '',
    problems: [...general, ...compareSeries(series, null)],
  };
}
