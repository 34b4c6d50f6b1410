import { expect, test } from 'vitest';
import { signPositions, type Sign } from './side-signs.ts';
import type { Mat4 } from '../../shared/geometry/mat4.ts';

test('a sign fills its square where its matrix says, the others are nowhere', () => {
  // 2 wide along -z, 4 high along y, in the middle of (10, 20, 30).
  const world: Mat4 = [0, 0, -2, 0, 0, 4, 0, 0, 1, 0, 0, 0, 10, 20, 30, 1];
  const positions = new Float32Array(7 * 4 * 3).fill(7);
  signPositions(new Map<Sign, Mat4>([['R', world]]), positions);
  expect(Array.from(positions.subarray(12, 24))).toEqual([10, 18, 31, 10, 18, 29, 10, 22, 29, 10, 22, 31]);
  expect(new Set(positions.subarray(0, 12))).toEqual(new Set([0]));
  expect(new Set(positions.subarray(24))).toEqual(new Set([0]));
});
