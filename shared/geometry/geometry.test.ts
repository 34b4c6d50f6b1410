import { expect, test } from 'vitest';
import { FRUSTA_TRUTH } from './frusta.fixture.ts';
import {
  centreOfGridLpsMm,
  cross,
  determinant3,
  fromPose,
  invert,
  lookAt,
  lpsFromTwin,
  multiply,
  project,
  symmetricTangents,
  tangentsFromProjection,
  transformDirection,
  transformPoint,
  translation,
  twinFromLps,
  type Vec3,
} from './index.ts';

const close = (actual: readonly number[], expected: readonly number[], digits = 9): void =>
  actual.forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, digits));

test('a chain of matrices is applied from the right', () => {
  const turnZ = fromPose([0, 0, Math.SQRT1_2, Math.SQRT1_2], [0, 0, 0]);
  close(transformPoint(multiply(translation([10, 0, 0]), turnZ), [1, 0, 0]), [10, 1, 0]);
  close(transformPoint(multiply(turnZ, translation([10, 0, 0])), [1, 0, 0]), [0, 11, 0]);
  close(transformDirection(multiply(translation([10, 0, 0]), turnZ), [1, 0, 0]), [0, 1, 0]);
});

test('the inverse undoes, and a singular matrix is refused', () => {
  const pose = fromPose([0.1, 0.2, 0.3, Math.sqrt(1 - 0.14)], [4, 5, 6]);
  close(multiply(invert(pose), pose), [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], 12);
  expect(() => invert([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1])).toThrow(RangeError);
});

test.each([
  ['left', [1, 0, 0], [0.001, 0, 0]],
  ['back', [0, 1, 0], [0, 0, -0.001]],
  ['head', [0, 0, 1], [0, 0.001, 0]],
] as const)('twin space: 1 mm to the patient’s %s', (_name, lps, twin) => {
  const centre: Vec3 = [10, 20, 30];
  const from = transformPoint(twinFromLps(centre), centre);
  close(from, [0, 0, 0], 12);
  close(
    transformPoint(twinFromLps(centre), [centre[0] + lps[0], centre[1] + lps[1], centre[2] + lps[2]]),
    twin,
    12,
  );
});

test('the crossing to twin space mirrors nothing and comes back', () => {
  expect(determinant3(twinFromLps([1, 2, 3]))).toBeGreaterThan(0);
  close(
    transformPoint(lpsFromTwin([1, 2, 3]), transformPoint(twinFromLps([1, 2, 3]), [70, -80, 90])),
    [70, -80, 90],
    9,
  );
});

test('the centre of a grid is between its outermost voxel centres', () => {
  const lpsFromIndex = [0.5, 0, 0, 0, 0, 0.5, 0, 0, 0, 0, 2, 0, -100, -50, 30, 1];
  close(centreOfGridLpsMm(lpsFromIndex, [5, 3, 11]), [-99, -49.5, 40]);
});

test.each(FRUSTA_TRUTH)('asymmetric frusta: the point %j in both eyes', (point, left, right) => {
  const ndc = (
    eyeX: number,
    tangents: { left: number; right: number; up: number; down: number },
  ): number[] => {
    const [x, y] = project([point[0] - eyeX, point[1], point[2]], tangents, 2, 2);
    return [x - 1, 1 - y];
  };
  close(ndc(-0.0315, { left: 1.2, right: 0.9, up: 1, down: 1 }), left, 6);
  close(ndc(0.0315, { left: 0.9, right: 1.2, up: 1, down: 1 }), right, 6);
});

test('tangents are read back from a projection matrix, asymmetric ones too', () => {
  const t = { left: 1.2, right: 0.9, up: 1.1, down: 0.8 };
  const width = t.left + t.right;
  const height = t.up + t.down;
  const projection = [
    2 / width,
    0,
    0,
    0,
    0,
    2 / height,
    0,
    0,
    (t.right - t.left) / width,
    (t.up - t.down) / height,
    -1,
    -1,
    0,
    0,
    -0.2,
    0,
  ];
  const read = tangentsFromProjection(projection);
  close([read.left, read.right, read.up, read.down], [t.left, t.right, t.up, t.down]);
});

test('a symmetric view has its angle upright and its aspect across', () => {
  const t = symmetricTangents(90, 2);
  close([t.left, t.right, t.up, t.down], [2, 2, 1, 1]);
});

test('an eye looks along its own -z', () => {
  const eyeFromWorld = lookAt([0, 0, 5], [0, 0, 0], [0, 1, 0]);
  close(transformPoint(eyeFromWorld, [1, 2, 0]), [1, 2, -5]);
  close(cross([1, 0, 0], [0, 1, 0]), [0, 0, 1]);
});
