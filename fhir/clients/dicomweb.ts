/**
 * Search, metadata and store (QIDO-RS, WADO-RS metadata, STOW-RS) through dicomweb-client, checked by schema.
 * Bulk retrieval is `retrieve.ts`: the client buffers whole series and loses the last part of a cut body unseen.
 */
import { api } from 'dicomweb-client';
import type { z } from 'zod';
import type { DicomJson } from '../dicom/types.ts';
import { datasets, isUid, numberOf, textOf } from './dicom-json.ts';
import { ArchiveError, badAnswer, statusError } from './errors.ts';
import { createExchange } from './fetch-xhr.ts';
import type { StudyPage } from './newest-first.ts';
import { sopInstanceUidOf } from './object-name.ts';
import type { Server } from './http.rim.ts';

interface ClientOptions {
  readonly studyInstanceUID?: string;
  readonly seriesInstanceUID?: string;
  readonly queryParams?: Readonly<Record<string, string | number>>;
  readonly datasets?: readonly ArrayBuffer[];
  readonly request: { readonly instance: object };
}
/** The methods of dicomweb-client that we call: its own types leave `request` out. */
interface Client {
  searchForStudies(options: ClientOptions): Promise<unknown>;
  searchForSeries(options: ClientOptions): Promise<unknown>;
  searchForInstances(options: ClientOptions): Promise<unknown>;
  retrieveSeriesMetadata(options: ClientOptions): Promise<unknown>;
  storeInstances(options: ClientOptions): Promise<unknown>;
}

export interface FoundStudy {
  readonly studyInstanceUid: string;
  readonly header: DicomJson;
}
export interface FoundSeries {
  readonly seriesInstanceUid: string;
  readonly modality: string;
  /** Null where the server does not say. */
  readonly instances: number | null;
  readonly header: DicomJson;
}
export interface Stored {
  readonly stored: readonly string[];
  /** SOP Instance UID and DICOM failure reason (a number), of those refused. */
  readonly refused: readonly { readonly sopInstanceUid: string; readonly reason: number | null }[];
}

export interface DicomwebClient {
  readonly server: Server;
  /** Null where the server does not have it. All studies are found by `openNewestFirst`. */
  study(studyInstanceUid: string, options?: SearchOptions): Promise<FoundStudy | null>;
  /** One answer of a search for studies, as the server gives it. `matching` is by attribute: { StudyDate: '20260101-' }. */
  studyPage(
    matching: Readonly<Record<string, string>>,
    page: { readonly limit: number; readonly offset: number },
    options?: SearchOptions,
  ): Promise<StudyPage<FoundStudy>>;
  /** `expected`, where the study said how many there are: that many are not asked for more. */
  series(
    studyInstanceUid: string,
    options?: SearchOptions & { readonly expected?: number | null },
  ): Promise<FoundSeries[]>;
  /** Study Instance UIDs of a series, searched across all studies; null where the server does not do that search. */
  studiesOf(seriesInstanceUid: string, options?: SearchOptions): Promise<string[] | null>;
  /** SOP Instance UIDs of a series. */
  instances(studyInstanceUid: string, seriesInstanceUid: string, options?: SearchOptions): Promise<string[]>;
  /** One dataset per instance, without pixels. */
  metadata(
    studyInstanceUid: string,
    seriesInstanceUid: string,
    options?: SearchOptions,
  ): Promise<DicomJson[]>;
  /** Stores files as they are, in requests of bounded size. */
  store(files: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, options?: SearchOptions): Promise<Stored>;
}
export interface SearchOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Not among what a server gives of a study unasked. */
const STUDY_DESCRIPTION = '00081030';
/** Asked for a page; servers may give fewer. */
const PAGE = 500;
/** A store request is sent when this much has gathered. */
const STORE_BYTES = 32 * 1024 * 1024;

/** UIDs go into paths: one that is none would be another address. */
export function checkedUid(uid: string, name: string): string {
  if (!isUid(uid))
    throw new ArchiveError(
      'not-found',
      `'${uid.slice(0, 80)}' is no ${name}: it must be digits and dots. anteroom studies lists what is there.`,
    );
  return uid;
}

export function openDicomweb(server: Server): DicomwebClient {
  // The server's own door adds credentials; the client has none to leak.
  const client = new api.DICOMwebClient({
    url: server.root,
    singlepart: false,
    verbose: false,
  }) as unknown as Client;

  /** Runs one call of the client; its failures come out in our words. */
  const call = async (
    what: string,
    signal: AbortSignal | undefined,
    run: (request: ClientOptions['request']) => Promise<unknown>,
  ): Promise<{ status: number; body: unknown; saysMore?: boolean }> => {
    const exchange = createExchange(server, what, signal);
    try {
      const body = await run({ instance: exchange.xhr });
      return { status: exchange.status(), body, saysMore: tellsOfMore(exchange.header('warning')) };
    } catch (error) {
      const failure = error instanceof ArchiveError ? error : exchange.failure();
      if (failure) throw failure;
      if (exchange.status() === 409) return { status: 409, body: exchange.body() };
      if (exchange.status() >= 300) throw statusError(exchange.status(), what, server.peer, null);
      throw badAnswer(server.peer, what, 'nothing this client could read', error);
    }
  };

  const checked = (what: string, schema: typeof datasets, status: number, body: unknown): DicomJson[] => {
    if (status === 204) return [];
    const parsed = schema.safeParse(body);
    if (!parsed.success || body === null)
      throw badAnswer(server.peer, what, body === null ? 'no JSON' : firstIssue(parsed.error), parsed.error);
    return parsed.data as DicomJson[];
  };

  /** Walks pages until one brings nothing new: servers cap pages at their own size, and some ignore `offset`. */
  const pages = async (
    what: string,
    options: SearchOptions,
    keyTag: string,
    enough: (found: ReadonlyMap<string, DicomJson>) => boolean,
    ask: (
      queryParams: Record<string, string | number>,
      request: ClientOptions['request'],
    ) => Promise<unknown>,
  ): Promise<DicomJson[]> => {
    const found = new Map<string, DicomJson>();
    for (let offset = 0; ;) {
      const { status, body } = await call(what, options.signal, (request) =>
        ask({ limit: PAGE, offset }, request),
      ).catch((error: unknown) => {
        // Some say so that there is no more.
        if (offset > 0 && error instanceof ArchiveError && error.status === 404)
          return { status: 204, body: null };
        throw error;
      });
      const page = checked(what, datasets, status, body);
      const before = found.size;
      for (const entry of page) {
        const uid = textOf(entry, keyTag);
        if (isUid(uid) && !found.has(uid)) found.set(uid, entry);
      }
      if (page.length === 0 || found.size === before || enough(found)) return [...found.values()];
      offset += page.length;
    }
  };

  return {
    server,
    async study(studyInstanceUid, options = {}) {
      const only = { StudyInstanceUID: checkedUid(studyInstanceUid, 'Study Instance UID') };
      // A server that does not look at the question is read till it names this one.
      const isThere = (found: ReadonlyMap<string, DicomJson>): boolean => found.has(studyInstanceUid);
      const rows = await pages('its studies', options, '0020000D', isThere, (page, request) =>
        client.searchForStudies({
          queryParams: { ...page, ...only, includefield: STUDY_DESCRIPTION },
          request,
        }),
      );
      const header = rows.find((row) => textOf(row, '0020000D') === studyInstanceUid);
      return header ? { studyInstanceUid, header } : null;
    },
    async studyPage(matching, page, options = {}) {
      const what = 'its studies';
      const queryParams = { ...page, ...matching, includefield: STUDY_DESCRIPTION };
      const { status, body, saysMore } = await call(what, options.signal, (request) =>
        client.searchForStudies({ queryParams, request }),
      );
      const studies = checked(what, datasets, status, body)
        .map((header) => ({ studyInstanceUid: textOf(header, '0020000D'), header }))
        .filter((row) => isUid(row.studyInstanceUid));
      return { studies, saysMore: saysMore ?? false };
    },
    async series(studyInstanceUid, options = {}) {
      const studyInstanceUID = checkedUid(studyInstanceUid, 'Study Instance UID');
      const all = (found: ReadonlyMap<string, DicomJson>): boolean => found.size === options.expected;
      const rows = await pages('the series of a study', options, '0020000E', all, (page, request) =>
        client.searchForSeries({
          studyInstanceUID,
          queryParams: { ...page, includefield: '0008103E' },
          request,
        }),
      );
      return rows.map((header) => ({
        seriesInstanceUid: textOf(header, '0020000E'),
        modality: textOf(header, '00080060'),
        instances: numberOf(header, '00201209'),
        header,
      }));
    },
    async studiesOf(seriesInstanceUid, options = {}) {
      const what = 'the study of a series';
      const queryParams = {
        SeriesInstanceUID: checkedUid(seriesInstanceUid, 'Series Instance UID'),
        includefield: '0020000D',
        limit: PAGE,
      };
      const rows = await call(what, options.signal, (request) =>
        client.searchForSeries({ queryParams, request }),
      ).then(
        ({ status, body }) => checked(what, datasets, status, body),
        (error: unknown) => {
          // A server need not search series across studies, and says so with whatever status it likes.
          const refused = error instanceof ArchiveError && error.status !== null && error.status < 502;
          if (refused && error.code !== 'unauthorized') return null;
          throw error;
        },
      );
      // One that does not look at the question answers with other series.
      if (!rows?.every((row) => textOf(row, '0020000E') === seriesInstanceUid)) return null;
      const studies = [...new Set(rows.map((row) => textOf(row, '0020000D')))];
      return studies.every(isUid) ? studies : null;
    },
    async instances(studyInstanceUid, seriesInstanceUid, options = {}) {
      const studyInstanceUID = checkedUid(studyInstanceUid, 'Study Instance UID');
      const seriesInstanceUID = checkedUid(seriesInstanceUid, 'Series Instance UID');
      const what = 'the list of images of a series';
      const rows = await pages(
        what,
        options,
        '00080018',
        () => false,
        (page, request) =>
          client.searchForInstances({ studyInstanceUID, seriesInstanceUID, queryParams: page, request }),
      );
      return rows.map((header) => textOf(header, '00080018'));
    },
    async metadata(studyInstanceUid, seriesInstanceUid, options = {}) {
      const what = 'the headers of a series';
      const { status, body } = await call(what, options.signal, (request) =>
        client.retrieveSeriesMetadata({
          studyInstanceUID: checkedUid(studyInstanceUid, 'Study Instance UID'),
          seriesInstanceUID: checkedUid(seriesInstanceUid, 'Series Instance UID'),
          request,
        }),
      );
      return checked(what, datasets, status, body);
    },
    async store(files, options = {}) {
      const stored: string[] = [];
      const refused: { sopInstanceUid: string; reason: number | null }[] = [];
      let batch: ArrayBuffer[] = [];
      let size = 0;
      const send = async (sent: readonly ArrayBuffer[]): Promise<void> => {
        const what = 'room for new objects';
        try {
          const { body } = await call(what, options.signal, (request) =>
            client.storeInstances({ datasets: sent, request }),
          );
          const outcome = readStored(body);
          if (!outcome) throw badAnswer(server.peer, what, 'no list of what it stored');
          stored.push(...outcome.stored);
          refused.push(...outcome.refused);
        } catch (error) {
          // A server may refuse a whole request for one object in it: each is then sent by itself.
          if (!(error instanceof ArchiveError) || error.status === null || error.status >= 500) throw error;
          if (error.code !== 'bad-answer') throw error;
          if (sent.length > 1) for (const file of sent) await send([file]);
          else refused.push({ sopInstanceUid: sopInstanceUidOf(new Uint8Array(sent[0]!)), reason: null });
        }
      };
      const flush = async (): Promise<void> => {
        const sent = batch;
        [batch, size] = [[], 0];
        if (sent.length > 0) await send(sent);
      };
      for await (const file of files) {
        options.signal?.throwIfAborted();
        batch.push(Uint8Array.from(file).buffer);
        size += file.length;
        if (size >= STORE_BYTES) await flush();
      }
      await flush();
      return { stored, refused };
    },
  };
}

/**
 * Whether a server that answered a search says so that there is more: 'Warning: 299 pacs "There are 12 additional
 * results that can be requested"' (PS3.18 8.3.4.4), in the words of each. Other warnings have the same number.
 */
const tellsOfMore = (warning: string | null): boolean =>
  warning !== null &&
  /\b299\b/.test(warning) &&
  /\b(additional|remaining|more|limit\w*|truncat\w*|exceed\w*|maximum|incomplete|partial|not all)\b/i.test(
    warning,
  );

const firstIssue = (error: z.ZodError | undefined): string => {
  const issue = error?.issues[0];
  return issue && issue.path.length > 0 ? `${issue.path.join('.')}: ${issue.message}` : 'no list of datasets';
};

/** STOW-RS's answer (PS3.18 10.5.3): what was stored, what was not. Null where it is none. */
function readStored(body: unknown): Stored | null {
  let answer = body;
  if (typeof answer === 'string') {
    try {
      answer = JSON.parse(answer);
    } catch {
      return null;
    }
  }
  const parsed = datasets.safeParse([answer]);
  const header = parsed.success ? (parsed.data[0] as DicomJson | undefined) : undefined;
  if (!header) return null;
  const items = (tag: string): DicomJson[] => {
    const nested = datasets.safeParse(header[tag]?.Value ?? []);
    return nested.success ? (nested.data as DicomJson[]) : [];
  };
  return {
    stored: items('00081199').map((item) => textOf(item, '00081155')),
    refused: items('00081198').map((item) => ({
      sopInstanceUid: textOf(item, '00081155'),
      reason: numberOf(item, '00081197'),
    })),
  };
}
