import { expect, test } from 'vitest';
import { stepChart, type ChartDrag } from './palette-chart.ts';

const RANGE = [-1000, 1000] as const;
const WINDOW = { center: 0, width: 1000 };
const turn = (drag: ChartDrag | null, across: number | null, down = true, pressed = false) =>
  stepChart(drag, { down, pressed, across, window: WINDOW, range: RANGE });

test('a trigger held on the chart drags the window; one that came from elsewhere does not', () => {
  expect(turn(null, 0.5).drag).toBeNull();
  const taken = turn(null, 0.5, true, true);
  expect([taken.drag?.part, taken.window]).toEqual(['middle', null]);
  // Held still it asks for nothing: no edit is made that changes nothing.
  expect(turn(taken.drag, 0.5).window).toBeNull();
  const first = turn(taken.drag, 0.6);
  expect(first.goesOn).toBe(false);
  expect(first.window!.center).toBeCloseTo(200, 9);
  expect(first.window!.width).toBe(1000);
  const second = turn(first.drag, 0.55);
  expect(second.goesOn).toBe(true);
  expect(second.window!.center).toBeCloseTo(100, 9);
  // Beside the chart it waits; let go it ends.
  expect(turn(second.drag, null)).toMatchObject({ window: null, drag: second.drag });
  expect(turn(second.drag, 0.9, false)).toEqual({ drag: null, window: null, goesOn: false });
});

test('an edge is taken near it, and moves alone', () => {
  const low = turn(null, 0.27, true, true);
  expect(low.drag?.part).toBe('low');
  const moved = turn(low.drag, 0.17).window!;
  expect(moved.center + moved.width / 2).toBeCloseTo(500, 9);
  expect(moved.center - moved.width / 2).toBeCloseTo(-700, 9);
  expect(turn(null, 0.74, true, true).drag?.part).toBe('high');
});
