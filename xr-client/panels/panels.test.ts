import { expect, test, vi } from 'vitest';
import { PRESETS } from '../../shared/scene/presets.ts';
import { reachMm } from './clip-panel.ts';
import { swatchGradient } from './look-panel.ts';
import { createSteadyState, streamState } from './stream-dot.ts';
import { curtainOf } from './curtain.ts';
import { reconnectingWords } from './reconnecting.ts';
import { initials } from './people-badge.ts';
import { EMPTY_RECEIVED, INITIAL_STATE } from '../session/viewer-state.ts';
import type { ShownVolume, StreamReport } from '../../shared/protocol/messages.ts';

const report = { fps: 25 } as StreamReport;
const joined = { kind: 'joined' } as const;
const fresh = (ageMs: number) => ({ kind: 'fresh', ageMs }) as const;
const received = EMPTY_RECEIVED;

test('the dot is red for what a person would notice', () => {
  const connection = joined;
  expect(streamState({ report, received, age: fresh(40), connection })).toBe('fine');
  expect(streamState({ report, received, age: fresh(120), connection })).toBe('working');
  expect(streamState({ report: { ...report, fps: 5 }, received, age: fresh(40), connection })).toBe(
    'working',
  );
  expect(streamState({ report, received, age: { kind: 'old', ageMs: 151 }, connection })).toBe('poor');
  expect(streamState({ report, received, age: fresh(40), connection: { kind: 'connecting' } })).toBe('poor');
});

test('the dot worsens at once and gets better only with new figures, all of them better', () => {
  const connection = joined;
  const steady = createSteadyState();
  const at = (ageMs: number, figures = received) =>
    steady({ report, received: figures, age: fresh(ageMs), connection });
  expect(at(40)).toBe('fine');
  expect(at(120)).toBe('working');
  expect(at(40)).toBe('working');
  const next = { ...received };
  expect(at(40, next)).toBe('working');
  expect(at(60, next)).toBe('working');
  expect(at(60, { ...received })).toBe('fine');
});

test('nothing stands over a picture that is there, but an ended room says so', () => {
  expect(curtainOf({ ...INITIAL_STATE, connection: joined, age: fresh(10) })).toBe('none');
  expect(
    curtainOf({
      ...INITIAL_STATE,
      connection: { kind: 'reconnecting', attempt: 2, retryInMs: 5 },
      age: { kind: 'stale', ageMs: 4000 },
    }),
  ).toBe('none');
  expect(curtainOf({ ...INITIAL_STATE, connection: joined })).toBe('loading');
  const here = { ...INITIAL_STATE, connection: joined, volume: {} as ShownVolume };
  expect(curtainOf(here, 9000)).toBe('first-picture');
  expect(curtainOf(here, 11_000), 'nobody is left to wait without a word').toBe('no-picture');
  expect(
    curtainOf({ ...INITIAL_STATE, connection: { kind: 'ended', code: 'expired', text: '' }, age: fresh(10) }),
  ).toBe('ended');
  expect(
    curtainOf({
      ...INITIAL_STATE,
      connection: joined,
      failure: { serial: 1, code: 'unreachable', text: '' },
    }),
  ).toBe('failed');
});

test('a room that is away is said over the picture that stays', () => {
  vi.stubGlobal('location', { host: 'node:8080' });
  const connection = { kind: 'reconnecting', attempt: 2, retryInMs: 5 } as const;
  expect(reconnectingWords({ connection, age: { kind: 'stale', ageMs: 4000 } })).toMatch(
    /node:8080 does not answer.*last picture.*try 2/,
  );
  expect(reconnectingWords({ connection, age: { kind: 'none' } })).toBe('');
  // A hitch explains itself; a picture that stays away while the room goes on does not.
  expect(reconnectingWords({ connection: joined, age: { kind: 'stale', ageMs: 2000 } })).toBe('');
  expect(reconnectingWords({ connection: joined, age: { kind: 'stale', ageMs: 4000 } })).toMatch(
    /^The picture does not keep up.*old.*node:8080.*goes on trying/,
  );
  vi.unstubAllGlobals();
});

test('initials are two letters, or a question mark', () => {
  expect(initials('Jane van Doe')).toBe('JD');
  expect(initials('guest')).toBe('GU');
  expect(initials('  ')).toBe('?');
});

test('the clip plane reaches the faces of an anisotropic, turned grid', () => {
  const lpsFromIndex = [0, 2, 0, 0, -1, 0, 0, 0, 0, 0, 3, 0, 5, 5, 5, 1];
  const shown = { dims: [11, 21, 31] as const, lpsFromIndex };
  expect(reachMm(shown, [1, 0, 0])).toBe(10);
  expect(reachMm(shown, [0, 1, 0])).toBe(10);
  expect(reachMm(shown, [0, 0, -1])).toBe(45);
});

test('every preset has a swatch', () => {
  for (const preset of PRESETS)
    expect(swatchGradient(preset)).toMatch(/^linear-gradient\(90deg, rgb\(.*\), .*\)$/);
});
