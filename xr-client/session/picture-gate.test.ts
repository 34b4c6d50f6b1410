import { expect, test } from 'vitest';
import { createPictureGate } from './picture-gate.ts';

test('G1 while no volume is shown, no picture is', () => {
  const gate = createPictureGate();
  expect(gate.lets(1)).toBe(false);
  gate.show('A', 1);
  expect(gate.lets(2)).toBe(true);
  gate.show(null, 2);
  expect(gate.lets(3)).toBe(false);
});

test('G2 pictures go for every other volume, also straight from one to the next; the same one again keeps its own', () => {
  const gate = createPictureGate();
  gate.show('A', 1);
  expect(gate.show('A', 5)).toBe(false);
  expect(gate.show('B', 9)).toBe(true);
  expect(gate.show(null, 12)).toBe(true);
  expect(gate.show('B', 14)).toBe(true);
});

test('G3 a picture of a pose older than `shown` may be of the volume before: it is not shown', () => {
  const gate = createPictureGate();
  gate.show('A', 10);
  gate.show(null, 40);
  gate.show('B', 50);
  expect([41, 50].map(gate.lets)).toEqual([false, false]);
  expect(gate.lets(51)).toBe(true);
});
