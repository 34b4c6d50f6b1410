/**
 * A DICOMweb archive as a source, with or without a FHIR server in front. Rules:
 * D1 with FHIR, FHIR says which studies there are; where no archive address was given, their endpoints say where;
 * D2 an archive address that was given is the only archive asked: what FHIR says otherwise is stated, not followed;
 * D3 what FHIR and the archive disagree about is a `source-mismatch` on the series concerned;
 * D4 a listing reads metadata only; a series whose metadata cannot be had is one quarantine record, and the rest is listed.
 */
import {
  ArchiveError,
  compareSeries,
  compareStudy,
  inParallel,
  isUid,
  numberOf,
  openDicomweb,
  openFhir,
  openServer,
  peekTransferSyntax,
  retrieveSeries,
  textOf,
  type Authorization,
  type DicomwebClient,
  type FhirSeries,
  type FhirStudy,
  type HttpEffects,
} from '../../fhir/clients/index.ts';
import type { DicomJson } from '../../fhir/dicom/types.ts';
import type { Problem, QuarantineRecord, SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { describeSeriesWithQuarantine } from './describe.ts';
import { createMeter } from './progress.ts';
import { SourceError, type FlowOptions, type SeriesHeaders, type Source } from './types.ts';

export interface DicomwebSourceOptions {
  readonly label: string;
  /** DICOMweb root; null where FHIR endpoints say it. */
  readonly root: string | null;
  readonly authorization?: Authorization;
  readonly fhir?: { readonly root: string; readonly authorization?: Authorization } | undefined;
  readonly effects?: HttpEffects;
  /** Runs when the source is closed. */
  readonly onClose?: () => Promise<void>;
}

type Instance = SeriesHeaders['instances'][number];

/** Series whose metadata is fetched at the same time. */
const SERIES_AT_A_TIME = 4;
/** Failures that concern everything: going on would only repeat them. */
const FATAL = new Set(['unreachable', 'unauthorized', 'tls', 'aborted', 'no-endpoint']);

export function openDicomwebSource(options: DicomwebSourceOptions): Source {
  const effects = options.effects === undefined ? {} : { effects: options.effects };
  const archives = new Map<string, DicomwebClient>();
  const archiveAt = (root: string, authorization: Authorization): DicomwebClient => {
    let archive = archives.get(root);
    if (!archive) {
      archive = openDicomweb(openServer({ kind: 'archive', root, authorization, ...effects }));
      archives.set(root, archive);
    }
    return archive;
  };
  const fhir = options.fhir ? openFhir({ ...options.fhir, ...effects }) : null;
  /** SOP Instance UIDs of the series whose headers were read last: what a retrieval must bring. */
  const expected = new Map<string, readonly string[]>();

  const archiveFor = (study: FhirStudy | null, series: FhirSeries | null): DicomwebClient => {
    if (options.root !== null) return archiveAt(options.root, options.authorization ?? null);
    const address = series?.addresses[0] ?? study?.addresses[0];
    if (address === undefined) throw noEndpoint(fhir?.peer.host ?? '', 1);
    // Credentials of the FHIR server are good for an endpoint on the same origin only.
    const own = options.fhir && new URL(options.fhir.root).origin === new URL(address).origin;
    return archiveAt(address, own ? (options.fhir?.authorization ?? null) : null);
  };

  const findInFhir = async (
    studyInstanceUid: string,
    signal: AbortSignal | undefined,
  ): Promise<FhirStudy | null> => {
    if (!fhir) return null;
    const { studies, quarantine } = await fhir.find(studyInstanceUid, { signal });
    const study = studies[0];
    if (!study)
      throw quarantine[0]
        ? new ArchiveError('bad-answer', quarantine[0].reason)
        : new ArchiveError(
            'not-found',
            `The FHIR server at ${fhir.peer.host} names no imaging study with this Study Instance UID. Check it: anteroom studies lists what is there.`,
          );
    return study;
  };

  const readHeaders = async (
    archive: DicomwebClient,
    studyInstanceUid: string,
    seriesInstanceUid: string,
    fhirSeries: FhirSeries | null,
    signal: AbortSignal | undefined,
  ): Promise<SeriesHeaders> => {
    const rows = await archive.metadata(studyInstanceUid, seriesInstanceUid, { signal });
    const instances: Instance[] = [];
    const quarantine: QuarantineRecord[] = [];
    rows.forEach((row, index) => {
      const read = readRow(row, studyInstanceUid, seriesInstanceUid);
      if (typeof read !== 'string') instances.push(read);
      else
        quarantine.push({
          object: textOf(row, '00080018') || `${seriesInstanceUid} #${index + 1}`,
          reason: read,
        });
    });
    const uids = [...new Set(instances.map((instance) => instance.sopInstanceUid))];
    remember(expected, `${studyInstanceUid}/${seriesInstanceUid}`, uids);
    return { instances, quarantine, problems: fhir ? compareSeries(fhirSeries, uids) : [] };
  };

  const listStudy = async (
    studyInstanceUid: string,
    fhirStudy: FhirStudy | null,
    found: DicomJson | null,
    flow: FlowOptions,
    quarantine: QuarantineRecord[],
    onSeries: (instances: number) => void,
  ): Promise<StudyEntry | null> => {
    const { signal } = flow;
    const archive = archiveFor(fhirStudy, fhirStudy?.series[0] ?? null);
    const header = found ?? (await archive.studies({ studyInstanceUid, signal }))[0]?.header ?? null;
    const stored = header ? await archive.series(studyInstanceUid, { signal }) : [];
    if (!header || stored.length === 0) {
      quarantine.push({
        object: studyInstanceUid,
        reason: fhirStudy
          ? 'The FHIR server names this study and the archive does not have it.'
          : 'The archive names this study and has no series of it.',
      });
      return null;
    }
    const named = new Map(fhirStudy?.series.map((series) => [series.seriesInstanceUid, series]));
    const patientId = textOf(header, '00100020');
    const counts = stored.map((series) => series.instances);
    const general = fhirStudy
      ? compareStudy(fhirStudy, {
          patientId,
          root: archive.server.root,
          series: stored.length,
          instances: counts.includes(null) ? null : counts.reduce<number>((sum, n) => sum + (n ?? 0), 0),
        })
      : [];
    const work = async (
      series: (typeof stored)[number],
    ): Promise<{ order: number; entries: SeriesEntry[] }> => {
      const uid = series.seriesInstanceUid;
      const order = numberOf(series.header, '00200011') ?? Number.MAX_SAFE_INTEGER;
      try {
        const headers = await readHeaders(archive, studyInstanceUid, uid, named.get(uid) ?? null, signal);
        quarantine.push(...headers.quarantine);
        const instances = await withSyntax(archive, headers.instances, signal);
        const described = describeSeriesWithQuarantine({
          ...headers,
          instances,
          problems: [...general, ...headers.problems],
        });
        quarantine.push(...described.quarantine);
        onSeries(headers.instances.length);
        return { order, entries: described.entries };
      } catch (error) {
        if (!(error instanceof ArchiveError) || FATAL.has(error.code)) throw error;
        quarantine.push({ object: uid, reason: error.message });
        return { order, entries: [] };
      }
    };
    const rows: { order: number; entries: SeriesEntry[] }[] = [];
    for await (const row of inParallel(stored, SERIES_AT_A_TIME, work)) rows.push(row);
    rows.sort(
      (a, b) =>
        a.order - b.order ||
        ((a.entries[0]?.seriesInstanceUid ?? '') < (b.entries[0]?.seriesInstanceUid ?? '') ? -1 : 1),
    );
    const there = new Set(stored.map((series) => series.seriesInstanceUid));
    const absent = [...named.values()].filter((series) => !there.has(series.seriesInstanceUid));
    return {
      studyInstanceUid,
      date: textOf(header, '00080020'),
      description: textOf(header, '00081030') || (fhirStudy?.description ?? ''),
      patient: { name: textOf(header, '00100010'), id: patientId, birthDate: textOf(header, '00100030') },
      series: [
        ...rows.flatMap((row) => row.entries),
        ...absent.map((series) => absentEntry(series, general)),
      ],
    };
  };

  const close = async (): Promise<void> => {
    await options.onClose?.();
  };
  return {
    label: options.label,
    list: (flow = {}) =>
      inOurWords(async () => {
        const meter = createMeter(flow.progress, () => effects.effects?.nowMs() ?? performance.now());
        meter.stage('discover', null);
        const quarantine: QuarantineRecord[] = [];
        const wanted: { uid: string; fhirStudy: FhirStudy | null; header: DicomJson | null }[] = [];
        if (fhir) {
          const finding = await fhir.studies({ signal: flow.signal });
          quarantine.push(...finding.quarantine);
          const placed = finding.studies.filter(hasAddress);
          if (finding.studies.length > 0 && placed.length === 0)
            throw noEndpoint(fhir.peer.host, finding.studies.length);
          for (const study of finding.studies)
            if (hasAddress(study))
              wanted.push({ uid: study.studyInstanceUid, fhirStudy: study, header: null });
            else
              quarantine.push({
                object: study.studyInstanceUid,
                reason: noEndpoint(fhir.peer.host, 1).message,
              });
        } else
          for (const study of await archiveFor(null, null).studies({ signal: flow.signal }))
            wanted.push({ uid: study.studyInstanceUid, fhirStudy: null, header: study.header });
        const studies: StudyEntry[] = [];
        for (const { uid, fhirStudy, header } of wanted) {
          const study = await listStudy(uid, fhirStudy, header, flow, quarantine, (n) => meter.add(n, 0));
          if (study) studies.push(study);
        }
        meter.flush();
        studies.sort((a, b) =>
          a.date === b.date ? (a.studyInstanceUid < b.studyInstanceUid ? -1 : 1) : a.date < b.date ? 1 : -1,
        );
        return { studies, quarantine, ignored: 0 };
      }),
    headers: (studyInstanceUid, seriesInstanceUid, flow = {}) =>
      inOurWords(async () => {
        const fhirStudy = await findInFhir(studyInstanceUid, flow.signal);
        if (fhirStudy && !hasAddress(fhirStudy)) throw noEndpoint(fhir?.peer.host ?? '', 1);
        const fhirSeries =
          fhirStudy?.series.find((one) => one.seriesInstanceUid === seriesInstanceUid) ?? null;
        const archive = archiveFor(fhirStudy, fhirSeries);
        const headers = await readHeaders(
          archive,
          studyInstanceUid,
          seriesInstanceUid,
          fhirSeries,
          flow.signal,
        );
        if (headers.instances.length === 0 && headers.quarantine.length === 0)
          throw new ArchiveError(
            'empty',
            `The archive at ${archive.server.peer.host} has this series and no images in it. Ask whoever sent it to send it again.`,
          );
        const patientId = textOf(headers.instances[0]?.header ?? {}, '00100020');
        const general = fhirStudy
          ? compareStudy(fhirStudy, { patientId, root: archive.server.root, series: null, instances: null })
          : [];
        return { ...headers, problems: [...general, ...headers.problems] };
      }),
    async *retrieve(studyInstanceUid, seriesInstanceUid, flow = {}) {
      try {
        const meter = createMeter(flow.progress, () => effects.effects?.nowMs() ?? performance.now());
        const fhirStudy = options.root === null ? await findInFhir(studyInstanceUid, flow.signal) : null;
        const fhirSeries =
          fhirStudy?.series.find((one) => one.seriesInstanceUid === seriesInstanceUid) ?? null;
        const archive = archiveFor(fhirStudy, fhirSeries);
        const known = expected.get(`${studyInstanceUid}/${seriesInstanceUid}`);
        meter.stage('retrieve', flow.only?.length ?? known?.length ?? null);
        let unnamed = 0;
        for await (const object of retrieveSeries(archive.server, studyInstanceUid, seriesInstanceUid, {
          signal: flow.signal,
          only: flow.only,
          expected: known,
          listInstances: () =>
            archive.instances(studyInstanceUid, seriesInstanceUid, { signal: flow.signal }),
          onBytes: (bytes) => meter.add(0, bytes),
        })) {
          meter.add(1, 0);
          yield {
            object: object.sopInstanceUid || `${seriesInstanceUid}, part ${++unnamed} without a name`,
            bytes: object.bytes,
            ...(object.failure === null ? {} : { failure: object.failure }),
          };
        }
        meter.flush();
      } catch (error) {
        throw asSourceError(error);
      }
    },
    [Symbol.asyncDispose]: close,
  };
}

const hasAddress = (study: FhirStudy): boolean =>
  study.addresses.length > 0 || study.series.some((series) => series.addresses.length > 0);

const noEndpoint = (host: string, studies: number): ArchiveError =>
  new ArchiveError(
    'no-endpoint',
    `The FHIR server at ${host} names ${studies === 1 ? 'a study' : `${studies} studies`} and no Endpoint of type dicom-wado-rs for ${studies === 1 ? 'it' : 'them'}, so it does not say where the images lie. Ask its administrator to add one, or leave FHIR out and give the archive's DICOMweb address alone with --source.`,
  );

function asSourceError(error: unknown): unknown {
  return error instanceof ArchiveError ? new SourceError(error.code, error.message, { cause: error }) : error;
}

async function inOurWords<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw asSourceError(error);
  }
}

/** One dataset of /metadata as an instance, or the reason why it is none. */
function readRow(header: DicomJson, studyInstanceUid: string, seriesInstanceUid: string): Instance | string {
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

const REMEMBERED = 256;
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
