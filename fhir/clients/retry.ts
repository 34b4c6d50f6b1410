/**
 * When to ask again. Rules:
 * R1 only what may be repeated without harm (GET) is asked again, at most `tries` times in all;
 * R2 again after: no connection, a connection that broke, 408, 425, 429, 502, 503, 504;
 * R3 never after: a TLS failure, 401, 403, 404, any other answer, or an abort;
 * R4 the wait doubles from `firstWaitMs` and is spread by up to half, so that many nodes do not come back at once;
 * R5 a server that names a wait (Retry-After) is given it, up to `longestWaitMs`; beyond that we give up at once.
 */
import { aborted, ArchiveError, unreachable, type Peer } from './errors.ts';

export interface RetryPolicy {
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

export const RETRY: RetryPolicy = { tries: 3, firstWaitMs: 1000, longestWaitMs: 20_000 };

/** Statuses that may pass by themselves. */
export const PASSING: ReadonlySet<number> = new Set([408, 425, 429, 502, 503, 504]);

/**
 * Milliseconds to wait before the next try, or null to give up.
 * @param attempt tries made so far, 1 after the first
 * @param random 0..1
 */
export function waitBeforeRetry(
  policy: RetryPolicy,
  attempt: number,
  error: ArchiveError,
  repeatable: boolean,
  random: number,
): number | null {
  if (!repeatable || attempt >= policy.tries) return null;
  const passing =
    error.status === null
      ? error.code === 'unreachable' || error.code === 'cut-short'
      : PASSING.has(error.status);
  if (!passing) return null;
  if (error.retryAfterMs !== null)
    return error.retryAfterMs <= policy.longestWaitMs ? error.retryAfterMs : null;
  return Math.min(policy.longestWaitMs, policy.firstWaitMs * 2 ** (attempt - 1) * (1 + random / 2));
}

/** Retry-After (RFC 9110 10.2.3): seconds or an HTTP date, as ms from now; null where absent or unreadable. */
export function readRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\s*\d+\s*$/.test(value)) return Number(value) * 1000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs);
}

/** The clock as retries see it; tests seed it. */
export interface RetryEffects {
  /** Resolves after `ms`, rejects when the signal aborts. */
  readonly sleep: (ms: number, signal: AbortSignal | undefined) => Promise<void>;
  readonly nowMs: () => number;
  readonly random: () => number;
}

export interface Retrying {
  readonly peer: Peer;
  readonly policy: RetryPolicy;
  readonly effects: RetryEffects;
  readonly repeatable: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Runs `once` by the rules above. Failures are ArchiveErrors; the last says how often and how long it was tried. */
export async function retrying<T>(how: Retrying, once: () => Promise<T>): Promise<T> {
  const started = how.effects.nowMs();
  for (let attempt = 1; ; attempt++) {
    if (how.signal?.aborted) throw aborted(how.signal.reason);
    try {
      return await once();
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error;
      const waitMs = waitBeforeRetry(how.policy, attempt, error, how.repeatable, how.effects.random());
      if (waitMs !== null) await how.effects.sleep(waitMs, how.signal);
      else if (error.code === 'unreachable' && error.status === null)
        throw unreachable(error.message, how.peer, attempt, how.effects.nowMs() - started, error.cause);
      else throw error;
    }
  }
}
