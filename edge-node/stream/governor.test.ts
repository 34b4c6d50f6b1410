import { describe, expect, test } from 'vitest';
import {
  costOf as firstGuess,
  firstGovernorState,
  LADDER,
  motionQuality,
  REST,
  stepGovernor,
  TARGET_MS,
  type GovernorState,
} from './governor.ts';
import type { Quality } from '../render/types.ts';

type Cost = (quality: Quality) => number;
const cost =
  (size: number, step: number): Cost =>
  (q) =>
    (q.resolution ** size / q.stepVoxels ** step) * (q.level === 1 ? 0.6 : 1);

/** A machine whose full picture takes `fullMs`: runs `frames` pictures 50 ms apart. */
function drive(
  state: GovernorState,
  fullMs: number,
  frames: number,
  fromMs = 0,
  costOf: Cost = firstGuess,
  eyePixels = 640 * 640,
): GovernorState {
  for (let i = 0; i < frames; i++) {
    const quality = motionQuality(state);
    state = stepGovernor(state, { kind: 'encoded', ms: 5 }, fromMs + 50 * i);
    const ms = fullMs * costOf(quality);
    state = stepGovernor(state, { kind: 'rendered', quality, ms, eyePixels }, fromMs + 50 * i);
  }
  return state;
}
const predicted = (state: GovernorState, fullMs: number, costOf: Cost = firstGuess): number =>
  fullMs * costOf(motionQuality(state)) + 5;

describe('governor', () => {
  test('the ladder climbs in cost to full quality', () => {
    LADDER.slice(1).forEach((quality, i) =>
      expect(firstGuess(quality)).toBeGreaterThan(firstGuess(LADDER[i]!)),
    );
    expect(LADDER.at(-1)).toBe(REST);
  });
  test.each([20, 60, 100, 150, 190, 205])(
    'G1 a machine of %i ms a full picture moves within the target',
    (fullMs) => {
      const state = drive(firstGovernorState, fullMs, 100);
      expect(predicted(state, fullMs)).toBeLessThanOrEqual(TARGET_MS);
      // And no rung is wasted: the next but one would not fit.
      const above = LADDER[state.rung + 2];
      if (above) expect(fullMs * firstGuess(above) + 5).toBeGreaterThan(TARGET_MS * 0.8);
    },
  );
  test('G1, G3 a machine that is too slow for any rung takes the lowest: a desk one below half the size', () => {
    expect(motionQuality(drive(firstGovernorState, 3000, 50))).toMatchObject({
      resolution: 0.5,
      stepVoxels: 3,
    });
    const desk = drive(firstGovernorState, 3000, 50, 0, firstGuess, 1152 * 720);
    expect(desk.rung).toBe(0);
    expect(LADDER[0]!.resolution ** 2 * 1152 * 720).toBeGreaterThanOrEqual(320 * 320);
  });
  test('G2 down within four pictures, up not twice in half a second', () => {
    const fast = drive(firstGovernorState, 30, 200);
    expect(motionQuality(fast)).toBe(REST);
    const slowed = drive(fast, 190, 4, 10_000);
    expect(predicted(slowed, 190)).toBeLessThanOrEqual(TARGET_MS + 10);
    let state = slowed;
    const changes: number[] = [];
    for (let i = 0; i < 200; i++) {
      const before = state.rung;
      state = drive(state, 30, 1, 20_000 + 50 * i);
      if (state.rung > before) changes.push(i);
    }
    expect(changes.length).toBeGreaterThan(0);
    changes.slice(1).forEach((at, i) => expect((at - changes[i]!) * 50).toBeGreaterThanOrEqual(500));
  });
  test('G2 a cost on the edge between two rungs does not flicker', () => {
    for (const fullMs of [52, 71, 95, 160, 220]) {
      let state = drive(firstGovernorState, fullMs, 100);
      let changes = 0;
      for (let i = 0; i < 400; i++) {
        const before = state.rung;
        state = drive(state, fullMs * (i % 2 ? 1.05 : 0.95), 1, 10_000 + 50 * i);
        if (state.rung !== before) changes++;
      }
      expect(changes).toBeLessThanOrEqual(2);
    }
  });
  test.each([
    ['bone, where leaping makes steps and size matter little', cost(1.2, 0.2)],
    ['soft tissue, where every sample counts', cost(2, 0.8)],
  ])('G2 the ladder is learned: %s', (_what, truth) => {
    for (const fullMs of [45, 60, 80, 110, 160]) {
      let state = drive(firstGovernorState, fullMs, 200, 0, truth);
      if (fullMs * truth(LADDER[1]!) + 5 > TARGET_MS) expect(state.rung).toBe(1);
      else expect(predicted(state, fullMs, truth)).toBeLessThanOrEqual(TARGET_MS);
      let changes = 0;
      for (let i = 0; i < 400; i++) {
        const before = state.rung;
        state = drive(state, fullMs * (i % 2 ? 1.04 : 0.96), 1, 20_000 + 50 * i, truth);
        if (state.rung !== before) changes++;
      }
      expect(changes).toBeLessThanOrEqual(3);
    }
  });
  test('G3 a client that sees late pictures lowers the target, and it grows back', () => {
    let state = drive(firstGovernorState, 100, 60);
    const ack = (poseToShownMs: number) =>
      (state = stepGovernor(state, { kind: 'acked', poseToShownMs, frameIntervalMs: 45 }, 5000));
    for (let i = 0; i < 100; i++) ack(120);
    expect(state.targetMs).toBeLessThan(TARGET_MS / 2);
    for (let i = 0; i < 400; i++) ack(30);
    expect(state.targetMs).toBe(TARGET_MS);
  });
  test('G5 it says what it does', () => {
    expect(drive(firstGovernorState, 100, 20).words).toMatch(/moving at .* of the size, step .* ms/);
  });
});
