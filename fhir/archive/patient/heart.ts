/**
 * The beating heart. The left ventricle is a prolate ellipsoid cut by the plane of its valves, so that its volume is a
 * formula: V = π b² [(h + a) − (h³ + a³) / (3 a²)], with semi-axes a along and b across, cut at h before the centre.
 */
import { paint, type Paint } from './fill.ts';
import { BLOOD, pulmonaryVeins } from './great-vessels.ts';
import { HEART_AXIS } from './grids.ts';
import {
  axesAlong,
  ellipsoid,
  shape,
  smax,
  smin,
  smoothNodes,
  tube,
  tubes,
  type Point,
  type Shape,
} from './shapes.ts';

export const PHASES = 10;
export const CYCLE_MS = 900;

/** How far the ventricles are contracted, 0 (full) to 1, at a share 0..1 of the cycle: squeezed at 35 %. */
export function contraction(share: number): number {
  const p = share - Math.floor(share);
  if (p <= 0.35) return (1 - Math.cos((Math.PI * p) / 0.35)) / 2;
  return (1 + Math.cos(Math.PI * Math.pow((p - 0.35) / 0.65, 0.7))) / 2;
}

export interface LeftVentricle {
  readonly a: number;
  readonly b: number;
  readonly h: number;
  /** Outer semi-axes: the wall keeps its volume. */
  readonly outerA: number;
  readonly outerB: number;
  readonly centre: Point;
}
/** Inside of the tip: it stays where it is while the base comes down. */
const APEX: Point = [54, -53, -38];
const FULL = { a: 52, b: 27, h: 24, wallMm: 9.5, tipMm: 8 } as const;

const along = (p: Point, t: number): Point => [
  p[0] + HEART_AXIS[0] * t,
  p[1] + HEART_AXIS[1] * t,
  p[2] + HEART_AXIS[2] * t,
];
const cutFactor = (a: number, h: number): number => Math.PI * (h + a - (h ** 3 + a ** 3) / (3 * a * a));
export const ventricleMl = ({ a, b, h }: Pick<LeftVentricle, 'a' | 'b' | 'h'>): number =>
  (b * b * cutFactor(a, h)) / 1000;
/** Volume of the muscle round the left ventricle, mL, the same in every phase. */
export const wallMl =
  ((FULL.b + FULL.wallMm) ** 2 * cutFactor(FULL.a + FULL.tipMm, FULL.h)) / 1000 - ventricleMl(FULL);

export function leftVentricle(c: number): LeftVentricle {
  const [a, b, h] = [FULL.a * (1 - 0.15 * c), FULL.b * (1 - 0.27 * c), FULL.h * (1 - 0.15 * c)];
  const outerA = a + FULL.tipMm + 1.5 * c;
  const outerB = Math.sqrt(((wallMl + ventricleMl({ a, b, h })) * 1000) / cutFactor(outerA, h));
  return { a, b, h, outerA, outerB, centre: along(APEX, -a) };
}

/** How far the plane of the valves has come down, mm. */
const descent = (c: number): number => (FULL.a + FULL.h) * 0.15 * c;

const AXES = axesAlong(HEART_AXIS, [0, 0, 1]);
const baseCut = (lv: LeftVentricle, inner: Shape, soft: number): Shape =>
  shape((x, y, z) => {
    const [ex, ey, ez] = lv.centre;
    const t = (x - ex) * HEART_AXIS[0] + (y - ey) * HEART_AXIS[1] + (z - ez) * HEART_AXIS[2];
    const plane = -lv.h - t;
    return soft > 0 ? smax(inner.distance(x, y, z), plane, soft) : Math.max(inner.distance(x, y, z), plane);
  }, 1.5);

export interface Heart {
  readonly cavity: Shape;
  readonly leftWall: Shape;
  readonly right: Shape;
  readonly rightWall: Shape;
  readonly leftAtrium: Shape;
  readonly rightAtrium: Shape;
  /** All of it in its bag. */
  readonly pericardium: Shape;
}

/** Shapes of the heart at a contraction 0..1. Atria fill while ventricles empty. */
export function heartShapes(c: number): Heart {
  const lv = leftVentricle(c);
  const cavity = baseCut(lv, ellipsoid(lv.centre, [lv.a, lv.b, lv.b], AXES), 0);
  const leftWall = baseCut(lv, ellipsoid(lv.centre, [lv.outerA, lv.outerB, lv.outerB], AXES), 3);
  const d = descent(c);
  const rv = 1 - 0.17 * c;
  const rightAxes = axesAlong([0.72, -0.2, -0.66], [0, 0, 1]);
  const rightCentre = along([4, -48, -18], 0.35 * d);
  const body = ellipsoid(rightCentre, [46 * (1 - 0.1 * c), 31 * rv, 27 * rv], rightAxes);
  const outflow = tube(smoothNodes([[6, -60, -4, 15 * rv], [12, -61, 14, 13.5 * rv], [13, -53, 30, 13.5]], 3)); // prettier-ignore
  const chamber = shape((x, y, z) => smin(body.distance(x, y, z), outflow.distance(x, y, z), 9), 1.5);
  const right = shape((x, y, z) => smax(chamber.distance(x, y, z), 1.2 - leftWall.distance(x, y, z), 2), 1.6);
  const rightWall = shape((x, y, z) => chamber.distance(x, y, z) - 3.4, 1.5);
  const leftAtrium = ellipsoid(along([3, 13, 20], 0.75 * d), [34, 21 + 2.5 * c, 23 + 2.5 * c]);
  const rightAtrium = ellipsoid(along([-36, -16, 2], 0.6 * d), [24 + 2 * c, 27, 31 + 2 * c]);
  const pericardium = shape((x, y, z) => {
    let r = smin(leftWall.distance(x, y, z), rightWall.distance(x, y, z), 14);
    r = smin(r, leftAtrium.distance(x, y, z) - 1, 14);
    return smin(r, rightAtrium.distance(x, y, z) - 1, 14);
  }, 1.6);
  return { cavity, leftWall, right, rightWall, leftAtrium, rightAtrium, pericardium };
}

/** Coronary arteries run in the furrows on the outside; they follow the wall as it moves. */
function coronaryPaints(c: number): Paint[] {
  const lv = leftVentricle(c);
  const on = (angleDeg: number, t: number, out: number): Point => {
    const a = (angleDeg * Math.PI) / 180;
    const r = lv.outerB * Math.sqrt(Math.max(0, 1 - (t / lv.outerA) ** 2)) + out;
    const [v, w] = [AXES.v, AXES.w];
    const p = along(lv.centre, t);
    const of = (i: 0 | 1 | 2): number => p[i] + r * (Math.cos(a) * v[i] + Math.sin(a) * w[i]);
    return [of(0), of(1), of(2)];
  };
  const path = (nodes: readonly (readonly [Point, number])[]): Shape =>
    tube(
      smoothNodes(
        nodes.map(([p, r]) => [...p, r] as const),
        5,
      ),
    );
  const left: Point = [4, -22, 24];
  const front = path([[left, 2.6], [on(35, -lv.h * 0.9, 1.5), 2.2], [on(62, 0, 1.2), 1.9], [on(70, lv.a * 0.5, 1.2), 1.6], [on(70, lv.a * 0.92, 1.5), 1.2]]); // prettier-ignore
  const round = path([
    [left, 2.4],
    [on(0, -lv.h, 2.5), 2],
    [on(-60, -lv.h, 2.5), 1.8],
    [on(-110, -lv.h, 2), 1.5],
  ]);
  const side = path([
    [on(-25, -lv.h, 2.5), 1.7],
    [on(-15, 0, 1), 1.5],
    [on(-5, lv.a * 0.5, 1), 1.2],
  ]);
  const right = path([[[-12, -26, 26], 2.4], [[-22, -42, 18], 2.3], [[-28, -48, -4], 2.2], [[-22, -40, -30], 2], [[-6, -22, -42], 1.7]]); // prettier-ignore
  return [front, round, side, right].map((s, i) => paint(`coronary artery ${i + 1}`, s, BLOOD.aorta - 15));
}

const MUSCLE = 108;

/** The heart in its fat, in painting order. */
export function heartPaints(c: number): Paint[] {
  const heart = heartShapes(c);
  const lv = leftVentricle(c);
  const veins = tubes(pulmonaryVeins);
  const valve = along(lv.centre, -lv.h);
  const mitral = ellipsoid(valve, [2, lv.b * 0.9, lv.b * 0.9], AXES);
  const outflow = tube([
    [...along(valve, 5), 9],
    [-2, -16, 14, 11],
  ]);
  return [
    paint(
      'pericardium',
      shape((x, y, z) => heart.pericardium.distance(x, y, z) - 3.5, 1.6),
      22,
      {
        depthMm: 1.2,
        value: -78,
      },
    ),
    paint(
      'wall of left atrium',
      shape((x, y, z) => heart.leftAtrium.distance(x, y, z) - 2, 1.5),
      60,
    ),
    paint(
      'wall of right atrium',
      shape((x, y, z) => heart.rightAtrium.distance(x, y, z) - 2, 1.5),
      60,
    ),
    paint('wall of pulmonary veins', tubes(pulmonaryVeins, { grow: 1 }), 45),
    paint('right ventricle wall', heart.rightWall, MUSCLE - 20),
    paint('right ventricle', heart.right, BLOOD.right),
    paint('right atrium', heart.rightAtrium, BLOOD.right),
    paint('pulmonary veins', veins, BLOOD.left),
    paint('left atrium', heart.leftAtrium, BLOOD.left),
    paint('myocardium', heart.leftWall, MUSCLE),
    paint('left ventricle', heart.cavity, BLOOD.left),
    paint('outflow tract', outflow, BLOOD.left),
    paint('mitral valve', mitral, MUSCLE - 15),
    ...coronaryPaints(c),
  ];
}
