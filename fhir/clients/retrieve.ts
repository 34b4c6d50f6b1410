/**
 * The stored bytes of a series (WADO-RS), streamed. Rules:
 * W1 stored bytes are asked for (`transfer-syntax=*`): a server that transcodes costs time and may fail;
 * W2 the whole series in one answer is preferred; a server that refuses it is asked instance by instance, four at a time;
 * W3 an answer that breaks off is made whole by asking for the missing instances one by one;
 * W4 what cannot be had in the end is yielded as a failure that names the instance: never silently short;
 * W5 leaving the loop, or aborting, closes the connections.
 */
import dicomParser from 'dicom-parser';
import { checkedUid } from './dicomweb.ts';
import { aborted, ArchiveError, badAnswer, cutShort } from './errors.ts';
import type { Answer, Server } from './http.rim.ts';
import { inParallel } from './in-parallel.ts';
import { sopInstanceUidOf } from './object-name.ts';
import { boundaryOf, createMultipartParser, MultipartError, type Part } from './multipart.ts';

export interface Retrieved {
  /** '' where the object does not say it. */
  readonly sopInstanceUid: string;
  /** Over an ArrayBuffer of its own. Empty where `failure` is set. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A sentence, where this instance could not be had. */
  readonly failure: string | null;
}

export interface RetrieveOptions {
  readonly signal?: AbortSignal | undefined;
  /** Limits the transfer to these SOP Instance UIDs. */
  readonly only?: readonly string[] | undefined;
  /** SOP Instance UIDs of the series where they are known already; asked for when they are needed and not known. */
  readonly expected?: readonly string[] | undefined;
  readonly listInstances: () => Promise<readonly string[]>;
  /** Called with the bytes of each piece as it comes. */
  readonly onBytes?: (bytes: number) => void;
}

const AT_A_TIME = 4;
const PEEKED_BYTES = 8192;
const MULTIPART = 'multipart/related; type="application/dicom"';
/** Most wanted first: stored bytes, any syntax, one object without an envelope. */
const ACCEPTS = [`${MULTIPART}; transfer-syntax=*`, MULTIPART, 'application/dicom'] as const;
/** Failures after which the next instance would fare no better; 'cut-short' has had its tries by then. */
const CONCERNS_ALL = new Set(['aborted', 'unauthorized', 'tls', 'unreachable', 'cut-short']);
/** Statuses by which servers refuse a way of asking rather than the thing asked for. */
const REFUSALS = new Set([400, 404, 405, 406, 413, 415, 500, 501]);

/** Transfer syntax in which one instance is stored, from the first bytes of it; '' where that cannot be told. */
export async function peekTransferSyntax(
  server: Server,
  studyInstanceUid: string,
  seriesInstanceUid: string,
  sopInstanceUid: string,
  signal?: AbortSignal,
): Promise<string> {
  const uids = [studyInstanceUid, seriesInstanceUid, sopInstanceUid].map((uid) => checkedUid(uid, 'UID'));
  const path = `/studies/${uids[0]}/series/${uids[1]}/instances/${uids[2]}`;
  const what = 'an image of a series';
  const start = await server.ask(path, { what, headers: { accept: ACCEPTS[0] }, signal }, async (answer) => {
    let bytes: Buffer = Buffer.alloc(0);
    if (answer.status === 200)
      for await (const piece of answer.chunks()) {
        bytes = Buffer.concat([bytes, piece]);
        if (bytes.length >= PEEKED_BYTES) break;
      }
    else answer.discard();
    return bytes;
  });
  // The file begins 128 bytes before its mark, inside the envelope or without one.
  const mark = start.indexOf('DICM', 128, 'latin1');
  try {
    return mark < 0
      ? ''
      : (dicomParser.readPart10Header(start.subarray(mark - 128)).string('x00020010') ?? '');
  } catch {
    return '';
  }
}

/** The parts of an answer, in our errors. Ends normally only after the closing boundary. */
async function* partsOf(
  server: Server,
  answer: Answer,
  what: string,
  onBytes: (n: number) => void,
): AsyncGenerator<Part> {
  const contentType = answer.headers.get('content-type');
  if (/^\s*application\/dicom\s*(;|$)/i.test(contentType ?? '')) {
    const pieces: Uint8Array[] = [];
    for await (const piece of answer.chunks()) {
      onBytes(piece.length);
      pieces.push(piece);
    }
    yield { headers: new Map(), bytes: Uint8Array.from(Buffer.concat(pieces)) };
    return;
  }
  try {
    const parser = createMultipartParser(boundaryOf(contentType));
    for await (const piece of answer.chunks()) {
      onBytes(piece.length);
      yield* parser.push(piece);
      // Where no length was said, a server may hold the line open after the end: what follows means nothing.
      if (parser.closed && answer.headers.get('content-length') === null) break;
    }
    parser.end();
  } catch (error) {
    answer.discard();
    if (!(error instanceof MultipartError)) throw error;
    if (error.code === 'cut-short') throw cutShort(server.peer, what, error);
    throw badAnswer(server.peer, what, error.message, error);
  }
}

/** The stored objects of a series, in the order in which they come. Throws ArchiveError. */
export async function* retrieveSeries(
  server: Server,
  studyInstanceUid: string,
  seriesInstanceUid: string,
  options: RetrieveOptions,
): AsyncGenerator<Retrieved> {
  const path = `/studies/${checkedUid(studyInstanceUid, 'Study Instance UID')}/series/${checkedUid(seriesInstanceUid, 'Series Instance UID')}`;
  const what = 'the images of a series';
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, stop.signal]) : stop.signal;
  const onBytes = options.onBytes ?? (() => undefined);
  const wanted = options.only && new Set(options.only);
  const seen = new Set<string>();

  const wholeIsWorthIt = !wanted || wanted.size * 2 > (options.expected?.length ?? Infinity);
  let broken: ArchiveError | null = null;
  try {
    if (wholeIsWorthIt) {
      const answer = await askForSeries(server, path, what, signal);
      if (answer instanceof ArchiveError) broken = answer;
      else
        try {
          for await (const part of partsOf(server, answer, what, onBytes)) {
            const sopInstanceUid = sopInstanceUidOf(part.bytes);
            seen.add(sopInstanceUid);
            if (!wanted || wanted.has(sopInstanceUid))
              yield { sopInstanceUid, bytes: part.bytes, failure: null };
          }
        } catch (error) {
          if (!(error instanceof ArchiveError) || error.code !== 'cut-short') throw error;
          broken = error;
        }
    }
    if (options.signal?.aborted) throw aborted(options.signal.reason);

    // Complete as the server meant it, and nobody knows better.
    const expected = wanted
      ? [...wanted]
      : (options.expected ?? (broken ? await options.listInstances() : null));
    if (!expected) return;
    const missing = expected.filter((uid) => !seen.has(uid));
    if (broken && seen.size === 0 && expected.length === 0) throw broken;
    yield* retrieveOneByOne(server, path, missing, seen.size > 0, signal, onBytes);
  } finally {
    stop.abort();
  }
}

/** The series' answer, or the refusal that sends us to single instances. */
async function askForSeries(
  server: Server,
  path: string,
  what: string,
  signal: AbortSignal,
): Promise<Answer | ArchiveError> {
  let refusal: ArchiveError | null = null;
  for (const accept of ACCEPTS.slice(0, 2)) {
    const answer = await server.ask(path, { what, headers: { accept }, signal }, async (open) => open);
    if (answer.status >= 200 && answer.status < 300) return answer;
    answer.discard();
    refusal = server.failureOf(answer, what);
    if (!REFUSALS.has(answer.status)) throw refusal;
    if (answer.status === 404) break;
  }
  return refusal!;
}

async function* retrieveOneByOne(
  server: Server,
  seriesPath: string,
  uids: readonly string[],
  anySeen: boolean,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Retrieved> {
  let way = 0;
  const what = 'an image of a series';
  const fetchOne = async (sopInstanceUid: string): Promise<Retrieved> => {
    const path = `${seriesPath}/instances/${checkedUid(sopInstanceUid, 'SOP Instance UID')}`;
    try {
      for (let mine = way; ;) {
        const part = await server.ask(
          path,
          { what, headers: { accept: ACCEPTS[mine]! }, signal },
          async (answer) => {
            if (answer.status >= 200 && answer.status < 300) {
              for await (const first of partsOf(server, answer, what, onBytes)) return first;
              throw badAnswer(server.peer, what, 'no object in the answer');
            }
            answer.discard();
            if (mine + 1 < ACCEPTS.length && REFUSALS.has(answer.status) && answer.status !== 404)
              return null;
            throw server.failureOf(answer, what);
          },
        );
        if (part) {
          // What worked for one is asked for first by the next.
          way = mine;
          return { sopInstanceUid, bytes: part.bytes, failure: null };
        }
        mine++;
      }
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      if (CONCERNS_ALL.has(error.code)) throw error;
      return { sopInstanceUid, bytes: new Uint8Array(0), failure: error.message };
    }
  };
  const failures: Retrieved[] = [];
  let any = anySeen;
  for await (const object of inParallel(uids, AT_A_TIME, fetchOne)) {
    if (object.failure !== null && !any) failures.push(object);
    else {
      any = true;
      yield* failures.splice(0);
      yield object;
    }
  }
  // Not one could be had: that is a failure of the whole.
  if (failures.length > 0) throw new ArchiveError('not-found', failures[0]!.failure!);
}
