/**
 * One server and how we speak to it: fetch with retries, time limits, words for failures, and credentials that go to
 * this server's origin alone. Rules:
 * H1 Authorization is sent to the server's own origin only: not to redirects elsewhere, not to addresses in answers;
 * H2 a redirect is followed within the origin (at most 5); one that leads elsewhere is refused in words;
 * H3 accept-encoding is identity: a compressed instance costs the archive fifteen times its own time;
 * H4 each connection has a limit until its answer begins, and an open body a limit between two pieces;
 * H5 aborting closes the connection.
 */
// Node's own fetch ends the process when an archive closes a connection whose reader is behind (nodejs/undici issue
// 5360, mended in undici 8; Node 24 carries 7).
import { fetch } from 'undici';
import type { Authorization } from './credentials.rim.ts';
import {
  aborted,
  ArchiveError,
  badAnswer,
  connectionError,
  cutShort,
  statusError,
  type Peer,
} from './errors.ts';
import { PASSING, readRetryAfter, RETRY, retrying, type RetryEffects, type RetryPolicy } from './retry.ts';

export interface HttpEffects extends RetryEffects {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Runs `act` after `ms` unless it was stopped or put off. */
  readonly alarm: (ms: number, act: () => void) => { again(): void; stop(): void };
}

export const REAL_EFFECTS: HttpEffects = {
  // Its types are those of the platform's fetch, declared once more.
  fetch: (url, init) => fetch(url, init as never) as unknown as Promise<Response>,
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', stop);
        resolve();
      }, ms);
      const stop = (): void => {
        clearTimeout(timer);
        reject(aborted(signal?.reason));
      };
      if (signal?.aborted) stop();
      else signal?.addEventListener('abort', stop, { once: true });
    }),
  alarm: (ms, act) => {
    let timer = setTimeout(act, ms);
    return {
      again: () => {
        clearTimeout(timer);
        timer = setTimeout(act, ms);
      },
      stop: () => clearTimeout(timer),
    };
  },
  nowMs: () => performance.timeOrigin + performance.now(),
  random: Math.random,
};

export interface ServerOptions {
  readonly kind: Peer['kind'];
  /** Root address, http or https, without credentials in it. */
  readonly root: string;
  readonly authorization?: Authorization;
  readonly credentialNames?: string;
  readonly effects?: HttpEffects;
  readonly policy?: RetryPolicy;
  readonly answerWithinMs?: number;
  readonly pieceWithinMs?: number;
}

export interface Ask {
  /** What is asked for, in words for a sentence: 'the series'. */
  readonly what: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: BodyInit | null;
  readonly signal?: AbortSignal | undefined;
}

/** A begun answer. Exactly one of the readers (or `discard`) must be called. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** The body as it arrives. Leaving the loop closes the connection. */
  chunks(): AsyncGenerator<Uint8Array>;
  /** The whole body, at most `limitBytes`. */
  bytes(limitBytes: number): Promise<Buffer<ArrayBuffer>>;
  discard(): void;
}

export interface Server {
  readonly peer: Peer;
  /** Without a slash at its end. */
  readonly root: string;
  readonly effects: HttpEffects;
  /**
   * Asks, and lets `take` read the answer, whatever its status but the passing ones: those, and answers that break off
   * while they are taken, are asked for again and thrown at last. `path` begins with a slash, or is a whole address.
   */
  ask<T>(path: string, ask: Ask, take: (answer: Answer) => Promise<T>): Promise<T>;
  /** The begun answer; any status but 2xx is thrown as ArchiveError. */
  askFor(path: string, ask: Ask): Promise<Answer>;
  /** The whole answer, any status. */
  askWhole(path: string, ask: Ask, limitBytes: number): Promise<WholeAnswer>;
  /** The error that a status means. */
  failureOf(answer: Pick<Answer, 'status' | 'headers'>, what: string): ArchiveError;
}

export interface WholeAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer<ArrayBuffer>;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const REPEATABLE = new Set(['GET', 'HEAD']);

export function openServer(options: ServerOptions): Server {
  const root = options.root.replace(/\/+$/, '');
  const base = new URL(root);
  const effects = options.effects ?? REAL_EFFECTS;
  const policy = options.policy ?? RETRY;
  const answerWithinMs = options.answerWithinMs ?? 60_000;
  const pieceWithinMs = options.pieceWithinMs ?? 30_000;
  const authorization = options.authorization ?? null;
  const peer: Peer = {
    kind: options.kind,
    host: base.host,
    credentialNames:
      options.credentialNames ?? 'ANTEROOM_TOKEN or ANTEROOM_BASIC (user:password), or pass --token-file',
    hasCredentials: authorization !== null,
  };

  /** One exchange, redirects within the origin included. */
  const exchange = async (path: string, ask: Ask): Promise<Answer> => {
    const stop = new AbortController();
    const signal = ask.signal ? AbortSignal.any([ask.signal, stop.signal]) : stop.signal;
    let late = false;
    const tooLate = (): void => {
      late = true;
      stop.abort();
    };
    const alarm = effects.alarm(answerWithinMs, tooLate);
    try {
      let url = path.startsWith('/') ? new URL(root + path) : new URL(path);
      for (let hops = 0; ; hops++) {
        const own = url.origin === base.origin;
        const headers = new Headers({ 'accept-encoding': 'identity', ...ask.headers });
        headers.delete('authorization');
        if (own && authorization !== null) headers.set('authorization', authorization);
        const init: RequestInit = { method: ask.method ?? 'GET', headers, signal, redirect: 'manual' };
        if (ask.body !== undefined) init.body = ask.body;
        const response = await effects.fetch(url.href, init);
        const location = response.headers.get('location');
        if (!REDIRECTS.has(response.status) || location === null)
          return openAnswer(response, ask, stop, alarm);
        await response.body?.cancel();
        const next = new URL(location, url);
        if (next.origin !== base.origin || hops >= 5 || !REPEATABLE.has(ask.method ?? 'GET'))
          throw badAnswer(
            peer,
            ask.what,
            hops >= 5
              ? 'it redirects in a circle'
              : `it sends on to ${next.origin}, and credentials are not taken there; give that address instead`,
          );
        url = next;
      }
    } catch (error) {
      alarm.stop();
      stop.abort();
      if (error instanceof ArchiveError) throw error;
      if (ask.signal?.aborted) throw aborted(error);
      if (late)
        throw new ArchiveError('unreachable', `no answer within ${answerWithinMs / 1000} s`, {
          cause: error,
        });
      throw connectionError(error, peer);
    }
  };

  const openAnswer = (
    response: Response,
    ask: Ask,
    stop: AbortController,
    alarm: ReturnType<HttpEffects['alarm']>,
  ): Answer => {
    alarm.stop();
    async function* chunks(): AsyncGenerator<Uint8Array> {
      if (!response.body) return;
      const pieces = effects.alarm(pieceWithinMs, () => stop.abort());
      try {
        for await (const piece of response.body) {
          // A slow reader is not a slow server: the limit runs only while we wait for the server.
          pieces.stop();
          yield piece;
          pieces.again();
        }
      } catch (error) {
        if (ask.signal?.aborted) throw aborted(error);
        throw cutShort(peer, ask.what, error);
      } finally {
        pieces.stop();
        stop.abort();
      }
    }
    return {
      status: response.status,
      headers: response.headers,
      chunks,
      async bytes(limitBytes) {
        const pieces: Uint8Array[] = [];
        let size = 0;
        for await (const piece of chunks()) {
          size += piece.length;
          if (size > limitBytes) throw badAnswer(peer, ask.what, `more than ${limitBytes} bytes`);
          pieces.push(piece);
        }
        return Buffer.concat(pieces, size);
      },
      discard: () => stop.abort(),
    };
  };

  const failureOf = (answer: Pick<Answer, 'status' | 'headers'>, what: string): ArchiveError =>
    statusError(
      answer.status,
      what,
      peer,
      readRetryAfter(answer.headers.get('retry-after'), effects.nowMs()),
    );

  const repeat = <T>(path: string, request: Ask, take: (answer: Answer) => Promise<T>): Promise<T> => {
    const repeatable = REPEATABLE.has(request.method ?? 'GET');
    return retrying({ peer, policy, effects, repeatable, signal: request.signal }, async () => {
      const answer = await exchange(path, request);
      if (!PASSING.has(answer.status)) return take(answer);
      answer.discard();
      throw failureOf(answer, request.what);
    });
  };

  return {
    peer,
    root,
    effects,
    ask: repeat,
    failureOf,
    askFor: (path, request) =>
      repeat(path, request, async (answer) => {
        if (answer.status >= 200 && answer.status < 300) return answer;
        answer.discard();
        throw failureOf(answer, request.what);
      }),
    askWhole: (path, request, limitBytes) =>
      repeat(path, request, async (answer) => ({
        status: answer.status,
        headers: answer.headers,
        bytes: await answer.bytes(limitBytes),
      })),
  };
}
