/**
 * The warp as matrices. A corner of the mesh is a ray of the rendered eye and an inverse depth d: the homogeneous
 * point (x, y, -1, d) is the point at 1/d metres, stays finite at d = 0, and interpolates so that a warp to the same
 * pose is exact for any depths.
 */
import { invert, multiply, type Mat4 } from '../../shared/geometry/mat4.ts';
import type { Tangents } from '../../shared/geometry/frustum.ts';

/** clipFromRenderedEye: what the vertex shader applies to (x, y, -1, d). */
export function warpMatrix(clipFromLiveEye: Mat4, liveEyeFromTwin: Mat4, renderedEyeFromTwin: Mat4): Mat4 {
  return multiply(clipFromLiveEye, liveEyeFromTwin, invert(renderedEyeFromTwin));
}

/** Ray of a place in the rendered picture: u to the right and v down, 0..1. */
export function rayOf(t: Tangents, u: number, v: number): readonly [x: number, y: number] {
  return [-t.left + u * (t.left + t.right), t.up - v * (t.up + t.down)];
}
