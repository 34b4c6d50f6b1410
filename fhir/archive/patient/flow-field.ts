/**
 * Pulsatile flow in the aorta by Womersley's solution: in a tube of radius R the n-th harmonic of the flow rate has
 * u(x) = Q_n / (πR²) · (1 − J0(zx)/J0(z)) / (1 − 2 J1(z)/(z J0(z))), z = i^(3/2) R √(nω/ν), x = r/R; the steady part
 * is Poiseuille's. So the flow rate through every cross-section is known at every time.
 */
import { AORTA_NODES, aortaLine } from './great-vessels.ts';
import { CYCLE_MS } from './heart.ts';

/** mm²/s: 0.0035 Pa·s over 1060 kg/m³. */
export const VISCOSITY_MM2_S = (0.0035 / 1060) * 1e6;
const OMEGA = (2 * Math.PI) / (CYCLE_MS / 1000);
export const HARMONICS = 4;

type Complex = readonly [re: number, im: number];
const mul = (a: Complex, b: Complex): Complex => [a[0] * b[0] - a[1] * b[1], a[0] * b[1] + a[1] * b[0]];
const div = (a: Complex, b: Complex): Complex => {
  const d = b[0] * b[0] + b[1] * b[1];
  return [(a[0] * b[0] + a[1] * b[1]) / d, (a[1] * b[0] - a[0] * b[1]) / d];
};

/** J0 and J1 of z = i^(3/2)·s by their power series: good to 1e-6 up to s = 80. */
export function bessel(s: number): { readonly j0: Complex; readonly j1: Complex; readonly z: Complex } {
  const z: Complex = [-s * Math.SQRT1_2, s * Math.SQRT1_2];
  // −(z/2)² = i·s²/4.
  const q: Complex = [0, (s * s) / 4];
  let term: Complex = [1, 0];
  let j0: Complex = [1, 0];
  let sum1: Complex = [1, 0];
  for (let k = 1; k < 20 + 1.6 * s; k++) {
    const next = mul(term, q);
    term = [next[0] / (k * k), next[1] / (k * k)];
    j0 = [j0[0] + term[0], j0[1] + term[1]];
    sum1 = [sum1[0] + term[0] / (k + 1), sum1[1] + term[1] / (k + 1)];
  }
  return { j0, j1: mul([z[0] / 2, z[1] / 2], sum1), z };
}

/** Shape of the n-th harmonic by x = r/R, mean over the cross-section 1. */
export function womersley(radiusMm: number, n: number): (x: number) => Complex {
  if (n === 0) return (x) => [2 * (1 - x * x), 0];
  const alpha = radiusMm * Math.sqrt((n * OMEGA) / VISCOSITY_MM2_S);
  const wall = bessel(alpha);
  const mean = div([2 * wall.j1[0], 2 * wall.j1[1]], mul(wall.z, wall.j0));
  return (x) => {
    const ratio = div(bessel(alpha * x).j0, wall.j0);
    return div([1 - ratio[0], -ratio[1]], [1 - mean[0], -mean[1]]);
  };
}

/** Out of the ventricle, mL/s, before its few harmonics are taken: a beat of 75 mL. */
function ejection(share: number): number {
  const s = share / 0.36;
  return s >= 1 ? 0 : 75 * 5.9 * (Math.sin(Math.PI * s) * (1 - 0.45 * s) - 0.02) * (s > 0 ? 1 : 0);
}
/** Complex amplitudes of the flow rate in the ascending aorta, mL/s. */
export const flowHarmonics: readonly Complex[] = Array.from({ length: HARMONICS + 1 }, (_, n): Complex => {
  let [re, im] = [0, 0];
  const samples = 240;
  for (let i = 0; i < samples; i++) {
    const q = ejection(i / samples);
    re += (q * Math.cos((2 * Math.PI * n * i) / samples)) / samples;
    im -= (q * Math.sin((2 * Math.PI * n * i) / samples)) / samples;
  }
  return n === 0 ? [re, 0] : [2 * re, 2 * im];
});

/** Of the ascending flow, what goes on into the descending aorta; the rest leaves through the arch. */
export const DESCENDING_SHARE = 0.7;

/** Flow rate in the ascending aorta, mL/s, at a share 0..1 of the cycle; positive away from the heart. */
export function flowRate(share: number): number {
  return flowHarmonics.reduce((sum, [re, im], n) => {
    const a = 2 * Math.PI * n * share;
    return sum + re * Math.cos(a) - im * Math.sin(a);
  }, 0);
}

export const PER = (aortaLine.length - 1) / (AORTA_NODES.length - 1);
/** Share of the flow left at a place along the line, in nodes: the arch gives off its branches between 4.5 and 6.5. */
export const shareAt = (node: number): number =>
  1 - (1 - DESCENDING_SHARE) * Math.max(0, Math.min(1, (node - 4.5) / 2));

const [R0, R_STEP, R_COUNT, X_COUNT] = [9, 0.5, 40, 48];

/** Shapes of all harmonics by radius and x: real and imaginary parts side by side. They do not change with time. */
let shapes: Float64Array | null = null;
function shapeTable(): Float64Array {
  if (shapes) return shapes;
  const table = new Float64Array((HARMONICS + 1) * R_COUNT * (X_COUNT + 1) * 2);
  let o = 0;
  for (let n = 0; n <= HARMONICS; n++)
    for (let r = 0; r < R_COUNT; r++) {
      const shape = womersley(R0 + r * R_STEP, n);
      for (let i = 0; i <= X_COUNT; i++, o += 2) [table[o], table[o + 1]] = shape(i / X_COUNT);
    }
  return (shapes = table);
}

/** Flow rate times the velocity profile, by radius and x, for one time: mL/s. */
function profiles(share: number): Float64Array {
  const size = R_COUNT * (X_COUNT + 1);
  const from = shapeTable();
  const table = new Float64Array(size);
  flowHarmonics.forEach((q, n) => {
    const a = 2 * Math.PI * n * share;
    const [re, im] = mul(q, [Math.cos(a), Math.sin(a)]);
    for (let i = 0; i < size; i++)
      table[i]! += re * from[2 * (n * size + i)]! - im * from[2 * (n * size + i) + 1]!;
  });
  return table;
}

export interface Nearest {
  /** r/R, below 1 inside. */
  readonly x: number;
  readonly radiusMm: number;
  /** Along the centre line, in nodes. */
  readonly node: number;
  /** Unit vector of the flow's way there. */
  readonly way: readonly [number, number, number];
}

const tangents = aortaLine.map((_, i): readonly [number, number, number] => {
  const [a, b] = [aortaLine[Math.max(0, i - 1)]!, aortaLine[Math.min(aortaLine.length - 1, i + 1)]!];
  const d = [b[0] - a[0], b[1] - a[1], b[2] - a[2]] as const;
  const l = Math.hypot(...d);
  return [d[0] / l, d[1] / l, d[2] / l];
});

/** The cross-section that a place belongs to, and the way of the flow: along the line, spreading as the tube does. */
export function locate(px: number, py: number, pz: number, from = 0, to = aortaLine.length - 1): Nearest {
  let [at, share, least] = [-1, 0, 9];
  for (let i = Math.max(0, from); i < Math.min(to, aortaLine.length - 1); i++) {
    const a = aortaLine[i]!;
    const b = aortaLine[i + 1]!;
    const vx = b[0] - a[0];
    const vy = b[1] - a[1];
    const vz = b[2] - a[2];
    const qx = px - a[0];
    const qy = py - a[1];
    const qz = pz - a[2];
    const along = (qx * vx + qy * vy + qz * vz) / (vx * vx + vy * vy + vz * vz);
    const t = along < 0 ? 0 : along > 1 ? 1 : along;
    const dx = qx - t * vx;
    const dy = qy - t * vy;
    const dz = qz - t * vz;
    const x = Math.sqrt(dx * dx + dy * dy + dz * dz) / (a[3] + t * (b[3] - a[3]));
    if (x < least) [at, share, least] = [i, t, x];
  }
  if (at < 0) return { x: 9, radiusMm: 1, node: 0, way: [0, 0, 1] };
  const [a, b] = [aortaLine[at]!, aortaLine[at + 1]!];
  const radius = a[3] + share * (b[3] - a[3]);
  const slope = (b[3] - a[3]) / Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  const place = [px, py, pz] as const;
  const of = (c: 0 | 1 | 2): number =>
    tangents[at]![c] +
    share * (tangents[at + 1]![c] - tangents[at]![c]) +
    (slope * (place[c] - a[c] - share * (b[c] - a[c]))) / radius;
  return { x: least, radiusMm: radius, node: (at + share) / PER, way: [of(0), of(1), of(2)] };
}

/** Speed of the flow at a place for one time, m/s; zero outside the aorta. */
export function speedField(share: number): (x: number, radiusMm: number, node: number) => number {
  const table = profiles(share);
  const wide = X_COUNT + 1;
  return (x, radiusMm, node) => {
    if (x >= 1) return 0;
    const r = Math.max(0, Math.min(R_COUNT - 1.001, (radiusMm - R0) / R_STEP));
    const q = x * X_COUNT;
    const i = Math.floor(r);
    const j = Math.floor(q);
    const [s, t, o] = [r - i, q - j, i * wide + j];
    const [a, b, c, d] = [table[o]!, table[o + 1]!, table[o + wide]!, table[o + wide + 1]!];
    const flow = (1 - s) * ((1 - t) * a + t * b) + s * ((1 - t) * c + t * d);
    // mL/s over mm² is m/s.
    return (flow * shareAt(node)) / (Math.PI * radiusMm * radiusMm);
  };
}

/** Velocity at a place for one time, m/s (LPS); zero outside the aorta. */
export function velocityField(share: number): (near: Nearest) => readonly [number, number, number] {
  const speedAt = speedField(share);
  return ({ x, radiusMm, node, way }) => {
    const speed = speedAt(x, radiusMm, node);
    return [way[0] * speed, way[1] * speed, way[2] * speed];
  };
}
