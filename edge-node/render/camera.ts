/** Where an eye stands: live poses, cameras in LPS, and the cut. All matrices end at native's mm, which is LPS. */
import type { EyeSpec } from '../../native/types.ts';
import {
  centreOfGridLpsMm,
  cross,
  dot,
  length,
  lookAt,
  multiply,
  scaling,
  subtract,
  symmetricTangents,
  transformPoint,
  translation,
  twinFromLps,
  type Vec3,
} from '../../shared/geometry/index.ts';
import type { EyePose } from '../../shared/protocol/channel.ts';
import type { ClipPlane } from '../../shared/scene/index.ts';
import type { Volume } from '../../shared/volume.ts';
import type { Camera } from './types.ts';

type Place = Pick<Volume, 'dims' | 'lpsFromIndex'>;

/** Distance between the eyes of a still stereo pair, mm. */
export const IPD_MM = 63;

export function eyeOfPose(volume: Place, pose: EyePose): EyeSpec {
  const centre = centreOfGridLpsMm(volume.lpsFromIndex, volume.dims);
  return { eyeFromMm: multiply(pose.eyeFromTwin, twinFromLps(centre)), tangents: pose.tangents };
}

/** Half the diagonal of the grid's box, from outer edge to outer edge. */
function boundingRadiusMm({ dims, lpsFromIndex }: Place): number {
  const centre = centreOfGridLpsMm(lpsFromIndex, dims);
  const corners = [0, 1, 2, 3].map((i): Vec3 => {
    const side = (axis: number, high: boolean): number => (high ? dims[axis]! - 0.5 : -0.5);
    return [side(0, (i & 1) !== 0), side(1, (i & 2) !== 0), side(2, true)];
  });
  return Math.max(...corners.map((c) => length(subtract(transformPoint(lpsFromIndex, c), centre))));
}

/** From in front of the patient, head up, the bounding sphere fitted into 30 degrees. */
export function frontCamera(volume: Place, width: number, height: number): Camera {
  const fovYDeg = 30;
  const target = centreOfGridLpsMm(volume.lpsFromIndex, volume.dims);
  const half = Math.tan((fovYDeg * Math.PI) / 360) * Math.min(1, width / height);
  const distance = boundingRadiusMm(volume) / Math.sin(Math.atan(half));
  return { eyeMm: [target[0], target[1] - distance, target[2]], targetMm: target, up: [0, 0, 1], fovYDeg };
}

/** Throws RangeError for a camera that looks nowhere. */
export function eyesOfCamera(camera: Camera, width: number, height: number, stereo: boolean): EyeSpec[] {
  const forward = subtract(camera.targetMm, camera.eyeMm);
  const side = cross(forward, camera.up);
  if (!(length(side) > 1e-6 * length(forward) * length(camera.up)) || !(dot(side, side) > 0))
    throw new RangeError('the camera looks along its own up, or its eye is its target');
  if (!(camera.fovYDeg > 0.1 && camera.fovYDeg < 170))
    throw new RangeError(`a camera of ${camera.fovYDeg} degrees: between 0.1 and 170`);
  const cameraFromLps = lookAt(camera.eyeMm, camera.targetMm, camera.up);
  const tangents = symmetricTangents(camera.fovYDeg, width / height);
  // The left eye stands half the distance to the left: things move to the right in it.
  const shifts = stereo ? [IPD_MM / 2, -IPD_MM / 2] : [0];
  return shifts.map((shift) => ({
    eyeFromMm: multiply(scaling(0.001), translation([shift, 0, 0]), cameraFromLps),
    tangents,
  }));
}

/** nx, ny, nz, d of the plane; what lies on the side of its normal stays. */
export function clipPlaneMm(clip: ClipPlane | null): number[] {
  return clip ? [...clip.normalLps, -dot(clip.normalLps, clip.pointLpsMm)] : [];
}
