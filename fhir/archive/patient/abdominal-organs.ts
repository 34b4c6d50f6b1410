/** Liver, gall bladder, spleen, stomach, pancreas, kidneys, gut: what the upper abdomen holds. */
import { abdomen, spineY } from './body.ts';
import { paint, type Paint } from './fill.ts';
import { BLOOD } from './great-vessels.ts';
import { hash, texture } from './noise.ts';
import { sampled, type Box } from './sampled.ts';
import {
  axesAlong,
  ellipsoid,
  shape,
  smax,
  smin,
  smoothNodes,
  sphere,
  tube,
  tubes,
  type Point,
  type Shape,
  type TubeNode,
} from './shapes.ts';
import { growTree, joinPieces, scatter } from './tree.ts';

const BOX: Box = { low: [-165, -125, -222], high: [165, 120, -20] };

/** A bean: long axis leaning as the psoas makes it lean. Semi-axes in mm, HU of bark and marrow. */
export const KIDNEYS = [
  { name: 'left kidney', centre: [64, 44, -138] as Point, semiMm: [54, 27, 23] as Point, hilum: -1 },
  { name: 'right kidney', centre: [-62, 44, -150] as Point, semiMm: [54, 27, 23] as Point, hilum: 1 },
] as const;

const liverShape = ((): Shape => {
  const right = ellipsoid([-78, -2, -92], [64, 80, 66]);
  const tail = ellipsoid([-92, 10, -142], [42, 58, 46]);
  const left = ellipsoid([2, -50, -78], [74, 36, 30], axesAlong([1, 0, 0.16], [0, 1, 0]));
  const caudate = ellipsoid([-26, 6, -88], [20, 24, 28]);
  const hollow = ellipsoid([-34, -34, -148], [34, 44, 36]);
  return sampled(
    shape((x, y, z) => {
      let d = smin(right.distance(x, y, z), tail.distance(x, y, z), 22);
      d = smin(d, left.distance(x, y, z), 26);
      d = smin(d, caudate.distance(x, y, z), 12);
      d = smax(d, -hollow.distance(x, y, z), 14);
      return smax(d, abdomen.distance(x, y, z) + 1.5, 8) + 0.8 * Math.sin(x * 0.07) * Math.sin(z * 0.08 + 1);
    }, 2),
    3,
    BOX,
  );
})();

function liverPaints(): Paint[] {
  const inside = (seed: number, n: number): Point[] =>
    scatter((x, y, z) => liverShape.distance(x, y, z), [-145, -95, -190], [70, 85, -30], n, seed, 8);
  const portal = growTree([-34, -6, -102], inside(5, 150), { twigMm: 0.8, exponent: 0.4, trunkMm: 7 });
  const hepatic = growTree([-23, 16, -54], inside(6, 110), { twigMm: 0.8, exponent: 0.42, trunkMm: 6 });
  const portalVein = tube(
    smoothNodes(
      [
        [-6, 4, -140, 6],
        [-10, 0, -120, 6.8],
        [-34, -6, -102, 6.6],
      ],
      4,
    ),
  );
  return [
    paint('liver', liverShape, (x, y, z) => 88 + 4 * texture(x, y, z)),
    paint('hepatic veins', tubes(hepatic), 108),
    paint('portal tree', tubes(joinPieces(portal)), BLOOD.portal - 20),
    paint('portal vein', portalVein, BLOOD.portal),
    paint('gall bladder', ellipsoid([-44, -48, -128], [15, 20, 25], axesAlong([0, -0.5, -1], [1, 0, 0])), 85, {
      depthMm: 2,
      value: 9,
    }), // prettier-ignore
  ];
}

function kidneyPaints(): Paint[] {
  return KIDNEYS.flatMap(({ name, centre, semiMm, hilum }) => {
    const lean: Point = [hilum * 0.22, -0.16, 1];
    const axes = axesAlong(lean, [0, 1, 0]);
    const bean = ellipsoid(centre, semiMm, axes);
    const notch = sphere([centre[0] + hilum * 27, centre[1] - 9, centre[2]], 14);
    const outline = shape((x, y, z) => smax(bean.distance(x, y, z), -notch.distance(x, y, z), 8), 1.6);
    const sinus = ellipsoid([centre[0] + hilum * 9, centre[1] - 3, centre[2]], [26, 8, 12], axes);
    const pyramids = Array.from({ length: 14 }, (_, i) => {
      const row = i % 2 === 0 ? -1 : 1;
      const t = (Math.floor(i / 2) / 6) * 2 - 1;
      const across = Math.sqrt(1 - (t * 0.72) ** 2);
      const out = (s: number, w: number): Point => [
        centre[0] + axes.u[0] * t * 36 - hilum * s * across,
        centre[1] + axes.u[1] * t * 36 + row * w * across,
        centre[2] + axes.u[2] * t * 36,
      ];
      return sphere(out(9.5, 9), 6.4);
    });
    const medulla = shape((x, y, z) => Math.min(...pyramids.map((p) => p.distance(x, y, z))), 1.1);
    return [
      paint(`fat round ${name}`, shape((x, y, z) => bean.distance(x, y, z) - 9, 1.6), -104),
      paint(name, outline, 188),
      paint(`medulla of ${name}`, medulla, 92),
      paint(`sinus of ${name}`, sinus, -60),
      paint(`pelvis of ${name}`, tube([[centre[0], centre[1] - 3, centre[2], 5], [centre[0] + hilum * 22, centre[1] - 8, centre[2] - 8, 6], [centre[0] + hilum * 28, centre[1] - 8, centre[2] - 46, 2.4]]), 12),
      paint(`adrenal above ${name}`, tube([[centre[0] + hilum * 22, centre[1] - 12, centre[2] + 52, 2.2], [centre[0] + hilum * 14, centre[1] - 2, centre[2] + 44, 2.6], [centre[0] + hilum * 26, centre[1] + 2, centre[2] + 40, 2.2]]), 45),
    ]; // prettier-ignore
  });
}

function stomachPaints(): Paint[] {
  const nodes: TubeNode[] = [[62, 22, -70, 27], [66, 0, -84, 31], [60, -32, -104, 27], [36, -56, -128, 22], [4, -56, -134, 16], [-18, -42, -126, 12]]; // prettier-ignore
  const raw = tube(smoothNodes(nodes, 4));
  const inside = (grow: number): Shape =>
    sampled(
      shape((x, y, z) => {
        const folds = 0.9 * Math.sin(x * 0.24 + z * 0.2) * Math.sin(y * 0.22);
        return smax(raw.distance(x, y, z) + folds, abdomen.distance(x, y, z) + 3, 6) - grow;
      }, 2),
      3,
      BOX,
    );
  const lumen = inside(-3.5);
  // Lying on the back: air in front.
  const air = shape((x, y, z) => smax(lumen.distance(x, y, z), y + 40, 0.6), 2);
  return [
    paint('stomach', inside(0), 66),
    paint('stomach contents', lumen, (x, y, z) => 24 + 9 * texture(x * 2, y * 2, z * 2)),
    paint('stomach air', air, -960),
  ];
}

/** Loops of small and large bowel below: walls, contents, some air. */
function gutPaints(): Paint[] {
  const paints: Paint[] = [];
  const colon: TubeNode[] = [[-112, -8, -222, 22], [-110, -18, -188, 21], [-92, -50, -172, 19], [-40, -74, -182, 17], [20, -80, -178, 17], [76, -62, -156, 17], [108, -10, -128, 18], [112, 16, -160, 17], [110, 20, -222, 17]]; // prettier-ignore
  const loop = tube(smoothNodes(colon, 5));
  const haustra = (grow: number): Shape =>
    shape((x, y, z) => {
      const d = loop.distance(x, y, z) + 1.6 * Math.sin((x + z) * 0.26) + 1.2 * Math.sin((y - z) * 0.3);
      return smax(d, abdomen.distance(x, y, z) + 3, 5) - grow;
    }, 2);
  const small: TubeNode[] = [];
  for (let i = 0; i < 46; i++) {
    const row = Math.floor(i / 6);
    const t = i % 6;
    const x = (row % 2 === 0 ? t : 5 - t) * 24 - 62 + 7 * (hash(i, 1) - 0.5);
    small.push([
      x,
      -30 - 24 * (row % 3) + 14 * (hash(i, 2) - 0.5) + 14,
      -172 - 8 * row + 10 * (hash(i, 3) - 0.5),
      11,
    ]);
  }
  const jejunum = tube(smoothNodes(small, 4));
  paints.push(
    paint('small bowel', jejunum, 88, { depthMm: 2.2, value: (x, y, z) => 28 + 12 * texture(x, y, z) }),
    paint('colon', sampled(haustra(0), 3, BOX), 58, {
      depthMm: 2.2,
      value: (x, y, z) => {
        const t = texture(x * 1.3, y * 1.3, z * 1.3);
        return y < -62 - 6 * t ? -930 : 20 + 40 * t;
      },
    }),
  );
  return paints;
}

export function abdominalPaints(): Paint[] {
  const psoas = [-1, 1].map((s) =>
    tube([[s * 24, spineY(-130) + 8, -124, 6], [s * 36, spineY(-170) + 4, -170, 15], [s * 44, spineY(-215), -230, 20]]),
  ); // prettier-ignore
  const spleen = ellipsoid([100, 40, -88], [46, 22, 36], axesAlong([0.25, 0.75, 0.6], [1, 0, 0]));
  const spleenCut = sampled(
    shape((x, y, z) => {
      const d = smax(spleen.distance(x, y, z), 26 - Math.hypot(x - 66, y - 12, z + 84), 8);
      return smax(d, abdomen.distance(x, y, z) + 2, 6);
    }, 2),
    3,
    BOX,
  );
  const pancreas = tube(smoothNodes([[-28, -6, -138, 13], [-10, -12, -128, 11], [16, -2, -116, 9.5], [44, 16, -106, 9.5], [72, 30, -98, 8]], 4)); // prettier-ignore
  const crura = [-1, 1].map((s) =>
    tube([
      [s * 16 + 4, 24, -60, 4],
      [s * 16 + 6, 30, -100, 6],
      [s * 12, 26, -150, 4],
    ]),
  );
  return [
    ...psoas.map((s) => paint('psoas', s, 57)),
    ...crura.map((s) => paint('crus of the diaphragm', s, 55)),
    ...gutPaints(),
    paint(
      'pancreas',
      shape((x, y, z) => pancreas.distance(x, y, z) + 1.2 * Math.sin(x * 0.5) * Math.sin(z * 0.45), 1.5),
      98,
    ),
    ...liverPaints(),
    ...stomachPaints(),
    paint('spleen', spleenCut, (x, y, z) => 122 + 5 * texture(x, y, z)),
    ...kidneyPaints(),
  ];
}
