/** A desk's eye: it goes round the twin on a sphere and never rolls. Plain data in, plain data out. */
import { symmetricTangents, type Tangents } from '../../shared/geometry/frustum.ts';
import { add, lookAt, scale, type Mat4, type Vec3 } from '../../shared/geometry/mat4.ts';

export interface DeskView {
  /** 0 looks at the patient's face; positive goes round to the patient's left. */
  readonly yawRad: number;
  /** Positive looks from above. */
  readonly pitchRad: number;
  /** Eye to target, metres. */
  readonly distanceM: number;
  readonly target: Vec3;
}

export const DESK_FOV_Y_DEG = 34;
export const DESK_VIEW: DeskView = { yawRad: 0.35, pitchRad: 0.12, distanceM: 1.15, target: [0, 0, 0] };
/** Narrower screens than this, across over high, cut the sides of what fits their height. */
const NARROW = 0.82;

/** From so far that a narrow screen shows the whole of what a wide one shows. */
export const fittedView = (aspect: number): DeskView =>
  aspect > 0 && aspect < NARROW
    ? { ...DESK_VIEW, distanceM: (DESK_VIEW.distanceM * NARROW) / aspect }
    : DESK_VIEW;

const PITCH_MAX = 1.54;
const NEAREST_M = 0.02;

export function eyeOf(view: DeskView): Vec3 {
  const c = Math.cos(view.pitchRad);
  const out: Vec3 = [Math.sin(view.yawRad) * c, Math.sin(view.pitchRad), Math.cos(view.yawRad) * c];
  return add(view.target, scale(out, view.distanceM));
}

export const eyeFromWorld = (view: DeskView): Mat4 => lookAt(eyeOf(view), view.target, [0, 1, 0]);

/**
 * Screen pixels per metre of the patient in the plane through the middle of the twin that faces the eye: what a scale
 * bar may claim, wherever the view was panned to. Null where the middle lies behind the eye or as good as in it.
 */
export function pxPerMetreAtMiddle(view: DeskView, twinScale: number, heightPx: number): number | null {
  const depthM = -eyeFromWorld(view)[14]!;
  if (!(depthM > NEAREST_M)) return null;
  return (twinScale * heightPx) / (2 * depthM * Math.tan((DESK_FOV_Y_DEG * Math.PI) / 360));
}

export const deskTangents = (aspect: number): Tangents => symmetricTangents(DESK_FOV_Y_DEG, aspect);

/** A drag of (dx, dy) pixels on a picture `heightPx` high: what is under the pointer follows it. */
export function orbit(view: DeskView, dx: number, dy: number, heightPx: number): DeskView {
  const perPixel = Math.PI / heightPx;
  return {
    ...view,
    yawRad: view.yawRad - dx * perPixel,
    pitchRad: Math.min(PITCH_MAX, Math.max(-PITCH_MAX, view.pitchRad + dy * perPixel)),
  };
}

export function pan(view: DeskView, dx: number, dy: number, heightPx: number): DeskView {
  const metresPerPixel = (2 * view.distanceM * Math.tan((DESK_FOV_Y_DEG * Math.PI) / 360)) / heightPx;
  const m = eyeFromWorld(view);
  const right: Vec3 = [m[0]!, m[4]!, m[8]!];
  const up: Vec3 = [m[1]!, m[5]!, m[9]!];
  const target = add(view.target, add(scale(right, -dx * metresPerPixel), scale(up, dy * metresPerPixel)));
  return { ...view, target };
}
