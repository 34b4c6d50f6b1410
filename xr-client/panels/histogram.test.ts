import { expect, test } from 'vitest';
import { barHeights, dragWindow } from './histogram.ts';

const range = [-1000, 3000] as const;

test('the middle moves the window and stays on the histogram', () => {
  expect(dragWindow({ center: 40, width: 400 }, 'middle', 100, range)).toEqual({ center: 140, width: 400 });
  expect(dragWindow({ center: 40, width: 400 }, 'middle', 9000, range).center).toBe(3000);
});

test('an edge widens it and the other edge stays', () => {
  expect(dragWindow({ center: 0, width: 400 }, 'high', 100, range)).toEqual({ center: 50, width: 500 });
  expect(dragWindow({ center: 0, width: 400 }, 'low', -100, range)).toEqual({ center: -50, width: 500 });
});

test('a window is never turned inside out', () => {
  expect(dragWindow({ center: 0, width: 400 }, 'low', 9000, range).width).toBeGreaterThan(0);
  expect(dragWindow({ center: 0, width: 400 }, 'high', -9000, range).width).toBeGreaterThan(0);
});

test('bars grow with the logarithm of the count', () => {
  expect(barHeights([0, Math.E - 1, Math.E ** 2 - 1])).toEqual([0, expect.closeTo(0.5, 9), 1]);
});
