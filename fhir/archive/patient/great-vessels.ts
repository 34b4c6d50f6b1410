/** Aorta with its aneurysm and branches, pulmonary trunk, great veins: centre lines with radii, LPS mm. */
import { paint, type Paint } from './fill.ts';
import { smoothNodes, tube, tubePieces, tubes, type Shape, type TubeNode } from './shapes.ts';

/** HU of blood in the arterial phase. */
export const BLOOD = { aorta: 310, left: 300, pulmonary: 215, right: 185, veins: 150, portal: 155 } as const;

/** Widest place of the descending aorta: 54 mm across, where it should be 25. */
export const ANEURYSM = { centre: [46, 42, -22], diameterMm: 54 } as const;

/** From the valve to below the kidneys: x, y, z, radius. */
export const AORTA_NODES: readonly TubeNode[] = [
  [-2, -16, 14, 12.5], [-5, -20, 24, 17], [-12, -25, 40, 15.5], [-18, -25, 58, 15.5], [-16, -13, 78, 15],
  [-4, 4, 91, 14.5], [12, 22, 90, 13.8], [24, 37, 74, 13], [30, 43, 50, 12.8], [34, 44, 24, 13],
  [41, 43, 0, 19.5], [46, 42, -22, 27], [40, 43, -44, 19.5], [28, 43, -66, 13], [16, 38, -86, 12.2],
  [9, 30, -106, 11.6], [6, 25, -130, 11], [4, 21, -160, 10.4], [4, 18, -190, 9.8], [4, 17, -240, 9.4],
]; // prettier-ignore
/** Fine enough that the centre line is smooth at a tenth of a voxel. */
export const aortaLine: readonly TubeNode[] = smoothNodes(AORTA_NODES, 8);
export const aorta: Shape = tube(aortaLine);

const line = (...nodes: TubeNode[]): number[] => tubePieces(smoothNodes(nodes, 4));
/** Branches of the arch and of the abdominal aorta. */
export const aortaBranches = Float64Array.from([
  // Brachiocephalic trunk, right carotid, right subclavian.
  ...line([-12, -8, 88, 7], [-16, -8, 104, 6.4], [-24, -4, 124, 6]),
  ...line([-24, -4, 124, 4.6], [-27, 6, 148, 4], [-27, 14, 190, 3.8]),
  ...line([-24, -4, 124, 4.8], [-42, -10, 138, 4.4], [-84, -16, 138, 4], [-128, -4, 142, 3.8], [-150, -12, 190, 3.4]),
  // Left carotid, left subclavian.
  ...line([0, 8, 94, 5], [6, 8, 112, 4.2], [18, 8, 136, 4], [27, 14, 190, 3.8]),
  ...line([12, 22, 92, 6], [18, 20, 112, 5], [32, 6, 134, 4.6], [84, -16, 138, 4], [128, -4, 142, 3.8], [150, -12, 190, 3.4]),
  // Coeliac trunk to liver and spleen.
  ...line([9, 28, -104, 5], [6, 8, -106, 4], [2, -2, -108, 3.7]),
  ...line([2, -2, -108, 3.2], [-22, -12, -112, 3], [-44, -14, -100, 2.7]),
  ...line([2, -2, -108, 3.4], [28, 8, -104, 3.1], [56, 24, -100, 3], [80, 38, -92, 2.6]),
  // Superior mesenteric and renal arteries.
  ...line([6, 24, -122, 5], [4, 6, -130, 4], [2, -6, -160, 3.6], [-6, -12, -220, 3.2]),
  ...line([6, 24, -138, 4], [30, 34, -140, 3.1], [50, 40, -138, 2.8], [58, 42, -130, 2]),
  ...line([4, 24, -142, 4], [-22, 38, -148, 3.1], [-46, 42, -150, 2.8], [-55, 42, -142, 2]),
  // Both internal thoracic arteries beside the breastbone.
  ...[-1, 1].flatMap((s) => line([s * 30, -30, 134, 1.7], [s * 22, -66, 100, 1.5], [s * 20, -80, 40, 1.4], [s * 22, -86, -10, 1.2])),
]); // prettier-ignore

export const pulmonaryTrunk = Float64Array.from([
  ...line([13, -52, 30, 13.5], [12, -38, 48, 14], [8, -20, 60, 13.5]),
  ...line([8, -20, 60, 12], [-8, -2, 57, 11.5], [-28, 2, 51, 10.5], [-48, 6, 44, 8.5]),
  ...line([8, -20, 60, 12], [22, 0, 66, 11.5], [38, 14, 60, 10], [52, 18, 46, 8.5]),
]); // prettier-ignore
/** Where the vessels of the lungs begin, right and left. */
export const LUNG_ROOTS = {
  artery: [[-48, 6, 44], [52, 18, 46]],
  vein: [[-46, 10, 20], [46, 10, 22]],
  airway: [[-36, 12, 44], [38, 16, 42]],
} as const; // prettier-ignore

export const pulmonaryVeins = Float64Array.from([
  ...line([-18, 16, 26, 8], [-34, 8, 30, 7], [-46, 10, 20, 6]),
  ...line([-20, 22, 10, 8], [-36, 24, 2, 7], [-50, 28, -8, 5.5]),
  ...line([22, 16, 28, 8], [36, 8, 30, 7], [46, 10, 22, 6]),
  ...line([22, 22, 14, 8], [38, 18, 10, 6.5], [50, 20, 4, 5]),
]); // prettier-ignore

export const cavalPieces = Float64Array.from([
  ...line([-27, -25, 106, 9], [-31, -19, 66, 9.5], [-34, -14, 26, 10.5]),
  ...line([62, -34, 136, 6], [32, -52, 124, 7], [-6, -46, 113, 7.5], [-27, -27, 104, 8.5]),
  ...line([-60, -32, 136, 6.5], [-38, -38, 120, 7], [-27, -27, 105, 8.5]),
  ...line([62, -34, 136, 5], [100, -24, 138, 4.6], [138, -14, 150, 4.4], [148, -24, 190, 4]),
  ...line([-60, -32, 136, 5], [-100, -24, 138, 4.6], [-138, -14, 150, 4.4], [-148, -24, 190, 4]),
  ...[-1, 1].flatMap((s) => line([s * 50, -32, 134, 6], [s * 38, -8, 156, 5.4], [s * 36, 4, 190, 5])),
]); // prettier-ignore
const infraPieces = Float64Array.from([
  ...line([-28, 2, -8, 12], [-24, 12, -40, 12], [-21, 20, -70, 12.5], [-19, 24, -110, 11.5], [-17, 22, -160, 11], [-16, 19, -240, 10.5]),
  ...line([-17, 22, -140, 6], [-38, 34, -148, 5], [-54, 40, -152, 4]),
  ...line([-16, 20, -136, 6], [4, 8, -136, 5], [34, 28, -136, 5], [54, 40, -138, 4]),
]); // prettier-ignore

const venaCava = tubes(cavalPieces);
const wall = { grow: 1.4 };

/** Veins before arteries, each with a thin wall. */
export function greatVesselPaints(): Paint[] {
  const both = (name: string, shape: Shape, outer: Shape, value: number): Paint[] => [
    paint(`wall of ${name}`, outer, 48),
    paint(name, shape, value),
  ];
  return [
    ...both('superior vena cava', venaCava, tubes(cavalPieces, { grow: 1 }), BLOOD.right),
    ...both('inferior vena cava', tubes(infraPieces), tubes(infraPieces, { grow: 1 }), BLOOD.veins - 25),
    ...both('pulmonary trunk', tubes(pulmonaryTrunk), tubes(pulmonaryTrunk, wall), BLOOD.pulmonary),
    ...both('aortic branches', tubes(aortaBranches), tubes(aortaBranches, { grow: 0.8 }), BLOOD.aorta),
    ...both('aorta', aorta, tube(aortaLine, wall), BLOOD.aorta),
  ];
}
