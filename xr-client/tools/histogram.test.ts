import { expect, test } from 'vitest';
import { barHeights, dragPart, windowWords } from './histogram.ts';

const range = [-1000, 3000] as const;

test('the middle moves the window and stays on the histogram', () => {
  expect(dragPart({ center: 40, width: 400 }, 'middle', 100, range)).toEqual({ center: 140, width: 400 });
  expect(dragPart({ center: 40, width: 400 }, 'middle', 9000, range).center).toBe(3000);
});

test('an edge widens it and the other edge stays', () => {
  expect(dragPart({ center: 0, width: 400 }, 'high', 100, range)).toEqual({ center: 50, width: 500 });
  expect(dragPart({ center: 0, width: 400 }, 'low', -100, range)).toEqual({ center: -50, width: 500 });
});

test('a window is never turned inside out', () => {
  expect(dragPart({ center: 0, width: 400 }, 'low', 9000, range).width).toBeGreaterThan(0);
  expect(dragPart({ center: 0, width: 400 }, 'high', -9000, range).width).toBeGreaterThan(0);
});

test('bars grow with the logarithm of the count', () => {
  expect(barHeights([0, Math.E - 1, Math.E ** 2 - 1])).toEqual([0, expect.closeTo(0.5, 9), 1]);
});

test('a window is said with its unit where it has one', () => {
  expect(windowWords({ center: 40.4, width: 400 }, 'HU', range)).toBe(
    'Centre 40\u202fHU · width 400\u202fHU',
  );
  expect(windowWords({ center: 500, width: 1000 }, '1', [0, 1200])).toBe('Centre 500 · width 1000');
});

test('a small range is said in digits that tell its values apart', () => {
  expect(windowWords({ center: 0.25, width: 1.5 }, 'm/s', [-1.5, 1.5])).toBe(
    'Centre 0.25\u202fm/s · width 1.50\u202fm/s',
  );
  expect(windowWords({ center: 0.0012, width: 0.0008 }, 'mm2/s', [0, 0.003])).toBe(
    'Centre 0.00120\u202fmm2/s · width 0.00080\u202fmm2/s',
  );
  expect(windowWords({ center: -0.001, width: 0.4 }, '1', [-0.5, 0.5])).toBe('Centre 0.00 · width 0.40');
  expect(windowWords({ center: 3, width: 1 }, '1', [3, 3])).toBe('Centre 3 · width 1');
});
