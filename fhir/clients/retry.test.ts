import { expect, test } from 'vitest';
import { ArchiveError, type ArchiveErrorCode } from './errors.ts';
import { readRetryAfter, RETRY, waitBeforeRetry } from './retry.ts';

const failure = (code: ArchiveErrorCode, status?: number, retryAfterMs: number | null = null): ArchiveError =>
  new ArchiveError(code, code, { ...(status === undefined ? {} : { status }), retryAfterMs });
const wait = (error: ArchiveError, attempt = 1, repeatable = true, random = 0): number | null =>
  waitBeforeRetry(RETRY, attempt, error, repeatable, random);

test('R1: only what may be repeated, three times in all', () => {
  const down = failure('unreachable');
  expect(wait(down, 1, false)).toBeNull();
  expect([1, 2, 3, 4].map((attempt) => wait(down, attempt) !== null)).toEqual([true, true, false, false]);
});

test('R2: what may pass is asked again', () => {
  for (const status of [408, 425, 429, 502, 503, 504])
    expect(wait(failure('bad-answer', status))).not.toBeNull();
  expect(wait(failure('unreachable'))).not.toBeNull();
  expect(wait(failure('cut-short'))).not.toBeNull();
});

test('R3: what will not change is not', () => {
  for (const status of [400, 401, 403, 404, 406, 409, 500, 501])
    expect(wait(failure('bad-answer', status))).toBeNull();
  for (const code of ['tls', 'unauthorized', 'not-found', 'aborted', 'bad-answer'] as const)
    expect(wait(failure(code))).toBeNull();
});

test('R4: the wait doubles and is spread by up to half', () => {
  const down = failure('unreachable');
  expect([wait(down, 1), wait(down, 2)]).toEqual([1000, 2000]);
  expect([wait(down, 1, true, 1), wait(down, 2, true, 1)]).toEqual([1500, 3000]);
});

test('R5: a wait that the server names is kept, or ends it', () => {
  expect(wait(failure('unreachable', 503, 7000), 1, true, 1)).toBe(7000);
  expect(wait(failure('unreachable', 503, 20_001))).toBeNull();
});

test('Retry-After: seconds, a date, or nothing to go by', () => {
  const now = Date.parse('2026-01-02T03:04:05Z');
  expect(readRetryAfter('120', now)).toBe(120_000);
  expect(readRetryAfter('Fri, 02 Jan 2026 03:04:15 GMT', now)).toBe(10_000);
  expect(readRetryAfter('Fri, 02 Jan 2026 03:04:00 GMT', now)).toBe(0);
  expect(readRetryAfter('soon', now)).toBeNull();
  expect(readRetryAfter(null, now)).toBeNull();
});
