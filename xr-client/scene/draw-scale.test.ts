import { expect, test } from 'vitest';
import { createDrawScale, LEVELS } from './draw-scale.ts';
import { createRedraw } from './redraw.ts';

/** A device whose frame takes `costMs(level)`, at least one interval of its display. Answers with the levels drawn. */
function device(costMs: (level: number) => number, displayMs = 1000 / 60) {
  const scale = createDrawScale();
  let nowMs = 0;
  let level: number = LEVELS[0];
  return (frames: number, moving: boolean): number[] =>
    Array.from({ length: frames }, () => {
      nowMs += moving ? Math.max(displayMs, costMs(level)) : displayMs;
      level = scale.step(moving, nowMs);
      return level;
    });
}

test('D1, D2: a slow device draws coarser while it moves and everything at rest', () => {
  const run = device((level) => 60 / level ** 2);
  run(40, true);
  expect(run(1, true)).toEqual([2]);
  expect(run(30, false).at(-1)).toBe(1);
});

test('a device that keeps pace never draws coarser', () => {
  const run = device(() => 5);
  expect(new Set(run(600, true))).toEqual(new Set([1]));
});

test('one long frame is no reason', () => {
  let count = 0;
  const run = device(() => (++count % 10 === 0 ? 200 : 5));
  expect(new Set(run(600, true))).toEqual(new Set([1]));
});

test('D3: where coarser brings nothing it is taken back, and left alone for half a minute', () => {
  const run = device(() => 5, 33);
  const levels = run(800, true);
  expect(levels).toContain(1.5);
  // 26 s of display, less the first three runs.
  expect(levels.slice(40).every((level) => level === 1)).toBe(true);
});

test('D4: tries to be finer again come ever more seldom', () => {
  // Between 1.5 and 1 lies the limit: 1.5 looks fast, 1 is slow.
  const run = device((level) => (level === 1 ? 40 : 10));
  const levels = run(6000, true);
  const tries = levels.flatMap((level, index) => (level === 1 && levels[index - 1] === 1.5 ? [index] : []));
  expect(tries.length).toBeGreaterThanOrEqual(3);
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  expect(gaps.at(-1)).toBeGreaterThan(2 * gaps[0]!);
});

test('a frame is drawn when anything it depends on changed, and now and then all the same', () => {
  const redraw = createRedraw();
  const value = {};
  expect(redraw.needed([1, value], 0)).toBe(true);
  expect(redraw.needed([1, value], 16)).toBe(false);
  expect(redraw.needed([1, { ...value }], 32)).toBe(true);
  expect(redraw.needed([1, value, 3], 48)).toBe(true);
  expect(redraw.needed([1, value, 3], 200)).toBe(false);
  expect(redraw.needed([1, value, 3], 298)).toBe(true);
});
