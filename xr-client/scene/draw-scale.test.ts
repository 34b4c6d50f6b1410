import { expect, test } from 'vitest';
import { createDrawScale, type DrawStep } from './draw-scale.ts';
import { createDisplayFrames } from './display-frames.ts';
import { createRedraw } from './redraw.ts';

/** A device whose frame takes `costMs`, at least one interval of its display. Answers with the steps taken. */
function device(costMs: (step: DrawStep) => number, displayMs = 1000 / 60, inSoftware = false) {
  const scale = createDrawScale(inSoftware);
  let nowMs = 0;
  let step: DrawStep = { scale: 1, everyMs: 0 };
  return (frames: number, moving: boolean): DrawStep[] =>
    Array.from({ length: frames }, () => {
      nowMs += moving ? Math.max(displayMs, costMs(step)) : displayMs;
      step = scale.step(moving, nowMs);
      return step;
    });
}
const scales = (steps: readonly DrawStep[]): number[] => steps.map((step) => step.scale);

test('D1, D2: a slow device draws coarser while it moves and everything at rest', () => {
  const run = device((step) => 80 / step.scale ** 2);
  run(30, false);
  run(40, true);
  expect(run(1, true)).toEqual([{ scale: 2, everyMs: 30 }]);
  expect(run(30, false).at(-1)).toEqual({ scale: 1, everyMs: 0 });
});

test('D2: where fewer pixels are not enough, fewer frames are drawn', () => {
  const run = device((step) => (step.everyMs === 50 ? 17 : 60));
  run(30, false);
  expect(run(60, true).at(-1)).toEqual({ scale: 2, everyMs: 50 });
});

test('a device that keeps pace never draws coarser', () => {
  const run = device(() => 5);
  expect(new Set(scales(run(600, true)))).toEqual(new Set([1]));
});

test('one long frame is no reason', () => {
  let count = 0;
  const run = device(() => (++count % 10 === 0 ? 200 : 5));
  expect(new Set(scales(run(600, true)))).toEqual(new Set([1]));
});

test('D2: a display that is slow by itself is no reason either', () => {
  const run = device(() => 5, 33);
  run(30, false);
  expect(new Set(scales(run(600, true)))).toEqual(new Set([1]));
});

test('D3: tries to be finer again come ever more seldom', () => {
  // Between 1.5 and 1 lies the limit: 1.5 looks fast, 1 is slow.
  const run = device((step) => (step.scale === 1 ? 40 : 10));
  run(30, false);
  const levels = scales(run(12_000, true));
  const tries = levels.flatMap((level, index) => (level === 1 && levels[index - 1] === 1.5 ? [index] : []));
  expect(tries.length).toBeGreaterThanOrEqual(3);
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  expect(gaps.at(-1)).toBeGreaterThan(2 * gaps[0]!);
});

test('D4: where the processor draws, the first frame that moves is coarse already, however fast it is', () => {
  const run = device(() => 5, 1000 / 60, true);
  expect(new Set(scales(run(30, false)))).toEqual(new Set([1]));
  expect(new Set(scales(run(600, true)))).toEqual(new Set([2]));
  expect(run(30, false).at(-1)).toEqual({ scale: 1, everyMs: 0 });
});

test('a frame is drawn when anything it depends on changed, and now and then all the same', () => {
  const redraw = createRedraw();
  const value = {};
  const verdict = (seen: readonly unknown[], nowMs: number): string => redraw.judge(seen, 7, 0, nowMs);
  expect(verdict([1, value], 0)).toBe('draw');
  expect(verdict([1, value], 16)).toBe('same');
  expect(verdict([1, { ...value }], 32)).toBe('draw');
  expect(verdict([1, value, 3], 48)).toBe('draw');
  expect(verdict([1, value, 3], 200)).toBe('same');
  expect(verdict([1, value, 3], 1048)).toBe('draw');
});

test('what came too soon after the frame before is drawn later, never forgotten', () => {
  const redraw = createRedraw();
  expect(redraw.judge([1], 7, 30, 0)).toBe('draw');
  expect(redraw.judge([2], 7, 30, 17)).toBe('later');
  expect(redraw.judge([2], 7, 30, 34)).toBe('draw');
  expect(redraw.judge([2], 7, 30, 51)).toBe('same');
});

test('a new picture is never kept waiting', () => {
  const redraw = createRedraw();
  expect(redraw.judge([1], 7, 50, 0)).toBe('draw');
  expect(redraw.judge([2], 8, 50, 17)).toBe('draw');
  expect(redraw.judge([3], 8, 50, 34)).toBe('later');
  expect(redraw.judge([3], 8, 50, 68)).toBe('draw');
  expect(redraw.judge([3], 9, 50, 85)).toBe('draw');
});

test('the scale is set where it changes, at a desk and in a headset, and forgotten when the display changes', () => {
  const set: number[] = [];
  const frames = createDisplayFrames(true, (scale) => set.push(scale));
  const judge = (at: number, nowMs: number, sharpens = false): string =>
    frames.judge({ view: [at], picture: 1, sharpens, rest: [] }, nowMs);
  expect(judge(0, 0)).toBe('draw');
  expect(frames.isCoarse()).toBe(true);
  expect(judge(1, 16)).toBe('later');
  expect(judge(1, 66)).toBe('draw');
  // The view rests, but what it shows was made with few pixels.
  expect(judge(1, 82, true)).toBe('same');
  expect(frames.isCoarse()).toBe(true);
  // At rest: every pixel, and what was drawn with fewer is drawn again.
  expect(judge(1, 340)).toBe('draw');
  expect(judge(1, 356)).toBe('same');
  expect(set).toEqual([2, 1]);
  // A headset is told its scale every frame.
  expect(frames.pace({ view: [3], sharpens: false }, 372)).toBe(2);
  expect(frames.isCoarse()).toBe(true);
  expect(set).toEqual([2, 1]);
  frames.leave();
  expect(frames.isCoarse()).toBe(false);
});
