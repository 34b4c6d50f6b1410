import { expect, test } from 'vitest';
import { createRecentFailure, failureSentence, READ_MS } from '../session/failure-words.ts';
import { awayWords } from './away-words.ts';
import { emptyWords, linesOf } from './empty-words.ts';

const fresh = { kind: 'fresh', ageMs: 40 } as const;
const none = { kind: 'none' } as const;
const joined = { kind: 'joined' } as const;

test('a headset says that the room is away and what is tried, and that it ended and where to read why', () => {
  expect(awayWords({ kind: 'reconnecting', attempt: 3, retryInMs: 9 }, fresh)).toEqual([
    'The service does not answer.',
    'Trying again…',
  ]);
  expect(awayWords({ kind: 'ended', code: 'expired', text: 'x' }, fresh)?.join(' ')).toMatch(
    /ended.*read why/,
  );
  expect(awayWords(joined, fresh)).toBeNull();
  expect(awayWords({ kind: 'connecting' }, none)).toBeNull();
});

test('a picture that stops while the room goes on is said too, a hitch is not', () => {
  expect(awayWords(joined, { kind: 'stale', ageMs: 2000 })).toBeNull();
  expect(awayWords(joined, { kind: 'stale', ageMs: 4000 })?.join(' ')).toBe(
    'The picture does not keep up. The network is slow or broken.',
  );
});

test('a headset without a picture says why', () => {
  const state = { connection: joined, volume: null, progress: null, age: none };
  expect(emptyWords(state)).toBe('Loading the study');
  const progress = {
    stage: 'retrieve',
    instancesDone: 40,
    instancesTotal: 300,
    bytes: 20e6,
    bytesPerSecond: 0,
  } as const;
  expect(emptyWords({ ...state, progress } as Parameters<typeof emptyWords>[0])).toMatch(
    /^Loading the study · Coming in · 40 of 300 slices/,
  );
  const volume = {} as NonNullable<Parameters<typeof emptyWords>[0]['volume']>;
  expect(emptyWords({ ...state, volume })).toBe('Making the first picture…');
  expect(emptyWords({ ...state, connection: { kind: 'reconnecting', attempt: 1, retryInMs: 1 } })).toMatch(
    /^The service does not answer\./,
  );
  expect(emptyWords({ ...state, volume, age: fresh }), 'the picture speaks for itself').toBeNull();
});

test('a failure is read in a headset for as long as it takes, each anew, and never a code alone', () => {
  const recent = createRecentFailure();
  const one = { serial: 1, code: 'discarded', text: 'This series has no such volume.' };
  expect(recent(one, 1000)).toBe(one.text);
  expect(recent(one, 1000 + READ_MS - 1)).toBe(one.text);
  expect(recent(one, 1000 + READ_MS)).toBeNull();
  expect(recent({ ...one, serial: 2 }, 1000 + READ_MS), 'the same words twice are two').toBe(one.text);
  expect(recent(null, 0)).toBeNull();
  expect(failureSentence({ code: 'unreachable', text: '' })).toMatch(/^The archive did not answer\..*doctor/);
  expect(failureSentence({ code: 'odd', text: '' })).toBe('Something here failed. (odd)');
});

test('words are broken between words, and what has no room is not lost silently', () => {
  expect(linesOf('one two three four', 9, 5)).toEqual(['one two', 'three', 'four']);
  expect(linesOf('one two three four', 9, 2)).toEqual(['one two', 'three …']);
});
