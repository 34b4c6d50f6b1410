/** Bones of the chest: spine, twelve pairs of ribs, breastbone, collar bones, shoulder blades, upper arms. */
import { innerBack, innerFront, innerHalfWidth, spineY } from './body.ts';
import { paint, type Layer, type Paint } from './fill.ts';
import { texture } from './noise.ts';
import {
  axesAlong,
  ellipsoid,
  plate,
  shape,
  smax,
  smin,
  smoothNodes,
  sphere,
  tube,
  tubePieces,
  tubes,
  type Point,
  type Shape,
  type TubeNode,
} from './shapes.ts';

export interface Vertebra {
  readonly name: string;
  readonly centre: Point;
  readonly heightMm: number;
  readonly halfWidthMm: number;
  readonly halfDepthMm: number;
}

/** T1 to L3 from above: heights grow from 20 to 33 mm with their discs. */
export const vertebrae: readonly Vertebra[] = ((): Vertebra[] => {
  const list: Vertebra[] = [];
  let z = 163;
  for (let n = 0; n < 16; n++) {
    const pitch = 19.2 + n * 0.78;
    z -= pitch / 2;
    const name = n < 12 ? `T${n + 1}` : `L${n - 11}`;
    list.push({
      name,
      centre: [0, spineY(z), z],
      heightMm: pitch - (n < 12 ? 4.2 : 7),
      halfWidthMm: 14.5 + n * 0.55,
      halfDepthMm: 11 + n * 0.42,
    });
    z -= pitch / 2;
  }
  list.unshift({
    name: 'C7',
    centre: [0, spineY(172), 172.5],
    heightMm: 15,
    halfWidthMm: 14,
    halfDepthMm: 9.5,
  });
  return list;
})();

const CORTEX = 640;
const marrow = (depthMm: number, value = 205): Layer => ({
  depthMm,
  value: (x, y, z) => value + 30 * texture(x * 3, y * 3, z * 3),
});
const bone = (name: string, s: Shape, cortexMm: number, inside = 205, cortex = CORTEX): Paint =>
  paint(name, s, cortex, marrow(cortexMm, inside));

/** A vertebral body: a drum with a waist and sharp rims. */
function drum(v: Vertebra, halfHeight: number, bulge: number): Shape {
  const [, cy, cz] = v.centre;
  const back = v.halfDepthMm;
  return shape((x, y, z) => {
    const h = Math.abs(z - cz);
    const waist = 1 + bulge * (1 - (h / halfHeight) ** 2);
    const Y = y - cy;
    const r = Math.hypot(x / (v.halfWidthMm / waist), Y / (v.halfDepthMm / waist));
    const side = (r - 1) * v.halfDepthMm;
    // The back of a body is flat, even hollow, towards the canal.
    const flat = Y - back * 0.72 - 0.0035 * x * x;
    return smax(smax(side, flat, 4), h - halfHeight, 1.8);
  }, 1.7);
}

function vertebraPaints(v: Vertebra): Paint[] {
  const [, y, z] = v.centre;
  const lumbar = v.name.startsWith('L');
  const d = v.halfDepthMm;
  const canal = y + d + 6.5;
  const reach = lumbar ? 26 : 24;
  const droop = lumbar ? -10 : v.name === 'C7' || v.name === 'T1' ? -10 : -24;
  const pieces = [
    ...[-1, 1].flatMap((s) => [
      ...tubePieces([[s * 10, y + d * 0.5, z + 3, 4.6], [s * 12, canal, z + 1, 4.6]]),
      ...tubePieces([[s * 12, canal, z + 1, 4.2], [0, canal + 9.5, z - 5, 4]]),
      // Transverse processes, and the joints above and below.
      ...tubePieces([[s * 12, canal + 1, z + 1, 4.6], [s * (lumbar ? 40 : 30), canal + (lumbar ? 4 : 11), z + (lumbar ? 2 : 4), 3.8]]),
      ...tubePieces([[s * 13, canal + 3, z + v.heightMm * 0.55, 4], [s * 13, canal + 5, z - v.heightMm * 0.62, 4]]),
    ]),
    ...tubePieces([[0, canal + 9, z - 5, 3.6], [0, canal + reach * 0.85, z - 5 + droop, 3.4]]),
    ...(lumbar ? tubePieces([[0, canal + 10, z - 12, 3.4], [0, canal + reach * 0.85, z - 18, 3.6]]) : []),
  ]; // prettier-ignore
  return [
    bone(`${v.name} body`, drum(v, v.heightMm / 2, 0.09), 1.3),
    bone(`${v.name} arch`, tubes(Float64Array.from(pieces), { squash: 0.72 }), 1.4),
  ];
}

function discPaints(): Paint[] {
  return vertebrae.slice(1).map((v, i) => {
    const above = vertebrae[i]!;
    const top = above.centre[2] - above.heightMm / 2;
    const bottom = v.centre[2] + v.heightMm / 2;
    const mid: Vertebra = { ...v, centre: [0, spineY((top + bottom) / 2), (top + bottom) / 2] };
    return paint(`disc above ${v.name}`, drum(mid, Math.max(2, (top - bottom) / 2), -0.03), 85);
  });
}

/** On the rib cage at an angle from the back (0) past the side (90°) to the front (180°), `out` mm outside. */
export function onCage(angle: number, z: number, out: number, side: number): Point {
  const [a, f, k] = [innerHalfWidth(z) + out, innerFront(z) - out, innerBack(z) + out];
  const [c, b] = [(f + k) / 2, (k - f) / 2];
  const [s, q] = [Math.sin(angle), Math.cos(angle)];
  const fit = (v: number): number => Math.sign(v) * Math.abs(v) ** 0.8;
  return [side * a * fit(s), c + b * fit(q), z];
}

const rad = (deg: number): number => (deg * Math.PI) / 180;
/** For each rib: angle where its bone ends in front, and how far below its vertebra that end lies (mm). */
const RIB_ENDS: readonly (readonly [angleDeg: number, dropMm: number])[] = [
  [150, 30], [154, 44], [156, 54], [156, 62], [154, 68], [151, 73], [146, 78], [138, 80], [128, 78], [116, 74],
  [92, 58], [58, 34],
]; // prettier-ignore
/** Where the cartilage of ribs 1 to 7 meets the breastbone. */
const NOTCH_Z = [118, 92, 68, 48, 30, 16, 6] as const;

export const sternumFrontY = (z: number): number => innerFront(z) - 7;

function ribNodes(n: number, side: number): TubeNode[] {
  const v = vertebrae[n + 1]!;
  const [end, drop] = RIB_ENDS[n]!;
  const [, vy, vz] = v.centre;
  const head: TubeNode = [side * (v.halfWidthMm + 1), vy + v.halfDepthMm * 0.6, vz + v.heightMm * 0.35, 4.2];
  const neck: TubeNode = [side * 30, vy + v.halfDepthMm + 15, vz + v.heightMm * 0.25, 4];
  const nodes: TubeNode[] = [head, neck];
  const steps = 14;
  const from = 27;
  for (let i = 0; i <= steps; i++) {
    const angle = from + ((end - from) * i) / steps;
    const share = (1 - Math.cos(rad((180 * (angle - from)) / (end - from)))) / 2;
    const z = vz + 4 - drop * (0.35 * (i / steps) + 0.65 * share);
    const [x, y] = onCage(rad(angle), z, 5.2, side);
    nodes.push([x, y, z, n === 0 ? 4.3 : n > 10 ? 3.2 : 3.9]);
  }
  return nodes;
}

function ribPaints(): { bones: Paint[]; cartilage: Paint[] } {
  const bones: Paint[] = [];
  const gristle: number[] = [];
  for (const side of [-1, 1]) {
    let above: TubeNode[] = [];
    for (let n = 0; n < 12; n++) {
      const nodes = smoothNodes(ribNodes(n, side), 3);
      bones.push(
        bone(`rib ${n + 1} ${side < 0 ? 'right' : 'left'}`, tube(nodes, { squash: 0.62 }), 1.25, 190, 760),
      );
      const tip = nodes.at(-1)!;
      const [x, y, z] = tip;
      if (n < 7) {
        const to = NOTCH_Z[n]!;
        const low = Math.min(z, to) - (n > 3 ? 10 : 0);
        const mid = onCage(rad(168), (low + to) / 2 - (n > 3 ? 8 : 0), 5.5, side);
        const path: TubeNode[] = [[x, y, z, 4.2], [mid[0], mid[1], mid[2], 4.6], [side * 16, sternumFrontY(to) + 1, to, 4.4]]; // prettier-ignore
        above = smoothNodes(path, 5);
        gristle.push(...tubePieces(above));
      } else if (n < 10) {
        const join = above[Math.min(above.length - 1, 6)]!;
        const mid: TubeNode = [(x + join[0]) / 2 + side * 6, (y + join[1]) / 2 - 3, (z + join[2]) / 2 - 4, 4];
        above = smoothNodes([[x, y, z, 3.8], mid, [join[0], join[1], join[2] - 3, 4]], 5);
        gristle.push(...tubePieces(above));
      }
    }
  }
  const cartilage = tubes(Float64Array.from(gristle), { squash: 0.75 });
  return { bones, cartilage: [paint('costal cartilage', cartilage, 150, { depthMm: 1.6, value: 118 })] };
}

/** A flat bone of this half-width by height, corners rounded, hollowed where each rib's cartilage meets it. */
function flatBone(low: number, high: (x: number) => number, halfWidth: (z: number) => number): Shape {
  return shape((x, y, z) => {
    let w = halfWidth(z);
    for (const notch of NOTCH_Z) {
      const t = (z - notch) / 4;
      if (t * t < 6) w -= 2.2 * Math.exp(-t * t);
    }
    const outline = smax(Math.abs(x) - w, Math.max(low - z, z - high(x)), 9);
    return smax(outline, Math.abs(y - sternumFrontY(z)) - 5.4, 5);
  }, 1.7);
}

function sternumPaints(): Paint[] {
  const at = sternumFrontY;
  // Broadest above, hollowed between the collar bones.
  const manubrium = flatBone(
    83,
    (x) => 127 - 7 * Math.exp(-(x * x) / 150),
    (z) => 16 + 15 * Math.max(0, Math.min(1, (z - 86) / 30)),
  );
  const body = flatBone(
    0,
    () => 82.5,
    (z) => 15.5 + 5.5 * Math.exp(-(((z - 24) / 24) ** 2)),
  );
  return [
    bone('manubrium', manubrium, 1.2, 190),
    bone('sternum', body, 1.2, 190),
    paint('xiphoid', ellipsoid([0, at(-8) + 2, -8], [7, 3.4, 14]), 320),
  ];
}

function girdlePaints(side: number): Paint[] {
  const s = (x: number, y: number, z: number): Point => [side * x, y, z];
  const socket = s(124, 30, 122);
  const [upper, lower] = [s(66, 92, 118), s(96, 102, 6)];
  const acromion = s(138, 20, 146);
  const clavicle = smoothNodes([
    [side * 20, sternumFrontY(122) - 1, 124, 8], [side * 48, sternumFrontY(128) - 8, 133, 5.8],
    [side * 82, -40, 137, 5.2], [side * 112, -10, 141, 5.8], [side * 132, 8, 149, 6.6],
  ], 4); // prettier-ignore
  const blade = plate(upper, lower, socket, 2);
  const ridge = tube([[...s(72, 97, 108), 3], [...s(104, 88, 126), 5], [...s(130, 52, 142), 5.5], [...acromion, 6]]); // prettier-ignore
  const border = tube([
    [...lower, 4.6],
    [...s(114, 62, 78), 5.6],
    [...socket, 10.5],
  ]);
  const coracoid = tube([
    [...s(116, 20, 132), 6],
    [...s(112, 0, 136), 5],
    [...s(116, -14, 130), 4.6],
  ]);
  const scapula = shape((x, y, z) => {
    let d = smin(blade.distance(x, y, z), ridge.distance(x, y, z), 5);
    d = smin(d, border.distance(x, y, z), 6);
    return smin(d, coracoid.distance(x, y, z), 6);
  }, 1.3);
  const head = sphere(s(146, 16, 134), 22.5);
  const shaft = tube([
    [...s(148, 10, 146), 15],
    [...s(151, -6, 180), 12],
    [...s(152, -16, 240), 11],
  ]);
  const tubercle = sphere(s(160, 4, 147), 12.5);
  const humerus = shape((x, y, z) => {
    const d = smin(head.distance(x, y, z), tubercle.distance(x, y, z), 12);
    return smin(d, shaft.distance(x, y, z), 14);
  }, 1.2);
  const name = side < 0 ? 'right' : 'left';
  return [
    bone(`clavicle ${name}`, tube(clavicle), 1.6, 230, 760),
    bone(`scapula ${name}`, scapula, 1.5, 260),
    paint(
      `joint ${name}`,
      ellipsoid(s(135, 24, 129), [5, 14, 15], axesAlong(s(1, -0.6, 0.5), [0, 0, 1])),
      75,
    ),
    bone(`humerus ${name}`, humerus, 2.2, 170, 900),
  ];
}

/** Cartilage, bones, discs and the spinal canal, in painting order. */
export function skeletonPaints(): Paint[] {
  const { bones, cartilage } = ribPaints();
  const canal = vertebrae.map((v): TubeNode => [0, v.centre[1] + v.halfDepthMm + 5, v.centre[2], 8.4]);
  return [
    ...cartilage,
    ...discPaints(),
    ...vertebrae.flatMap(vertebraPaints),
    paint('spinal canal', tube(canal), -10, { depthMm: 2.6, value: 32 }),
    ...bones,
    ...sternumPaints(),
    ...girdlePaints(-1),
    ...girdlePaints(1),
  ];
}
