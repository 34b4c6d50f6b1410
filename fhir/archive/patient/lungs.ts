/** Lungs with their vessels and airways, and one nodule. */
import { belowDiaphragm, inner, spineY } from './body.ts';
import { paint, type Paint } from './fill.ts';
import { aortaLine, BLOOD, LUNG_ROOTS, pulmonaryTrunk, cavalPieces } from './great-vessels.ts';
import { heartShapes } from './heart.ts';
import { texture } from './noise.ts';
import { sampled } from './sampled.ts';
import {
  shape,
  smax,
  smin,
  smoothNodes,
  sphere,
  tube,
  tubePieces,
  tubes,
  type Point,
  type TubeNode,
} from './shapes.ts';
import { growTree, joinPieces, scatter } from './tree.ts';

/** A round solid nodule in the right upper lobe. */
export const NODULE = { centre: [-78, 26, 74] as Point, diameterMm: 14, hu: 42 } as const;

const trachea = smoothNodes(
  [
    [0, 14, 190, 8.6],
    [0, 16, 140, 8.6],
    [1, 17, 100, 8.6],
    [2, 18, 68, 9.2],
  ],
  4,
);
const bronchi = Float64Array.from([
  ...tubePieces(trachea),
  ...tubePieces(smoothNodes([[2, 18, 68, 7.6], [-16, 17, 54, 7], [-36, 12, 44, 6]], 4)),
  ...tubePieces(smoothNodes([[2, 18, 68, 7], [20, 20, 54, 6.2], [38, 16, 42, 5.4]], 4)),
]); // prettier-ignore

/** Lungs this deep are deep enough: farther parts of what lies between them need not be measured. */
const NEAR = { cap: 32 };
const column = tube(
  [-215, -100, 0, 90, 172].map((z): TubeNode => [0, spineY(z) + 6, z, 25]),
  NEAR,
);
const middle = tube(
  [
    [0, -12, -40, 14],
    [0, -20, 40, 15],
    [0, -2, 100, 17],
    [0, 8, 172, 18],
  ],
  NEAR,
);

/** What lies between the lungs. */
const mediastinum = ((): ReturnType<typeof shape> => {
  const heart = heartShapes(0).pericardium;
  const artery = tube(aortaLine, { ...NEAR, grow: 3.5 });
  const trunk = tubes(pulmonaryTrunk, { ...NEAR, grow: 2 });
  const airway = tube(trachea, { ...NEAR, grow: 7 });
  const veins = tubes(cavalPieces, { ...NEAR, grow: 4 });
  return shape((x, y, z) => {
    let d = smin(heart.distance(x, y, z) - 5, artery.distance(x, y, z), 8);
    d = smin(d, column.distance(x, y, z), 8);
    d = smin(d, middle.distance(x, y, z), 12);
    d = smin(d, trunk.distance(x, y, z), 6);
    d = smin(d, airway.distance(x, y, z), 8);
    d = smin(d, veins.distance(x, y, z), 8);
    // The leaf of fat behind the breastbone.
    return smin(d, Math.hypot(Math.max(0, Math.abs(x) - 4), Math.max(0, y + 25)) - 3, 10);
  }, 1.7);
})();

export const lungs = sampled(
  shape((x, y, z) => {
    const chest = inner.distance(x, y, z) + 2.5;
    const d = smax(chest, 1.5 - belowDiaphragm.distance(x, y, z), 5);
    // Far outside, what lies between the lungs changes nothing.
    if (d > 16) return d;
    return smax(d, -mediastinum.distance(x, y, z), 5);
  }, 1.8),
  4,
);

/** Air and blood: denser towards the back, where it lies. */
const parenchyma = (x: number, y: number, z: number): number =>
  -842 + 0.38 * (y + 10) + 13 * texture(x, y, z) + 6 * texture(z * 3, x * 3, y * 3);

export function lungPaints(): Paint[] {
  const sides = [0, 1] as const;
  const crowd = (side: 0 | 1, count: number, seed: number, margin: number): Point[] =>
    scatter(
      (x, y, z) => lungs.distance(x, y, z),
      side === 0 ? [-130, -85, -110] : [6, -85, -110],
      side === 0 ? [-6, 95, 165] : [130, 95, 165],
      count,
      seed + side,
      margin,
    );
  const artery = { twigMm: 0.75, exponent: 0.385, trunkMm: 7.5 };
  const arteries = sides.map((s) => growTree(LUNG_ROOTS.artery[s], crowd(s, 420, 3, 5), artery));
  const veins = sides.map((s) =>
    growTree(LUNG_ROOTS.vein[s], crowd(s, 300, 31, 6), { ...artery, trunkMm: 6 }),
  );
  const airways = sides.map((s) =>
    growTree(LUNG_ROOTS.airway[s], crowd(s, 70, 57, 9), { twigMm: 0.8, exponent: 0.42, trunkMm: 4.6 }),
  );
  const air = joinPieces(bronchi, ...airways);
  return [
    paint('lungs', lungs, parenchyma),
    paint('vessels of the lungs', tubes(joinPieces(...arteries)), BLOOD.pulmonary - 15),
    paint('veins of the lungs', tubes(joinPieces(...veins)), BLOOD.left - 40),
    paint('airways', tubes(air, { grow: 1.1 }), 20, { depthMm: 1.1, value: -985 }),
    paint('nodule', sphere(NODULE.centre, NODULE.diameterMm / 2), NODULE.hu),
  ];
}
