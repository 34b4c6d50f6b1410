import { expect, test } from 'vitest';
import { awayWords } from './away-words.ts';

test('a headset says that the room is away and what is tried, and that it ended and where to read why', () => {
  expect(awayWords({ kind: 'reconnecting', attempt: 3, retryInMs: 9 })).toEqual([
    'The service does not answer.',
    'Trying again…',
  ]);
  expect(awayWords({ kind: 'ended', code: 'expired', text: 'x' })?.join(' ')).toMatch(/ended.*read why/);
  expect(awayWords({ kind: 'joined' })).toBeNull();
  expect(awayWords({ kind: 'connecting' })).toBeNull();
});
