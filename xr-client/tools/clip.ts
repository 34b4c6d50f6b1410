/** The clip plane as hands and handles move it: twin space (metres) in, LPS out. */
import {
  add,
  dot,
  length,
  multiply,
  normalize,
  scale,
  transformDirection,
  transformPoint,
  invert,
  type Mat4,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { centreOfGridLpsMm, twinFromLps } from '../../shared/geometry/twin-space.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { ClipPlane } from '../../shared/scene/scene.ts';

export interface TwinPlane {
  readonly normal: Vec3;
  readonly point: Vec3;
}

/** Sides of the volume's box at true size, metres, along its own axes. */
export function sidesM(volume: Pick<ShownVolume, 'dims' | 'spacingMm'>): Vec3 {
  const side = (axis: 0 | 1 | 2): number => (volume.dims[axis] * volume.spacingMm[axis]) / 1000;
  return [side(0), side(1), side(2)];
}

export const longestSideM = (volume: Pick<ShownVolume, 'dims' | 'spacingMm'>): number =>
  Math.max(...sidesM(volume));

export function twinFromLpsOf(volume: Pick<ShownVolume, 'dims' | 'lpsFromIndex'>): Mat4 {
  return twinFromLps(centreOfGridLpsMm(volume.lpsFromIndex, volume.dims));
}

export function planeInTwin(clip: ClipPlane, twinFromLpsMm: Mat4): TwinPlane {
  return {
    normal: normalize(transformDirection(twinFromLpsMm, clip.normalLps)),
    point: transformPoint(twinFromLpsMm, clip.pointLpsMm),
  };
}

export function planeInLps(plane: TwinPlane, twinFromLpsMm: Mat4): ClipPlane {
  const lpsFromTwin = invert(twinFromLpsMm);
  return {
    normalLps: normalize(transformDirection(lpsFromTwin, plane.normal)),
    pointLpsMm: transformPoint(lpsFromTwin, plane.point),
  };
}

/** Through the middle of the twin; what lies towards the eye is cut away. */
export function planeFacing(eyeInTwin: Vec3): TwinPlane {
  const away = length(eyeInTwin) < 1e-6 ? ([0, 0, -1] as Vec3) : normalize(scale(eyeInTwin, -1));
  return { normal: away, point: [0, 0, 0] };
}

/** Where the handle sits: the plane's point nearest to the middle of the twin, kept within the box's reach. */
export function handlePoint(plane: TwinPlane, reachM: number): Vec3 {
  const along = Math.max(-reachM, Math.min(reachM, dot(plane.point, plane.normal)));
  return scale(plane.normal, along);
}

/** Moved along its normal by metres of the patient. */
export const slide = (plane: TwinPlane, byM: number, reachM: number): TwinPlane => ({
  normal: plane.normal,
  point: handlePoint({ normal: plane.normal, point: add(plane.point, scale(plane.normal, byM)) }, reachM),
});

export const flipped = (clip: ClipPlane): ClipPlane => ({
  normalLps: scale(clip.normalLps, -1),
  pointLpsMm: clip.pointLpsMm,
});

/** Reach of the volume's box along the axes of twin space, metres at true size. */
export function sidesInTwinM(volume: Pick<ShownVolume, 'dims' | 'lpsFromIndex'>): Vec3 {
  const twinFromIndex = multiply(twinFromLpsOf(volume), volume.lpsFromIndex);
  const along = (row: number): number =>
    volume.dims.reduce((sum, count, axis) => sum + Math.abs(twinFromIndex[axis * 4 + row]!) * count, 0);
  return [along(0), along(1), along(2)];
}
