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
import type { QuarantineRecord, StudyEntry } from '../../shared/volume.ts';
import { listStudy, readRow, type Instance, type WantedStudy } from './dicomweb-listing.ts';
import { createMeter } from './progress.ts';
import {
  SourceError,
  type FlowOptions,
  type RetrievedObject,
  type SeriesHeaders,
  type Source,
} from './types.ts';

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

  /** Which studies there are, and those that no endpoint places. */
  const findStudies = async (
    signal: AbortSignal | undefined,
  ): Promise<{ readonly wanted: WantedStudy[]; readonly unplaced: readonly QuarantineRecord[] }> => {
    if (!fhir) {
      const found = await archiveFor(null, null).studies({ signal });
      return { wanted: found.map((study) => ({ ...study, fhir: null })), unplaced: [] };
    }
    const { studies, quarantine } = await fhir.studies({ signal });
    const [placed, others] = [studies.filter(hasAddress), studies.filter((study) => !hasAddress(study))];
    if (studies.length > 0 && placed.length === 0) throw noEndpoint(fhir.peer.host, studies.length);
    const reason = noEndpoint(fhir.peer.host, 1).message;
    return {
      wanted: placed.map((study) => ({
        studyInstanceUid: study.studyInstanceUid,
        fhir: study,
        header: null,
      })),
      unplaced: [...quarantine, ...others.map((study) => ({ object: study.studyInstanceUid, reason }))],
    };
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

  const close = async (): Promise<void> => {
    await options.onClose?.();
  };
  return {
    label: options.label,
    list: (flow = {}) =>
      inOurWords(async () => {
        const meter = createMeter(flow.progress, effects.nowMs);
        meter.stage('discover', null);
        const quarantine: QuarantineRecord[] = [];
        const studies: StudyEntry[] = [];
        const { wanted, unplaced } = await findStudies(flow.signal);
        quarantine.push(...unplaced);
        // Codecs are loaded by those who decode.
        const decoding = flow.verify ? await loadDecoding() : null;
        try {
          for (const one of wanted) {
            const uid = one.studyInstanceUid;
            const archive = archiveFor(one.fhir, one.fhir?.series[0] ?? null);
            const listed = await listStudy(one, {
              archive,
              signal: flow.signal,
              readHeaders: (series, fhirSeries) => readHeaders(archive, uid, series, fhirSeries, flow.signal),
              verify: async (series, total) =>
                decoding
                  ? await decoding.verify(retrieve(uid, series, { signal: flow.signal }), decoding.pool, {
                      ...flow,
                      total,
                    })
                  : [],
              onSeries: (instances) => meter.add(instances, 0),
            });
            quarantine.push(...listed.quarantine);
            if (listed.study) studies.push(listed.study);
          }
        } finally {
          await decoding?.pool.close();
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
    retrieve,
    [Symbol.asyncDispose]: close,
  };
}

async function loadDecoding() {
  const { openDecodePool } = await import('../../fhir/dicom/index.ts');
  const { verifyObjects } = await import('./verify.ts');
  return { pool: openDecodePool(), verify: verifyObjects };
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

const REMEMBERED = 256;
function remember<T>(map: Map<string, T>, key: string, value: T): void {
  map.delete(key);
  map.set(key, value);
  const oldest = map.keys().next().value;
  if (map.size > REMEMBERED && oldest !== undefined) map.delete(oldest);
}
