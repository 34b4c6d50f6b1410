/** Eight metal beads on the skin of the chest CT, no four of them in a plane; their centres are known exactly. */
import { onSkin } from './body.ts';
import { paint, type Paint } from './fill.ts';
import { sphere, type Point } from './shapes.ts';

export const BEAD_RADIUS_MM = 4;
export const BEAD_HU = 2800;

/** Looking out from the axis of the body at height z: angle from the front, towards the left of the patient. */
const PLACES: readonly (readonly [name: string, angleDeg: number, z: number])[] = [
  ['right chest', -32, 88],
  ['left chest', 34, 70],
  ['right flank', -86, -34],
  ['left flank', 88, 11],
  ['right belly', -24, -128],
  ['left belly', 30, -152],
  ['right back', -148, 32],
  ['left back', 146, -86],
];

export interface Fiducial {
  readonly name: string;
  /** Centre, LPS mm. */
  readonly centreMm: Point;
}

/** Beads rest on the skin; centres are rounded to half a millimetre, and that is what is painted. */
export const fiducials: readonly Fiducial[] = PLACES.map(([name, deg, z]) => {
  const a = (deg * Math.PI) / 180;
  const [x, y] = onSkin([0, 0, z], [Math.sin(a), -Math.cos(a), 0], BEAD_RADIUS_MM - 1.5);
  const half = (v: number): number => Math.round(v * 2) / 2;
  return { name, centreMm: [half(x), half(y), z] };
});

export const fiducialPaints = (): Paint[] =>
  fiducials.map(({ name, centreMm }) => paint(`bead, ${name}`, sphere(centreMm, BEAD_RADIUS_MM), BEAD_HU));
