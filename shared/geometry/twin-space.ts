/**
 * The one crossing between medicine and WebXR.
 *
 * LPS: millimetres, right-handed, +x to the patient's left, +y to the back, +z to the head.
 * Twin space: metres, right-handed, y up, origin at the centre of the volume's box, patient upright and facing
 * +z: +x is the patient's left, +y the head, +z the front. A turn by -90 degrees about x, never a mirror.
 */
import { invert, multiply, scaling, transformPoint, translation, type Mat4, type Vec3 } from './mat4.ts';

const TURN: Mat4 = [1, 0, 0, 0, 0, 0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1];

/** twinFromLps for a volume whose box is centred at `centreLpsMm`. */
export function twinFromLps(centreLpsMm: Vec3): Mat4 {
  const [x, y, z] = centreLpsMm;
  return multiply(scaling(0.001), TURN, translation([-x, -y, -z]));
}

export const lpsFromTwin = (centreLpsMm: Vec3): Mat4 => invert(twinFromLps(centreLpsMm));

/** Centre of the voxel grid's box in LPS mm: voxel centres are at whole indices. */
export function centreOfGridLpsMm(lpsFromIndex: Mat4, dims: readonly [number, number, number]): Vec3 {
  return transformPoint(lpsFromIndex, [(dims[0] - 1) / 2, (dims[1] - 1) / 2, (dims[2] - 1) / 2]);
}
