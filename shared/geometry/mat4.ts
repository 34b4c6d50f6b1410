/**
 * 4x4 matrices in double precision: 16 numbers, column-major, acting on column vectors.
 * Every matrix is named `toFrom` (`lpsFromIndex`), so a chain is checked by eye: aFromC = aFromB * bFromC.
 * The arithmetic is gl-matrix's; these faces keep its out-parameters and single precision away.
 */
import { mat4, quat, vec3 } from 'gl-matrix';

export type Mat4 = readonly number[];
export type Vec3 = readonly [number, number, number];
export type Quat = readonly [number, number, number, number];

const blank = (): mat4 => Array.from({ length: 16 }, () => 0) as unknown as mat4;
const triple = (v: vec3): Vec3 => [v[0], v[1], v[2]];
const open = (v: Vec3): vec3 => [v[0], v[1], v[2]];

export const IDENTITY: Mat4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

/** aFromB * bFromC * ... = the product, left to right. */
export function multiply(...factors: readonly Mat4[]): Mat4 {
  const out = mat4.identity(blank());
  for (const factor of factors) mat4.multiply(out, out, factor as unknown as mat4);
  return out as unknown as number[];
}

/** bFromA of aFromB. Throws RangeError where the matrix is singular. */
export function invert(aFromB: Mat4): Mat4 {
  const out = mat4.invert(blank(), aFromB as unknown as mat4);
  if (!out) throw new RangeError('a singular matrix has no inverse');
  return out as unknown as number[];
}

/** A point (w = 1), with the perspective divide. */
export function transformPoint(aFromB: Mat4, pointB: Vec3): Vec3 {
  return triple(vec3.transformMat4([0, 0, 0], open(pointB), aFromB as unknown as mat4));
}

/** A direction (w = 0): turned and scaled, not moved. */
export function transformDirection(aFromB: Mat4, v: Vec3): Vec3 {
  const m = aFromB as readonly number[];
  const at = (row: number): number => m[row]! * v[0] + m[4 + row]! * v[1] + m[8 + row]! * v[2];
  return [at(0), at(1), at(2)];
}

export function translation(v: Vec3): Mat4 {
  return [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, v[0], v[1], v[2], 1];
}

export function scaling(s: number): Mat4 {
  return [s, 0, 0, 0, 0, s, 0, 0, 0, 0, s, 0, 0, 0, 0, 1];
}

/** Rigid pose: turned by the quaternion (x, y, z, w), then moved. */
export function fromPose(rotation: Quat, position: Vec3): Mat4 {
  const q: quat = [rotation[0], rotation[1], rotation[2], rotation[3]];
  return mat4.fromRotationTranslation(blank(), q, open(position)) as unknown as number[];
}

/** eyeFromWorld of an eye that looks along its own -z at the target, +y up. */
export function lookAt(eye: Vec3, target: Vec3, up: Vec3): Mat4 {
  return mat4.lookAt(blank(), open(eye), open(target), open(up)) as unknown as number[];
}

/** Determinant of the upper 3x3: negative means that the map mirrors. */
export function determinant3(m: Mat4): number {
  const c = (i: number): Vec3 => [m[4 * i]!, m[4 * i + 1]!, m[4 * i + 2]!];
  return dot(c(0), cross(c(1), c(2)));
}

/** Lengths of the first three columns: spacing, for `lpsFromIndex`. */
export function columnLengths(m: Mat4): Vec3 {
  return [length([m[0]!, m[1]!, m[2]!]), length([m[4]!, m[5]!, m[6]!]), length([m[8]!, m[9]!, m[10]!])];
}

export const add = (a: Vec3, b: Vec3): Vec3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vec3, b: Vec3): Vec3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const scale = (a: Vec3, s: number): Vec3 => [a[0] * s, a[1] * s, a[2] * s];
export const dot = (a: Vec3, b: Vec3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const length = (a: Vec3): number => Math.hypot(a[0], a[1], a[2]);
export const normalize = (a: Vec3): Vec3 => scale(a, 1 / length(a));
export const cross = (a: Vec3, b: Vec3): Vec3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
