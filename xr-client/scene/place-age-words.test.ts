import { expect, test } from 'vitest';
import { subtract, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { HeadSample } from '../pose/predict.ts';
import { conjugate, quatAboutAxis, rotateByQuat } from '../pose/quaternion.ts';
import { placeAgeWords } from './place-age-words.ts';

const DEGREES = Math.PI / 180;
const head = (rotation: HeadSample['rotation']): HeadSample => ({
  timeMs: 0,
  position: [0.1, 1.6, 0.2],
  rotation,
});
/** Degrees up and to the right of where the head points. */
function seenAt(from: HeadSample, at: Vec3): [up: number, across: number] {
  const [x, y, z] = rotateByQuat(conjugate(from.rotation), subtract(at, from.position));
  return [Math.atan2(y, Math.hypot(x, z)) / DEGREES, Math.atan2(x, -z) / DEGREES];
}

test('over the twin where that is in view, as far away as it', () => {
  const above: Vec3 = [0.15, 1.7, -0.7];
  const { at, size } = placeAgeWords(head([0, 0, 0, 1]), above);
  at.forEach((value, axis) => expect(value).toBeCloseTo(above[axis]!, 9));
  expect(size).toBeCloseTo(Math.hypot(0.05, 0.1, 0.9), 9);
});

test.each([
  ['above the view', [0.1, 3.6, -0.8] as Vec3, 20, 0],
  ['far below it', [0.1, 0, -0.3] as Vec3, -20, 0],
  ['to the left', [-2, 1.6, 0.1] as Vec3, 0, -14],
  ['behind, to the right', [2, 1.6, 1.5] as Vec3, 0, 14],
])(
  '%s: at the edge that is nearest, in view all the same, however the head is turned',
  (_, way, up, across) => {
    for (const rotation of [quatAboutAxis([0, 1, 0], 0), quatAboutAxis([0, 1, 0], 1.1)]) {
      const from = head(rotation);
      const offset = rotateByQuat(rotation, subtract(way, from.position));
      const above: Vec3 = [
        from.position[0] + offset[0],
        from.position[1] + offset[1],
        from.position[2] + offset[2],
      ];
      const seen = seenAt(from, placeAgeWords(from, above).at);
      expect(seen[0]).toBeCloseTo(up, 6);
      expect(seen[1]).toBeCloseTo(across, 6);
    }
  },
);

test('never at the nose, never out in the hall', () => {
  expect(placeAgeWords(head([0, 0, 0, 1]), [0.1, 1.6, 0.1]).size).toBe(0.5);
  expect(placeAgeWords(head([0, 0, 0, 1]), [0.1, 1.6, -9]).size).toBe(2);
});
