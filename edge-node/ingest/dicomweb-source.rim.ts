/**
 * A DICOMweb archive as a source, with or without a FHIR server in front. Rules:
 * D1 with FHIR, FHIR says which studies there are; where no archive address was given, their endpoints say where;
 * D2 an archive address that was given is the only archive asked: what FHIR says otherwise is stated, not followed;
 * D3 what FHIR and the archive disagree about is a `source-mismatch` on the series concerned;
 * D4 a listing reads metadata only; a study or series that cannot be had is one quarantine record, and the rest is listed;
 * D5 studies are read newest first, a few at a time, and so many requests at a time are made of an archive;
 * D6 a walk asks for the studies that somebody wants to see, the newest first, and for no more;
 * D7 a listing and a walk find the studies in the same way, and say where the archive may hold more.
 */
import {
  aborted,
  ArchiveError,
  compareSeries,
  compareStudy,
  isUid,
  openDicomweb,
  openFhir,
  openServer,
  REAL_EFFECTS,
  retrieveSeries,
  textOf,
  type Authorization,
  type DicomwebClient,
  type FhirSeries,
  type FhirStudy,
  type HttpEffects,
} from '../../fhir/clients/index.ts';
import type { StudyMatching } from '../../shared/protocol/matching.ts';
import { newestFirst, type Listing, type QuarantineRecord } from '../../shared/volume.ts';
import {
  listStudies,
  listStudy,
  readRow,
  REQUESTS_AT_A_TIME,
  STUDIES_AT_A_TIME,
  type Instance,
  type ListEffects,
  type StudyRow,
  type WantedStudy,
} from './dicomweb-listing.ts';
import { findStudies } from './find-studies.ts';
import { openDoor } from './in-flight.ts';
import {
  hasAddress,
  knownToFhir,
  nameByDates,
  nameByFhir,
  noEndpoint,
  type StudyNames,
} from './name-studies.ts';
import { walkStudies } from './study-walk.ts';
import { createMeter } from './progress.ts';
import {
  SourceError,
  type FlowOptions,
  type ListOptions,
  type RetrievedObject,
  type SeriesHeaders,
  type Source,
  type StudyWalk,
} from './types.ts';

export interface DicomwebSourceOptions {
  readonly label: string;
  /** DICOMweb root; null where FHIR endpoints say it. */
  readonly root: string | null;
  readonly authorization?: Authorization;
  readonly fhir?:
    | {
        readonly root: string;
        readonly authorization?: Authorization;
        /** What gives this server credentials, for the sentence that asks for them. */
        readonly credentialNames?: string;
      }
    | undefined;
  readonly effects?: HttpEffects;
  /** Runs when the source is closed. */
  readonly onClose?: () => Promise<void>;
}

/** How to give credentials to an archive that only FHIR named: what a server names gets none by itself. */
const NAMED_BY_FHIR =
  'ANTEROOM_TOKEN or ANTEROOM_BASIC (user:password) and give this address as --source and the FHIR server as --fhir: credentials are not sent to an address that only another server named';

export function openDicomwebSource(options: DicomwebSourceOptions): Source {
  const effects = options.effects ?? REAL_EFFECTS;
  const archives = new Map<string, DicomwebClient>();
  const archiveAt = (
    root: string,
    authorization: Authorization,
    credentialNames?: string,
  ): DicomwebClient => {
    let archive = archives.get(root);
    if (!archive) {
      archive = openDicomweb(
        openServer({
          kind: 'archive',
          root,
          authorization,
          effects,
          ...(credentialNames === undefined ? {} : { credentialNames }),
        }),
      );
      archives.set(root, archive);
    }
    return archive;
  };
  const fhir = options.fhir ? openFhir({ ...options.fhir, effects }) : null;
  /** SOP Instance UIDs of the series whose headers were read last: what a retrieval must bring. */
  const expected = new Map<string, readonly string[]>();

  const archiveFor = (study: FhirStudy | null, series: FhirSeries | null): DicomwebClient => {
    if (options.root !== null) return archiveAt(options.root, options.authorization ?? null);
    const address = series?.addresses[0] ?? study?.addresses[0];
    if (address === undefined) throw noEndpoint(fhir?.peer.host ?? '', 1);
    // Credentials of the FHIR server are good for an endpoint on the same origin only.
    const own = options.fhir && new URL(options.fhir.root).origin === new URL(address).origin;
    return archiveAt(address, own ? (options.fhir?.authorization ?? null) : null, NAMED_BY_FHIR);
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

  async function* retrieve(
    studyInstanceUid: string,
    seriesInstanceUid: string,
    flow: FlowOptions & { readonly only?: readonly string[] } = {},
  ): AsyncGenerator<RetrievedObject> {
    try {
      const meter = createMeter(flow.progress, effects.nowMs);
      const fhirStudy = options.root === null ? await findInFhir(studyInstanceUid, flow.signal) : null;
      const fhirSeries = fhirStudy?.series.find((one) => one.seriesInstanceUid === seriesInstanceUid) ?? null;
      const archive = archiveFor(fhirStudy, fhirSeries);
      const known = expected.get(`${studyInstanceUid}/${seriesInstanceUid}`);
      meter.stage('retrieve', flow.only?.length ?? known?.length ?? null);
      let unnamed = 0;
      for await (const object of retrieveSeries(archive.server, studyInstanceUid, seriesInstanceUid, {
        signal: flow.signal,
        only: flow.only,
        expected: known,
        listInstances: () => archive.instances(studyInstanceUid, seriesInstanceUid, { signal: flow.signal }),
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
  }

  type Door = ReturnType<typeof openDoor>;
  /** Reads one study, through the door that its neighbours go through too. */
  const readStudy = (
    one: WantedStudy,
    door: Door,
    signal: AbortSignal,
    how: Pick<ListEffects, 'onSeries' | 'verify'> = { onSeries: () => undefined, verify: async () => [] },
  ): Promise<StudyRow> => {
    const archive = archiveFor(one.fhir, one.fhir?.series[0] ?? null);
    return listStudy(one, {
      ...how,
      archive,
      signal,
      request: (run) =>
        door(() => {
          signal.throwIfAborted();
          return run();
        }),
      readHeaders: (series, fhirSeries) =>
        readHeaders(archive, one.studyInstanceUid, series, fhirSeries, signal),
    });
  };

  const list = async (flow: ListOptions): Promise<Listing> => {
    const meter = createMeter(flow.progress, effects.nowMs);
    meter.stage('discover', null);
    const { wanted, unplaced, problems } = await findStudies(flow, {
      fhir,
      archive: () => archiveFor(null, null),
      nowMs: effects.nowMs(),
    });
    // What was begun beside a failure must not go on asking.
    const failed = new AbortController();
    const signal = flow.signal ? AbortSignal.any([flow.signal, failed.signal]) : failed.signal;
    const door = openDoor(REQUESTS_AT_A_TIME);
    // Codecs are loaded by those who decode.
    const decoding = flow.verify ? await loadDecoding() : null;
    try {
      // Whole series are in memory while they are decoded: one study of them at a time.
      const rows = await listStudies(
        wanted.slice(0, flow.most),
        decoding ? 1 : STUDIES_AT_A_TIME,
        (one) =>
          readStudy(one, door, signal, {
            onSeries: (instances) => meter.add(instances, 0),
            verify: async (series, total) =>
              decoding
                ? await decoding.verify(retrieve(one.studyInstanceUid, series, { signal }), decoding.pool, {
                    ...flow,
                    total,
                  })
                : [],
          }),
        flow.onStudy,
      );
      meter.flush();
      return {
        studies: rows
          .map((row) => row.study)
          .filter((study) => study !== null)
          .sort(newestFirst),
        quarantine: [...unplaced, ...rows.flatMap((row) => row.quarantine)],
        ignored: 0,
        problems,
      };
    } catch (error) {
      failed.abort();
      throw flow.signal?.aborted && !(error instanceof ArchiveError) ? aborted(error) : error;
    } finally {
      await decoding?.pool.close();
    }
  };

  /** An archive whose address is known can be asked by itself; FHIR alone knows no names of images' patients. */
  const searched = (matching: StudyMatching): StudyNames => {
    const names = nameByDates(archiveFor(null, null), effects.nowMs(), matching);
    return fhir ? knownToFhir(names, fhir) : names;
  };

  const walk = (matching?: StudyMatching): StudyWalk => {
    const door = openDoor(REQUESTS_AT_A_TIME);
    const way = walkStudies({
      ...(matching
        ? searched(matching)
        : fhir
          ? nameByFhir(fhir)
          : nameByDates(archiveFor(null, null), effects.nowMs())),
      read: (one, signal) => readStudy(one, door, signal),
    });
    return {
      sorted: way.sorted,
      problems: way.problems,
      next: (how) =>
        inOurWords(() =>
          way.next(how).catch((error: unknown) => {
            throw how.signal?.aborted && !(error instanceof ArchiveError) ? aborted(error) : error;
          }),
        ),
    };
  };

  const close = async (): Promise<void> => {
    await options.onClose?.();
  };
  return {
    label: options.label,
    list: (flow = {}) => inOurWords(() => list(flow)),
    walk,
    searchable: options.root !== null,
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
    studiesOf: (seriesInstanceUid, flow = {}) =>
      inOurWords(async () => {
        if (!isUid(seriesInstanceUid)) return [];
        if (!fhir) return archiveFor(null, null).studiesOf(seriesInstanceUid, flow);
        const studies = await fhir.findSeries(seriesInstanceUid, flow);
        // FHIR need not name the series of a study: that it names none does not say that there is none.
        if (studies.length === 0) return null;
        return [...new Set(studies.map((study) => study.studyInstanceUid))];
      }),
    retrieve,
    [Symbol.asyncDispose]: close,
  };
}

async function loadDecoding() {
  const { openDecodePool } = await import('../../fhir/dicom/index.ts');
  const { verifyObjects } = await import('./verify.ts');
  return { pool: openDecodePool(), verify: verifyObjects };
}

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

const REMEMBERED = 256;
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
