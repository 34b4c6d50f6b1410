/** Rotations as quaternions (x, y, z, w). The arithmetic is gl-matrix's; these faces keep its out-parameters away. */
import { mat3, mat4, quat, vec3 } from 'gl-matrix';
import type { Mat4, Quat, Vec3 } from '../../shared/geometry/mat4.ts';

export const NO_TURN: Quat = [0, 0, 0, 1];

const open = (q: Quat): quat => [q[0], q[1], q[2], q[3]];
const close = (q: quat): Quat => [q[0], q[1], q[2], q[3]];
const blank = (): quat => [0, 0, 0, 1];

/** First b, then a. */
export const multiplyQuat = (a: Quat, b: Quat): Quat => close(quat.multiply(blank(), open(a), open(b)));
export const conjugate = (q: Quat): Quat => [-q[0], -q[1], -q[2], q[3]];
export const normalizeQuat = (q: Quat): Quat => close(quat.normalize(blank(), open(q)));

export function rotateByQuat(q: Quat, v: Vec3): Vec3 {
  const out = vec3.transformQuat([0, 0, 0], [v[0], v[1], v[2]], open(q));
  return [out[0], out[1], out[2]];
}

export const quatAboutAxis = (unitAxis: Vec3, angleRad: number): Quat =>
  close(quat.setAxisAngle(blank(), [unitAxis[0], unitAxis[1], unitAxis[2]], angleRad));

/** The shortest turn that takes one direction to another. */
export function quatBetween(from: Vec3, to: Vec3): Quat {
  const a = vec3.normalize([0, 0, 0], [from[0], from[1], from[2]]);
  const b = vec3.normalize([0, 0, 0], [to[0], to[1], to[2]]);
  if (vec3.length(a) === 0 || vec3.length(b) === 0) return NO_TURN;
  return close(quat.rotationTo(blank(), a, b));
}

/** Rotation of a rigid matrix, or of one with a uniform scale. */
export function quatOfMatrix(m: Mat4): Quat {
  const s = Math.hypot(m[0]!, m[1]!, m[2]!) || 1;
  const turn = mat3.fromMat4(mat3.create(), m as unknown as mat4);
  return normalizeQuat(close(quat.fromMat3(blank(), mat3.multiplyScalar(turn, turn, 1 / s))));
}
