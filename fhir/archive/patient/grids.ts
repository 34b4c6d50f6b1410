/** Where the series lie: three spacings, two of them turned against the table. LPS mm. */
import type { Grid } from './fill.ts';
import type { PatientSize } from './identity.ts';
import { axesAlong, crossOf, type Point } from './shapes.ts';

const times = (p: Point, s: number): Point => [p[0] * s, p[1] * s, p[2] * s];

/** A grid about `centre` whose voxel axes run along u (columns), v (rows), w (slices), mm a voxel in `step`. */
function gridAbout(
  centre: Point,
  axes: { u: Point; v: Point; w: Point },
  dims: Grid['dims'],
  step: Point,
): Grid {
  const [di, dj, dk] = [times(axes.u, step[0]), times(axes.v, step[1]), times(axes.w, step[2])];
  const half = (c: 0 | 1 | 2): number =>
    ((dims[0] - 1) * di[c] + (dims[1] - 1) * dj[c] + (dims[2] - 1) * dk[c]) / 2;
  return { dims, origin: [centre[0] - half(0), centre[1] - half(1), centre[2] - half(2)], di, dj, dk };
}

const STRAIGHT = { u: [1, 0, 0], v: [0, 1, 0], w: [0, 0, 1] } as const;

/** Chest and upper abdomen, axial: 400 mm wide, 375 mm tall, from T1 to L3. */
export function chestGrid(size: PatientSize): Grid {
  return size === 'full'
    ? gridAbout([0, 0, -22.5], STRAIGHT, [512, 512, 300], [0.78125, 0.78125, 1.25])
    : gridAbout([0, 0, -22.5], STRAIGHT, [128, 128, 64], [3.125, 3.125, 5.859375]);
}

/** From the base of the heart to its tip. */
export const HEART_AXIS: Point = ((): Point => {
  const [x, y, z] = [0.62, -0.6, -0.505];
  const l = Math.hypot(x, y, z);
  return [x / l, y / l, z / l];
})();

/** Gated cardiac CT: slices across the long axis of the left ventricle. */
export function cardiacGrid(size: PatientSize): Grid {
  const { u, v, w } = axesAlong(HEART_AXIS, [0, 0, 1]);
  // Rows run down the body, columns to the patient's left; slices from base to apex.
  const axes = { u: times(w, -1), v: times(v, -1), w: u };
  const turned = crossOf(axes.u, axes.v);
  const right = turned[0] * axes.w[0] + turned[1] * axes.w[1] + turned[2] * axes.w[2] > 0;
  const ok = right ? axes : { ...axes, u: w };
  return size === 'full'
    ? gridAbout([6, -22, 8], ok, [144, 144, 80], [1.1, 1.1, 1.75])
    : gridAbout([6, -22, 8], ok, [48, 48, 28], [3.3, 3.3, 5]);
}

/** 4D flow: sagittal slices turned along the aortic arch, as radiographers plan it. */
export function flowGrid(size: PatientSize): Grid {
  const angle = (35 * Math.PI) / 180;
  const u: Point = [Math.sin(angle), Math.cos(angle), 0];
  const axes = { u, v: [0, 0, -1] as const, w: crossOf(u, [0, 0, -1]) };
  return size === 'full'
    ? gridAbout([6, 12, 2], axes, [88, 112, 40], [2, 2, 2.2])
    : gridAbout([6, 12, 2], axes, [40, 48, 18], [4.4, 4.6, 4.9]);
}
