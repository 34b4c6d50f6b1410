import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ApiFailure } from './api.ts';
import { mayRetry, noticeOf, pressWords, validUntil } from './notice.ts';

beforeAll(() => vi.stubGlobal('location', { host: 'node:8080' }));
afterAll(() => vi.unstubAllGlobals());

test('a link that is wrong is not called missing, and asking again is not offered', () => {
  const wrong = new ApiFailure(401, 'wrong-token', 'This link opens nothing here.');
  expect(noticeOf(wrong)).toMatchObject({ title: 'This link opens nothing here.' });
  expect(noticeOf(wrong).next).toMatch(/cut short.*ask whoever invited you/);
  expect(noticeOf(new ApiFailure(401, 'no-token', '')).title).toBe('This page needs a link.');
  expect(mayRetry(wrong)).toBe(false);
  expect(mayRetry(new ApiFailure(410, 'expired', ''))).toBe(false);
  expect(mayRetry(new ApiFailure(0, 'node-silent', ''))).toBe(true);
  expect(mayRetry(new ApiFailure(502, 'unreachable', ''))).toBe(true);
});

test('an expired link says until when it was good, on the clock of whoever reads it', () => {
  const said =
    'This link has expired (it was valid until 2026-11-22 14:00 UTC). Ask whoever sent it for a new one.';
  expect(validUntil(said, 'en-GB', 'Europe/Berlin')).toMatch(/^22 November 2026.* 15:00$/);
  expect(noticeOf(new ApiFailure(410, 'expired', said)).next).toMatch(
    /^It was valid until .*2026.*\. Ask whoever invited you for a new one\.$/,
  );
  expect(noticeOf(new ApiFailure(410, 'expired', 'over')).next).toMatch(/24 hours/);
});

test('what was pressed does not claim to repeat itself', () => {
  const silent = new ApiFailure(0, 'node-silent', 'TypeError');
  expect(noticeOf(silent).next).toMatch(/tries again by itself/);
  expect(pressWords(silent)).toBe(
    'The service does not answer. Check that Anteroom is still running at node:8080, then press again.',
  );
  expect(pressWords(new Error('The archive did not answer.'))).toBe('The archive did not answer.');
});
