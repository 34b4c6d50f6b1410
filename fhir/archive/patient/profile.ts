/** Curves by height, and the trunk that three of them outline. Tabulated by the millimetre: they are asked often. */
import { shape, smoothNodes, type Shape, type TubeNode } from './shapes.ts';

export interface Profile {
  (z: number): number;
  readonly low: number;
  readonly high: number;
}

/** A smooth curve through (z, value) pairs, clamped at its ends. */
export function profile(points: readonly (readonly [z: number, value: number])[]): Profile {
  const sorted = [...points].sort((a, b) => a[0] - b[0]);
  const [low, high] = [sorted[0]![0], sorted.at(-1)![0]];
  const curve = smoothNodes(
    sorted.map(([z, v]): TubeNode => [z, v, 0, 0]),
    16,
  );
  const table = new Float64Array(Math.ceil(high - low) + 2);
  let at = 0;
  for (let i = 0; i < table.length; i++) {
    const z = Math.min(high, low + i);
    while (at + 2 < curve.length && curve[at + 1]![0] < z) at++;
    const [a, b] = [curve[at]!, curve[at + 1]!];
    const t = Math.max(0, Math.min(1, (z - a[0]) / (b[0] - a[0] || 1)));
    table[i] = a[1] + t * (b[1] - a[1]);
  }
  const read = (z: number): number => {
    const p = z <= low ? 0 : z >= high ? high - low : z - low;
    const i = Math.min(table.length - 2, Math.floor(p));
    return table[i]! + (p - i) * (table[i + 1]! - table[i]!);
  };
  return Object.assign(read, { low, high });
}

/** Half-width, centre, half-depth and their slopes, by the millimetre. */
const STRIDE = 6;

/**
 * A trunk: at each height a rounded oval, half-width `a`, from `front` to `back`. First-order distance, the slope of
 * the outline included.
 */
export function trunk(a: Profile, front: Profile, back: Profile): Shape {
  const [low, high] = [Math.min(a.low, front.low, back.low), Math.max(a.high, front.high, back.high)];
  const count = Math.ceil(high - low) + 2;
  const table = new Float64Array(count * STRIDE);
  for (let i = 0; i < count; i++) {
    const of = (z: number): readonly [number, number, number] => [
      a(z),
      (front(z) + back(z)) / 2,
      (back(z) - front(z)) / 2,
    ];
    const z = low + i;
    const [mid, below, above] = [of(z), of(z - 2), of(z + 2)];
    for (const c of [0, 1, 2] as const) {
      table[i * STRIDE + c] = mid[c];
      table[i * STRIDE + 3 + c] = (above[c] - below[c]) / 4;
    }
  }
  return shape((x, y, z) => {
    const p = z <= low ? 0 : z >= high ? high - low : z - low;
    const i = Math.min(count - 2, Math.floor(p));
    const t = p - i;
    const o = i * STRIDE;
    const A = table[o]! + t * (table[o + 6]! - table[o]!);
    const C = table[o + 1]! + t * (table[o + 7]! - table[o + 1]!);
    const B = table[o + 2]! + t * (table[o + 8]! - table[o + 2]!);
    const ay = y - C;
    const u = Math.abs(x) / A;
    const v = Math.abs(ay) / B;
    const u15 = u * Math.sqrt(u);
    const v15 = v * Math.sqrt(v);
    const sum = u15 * u + v15 * v;
    if (sum < 1e-9) return A < B ? -A : -B;
    const value = Math.pow(sum, 0.4);
    const fu = (value / sum) * u15;
    const fv = (value / sum) * v15;
    const gx = fu / A;
    const gy = fv / B;
    const gz = -gx * u * table[o + 3]! - gy * (v * table[o + 5]! + (ay < 0 ? -1 : 1) * table[o + 4]!);
    return (value - 1) / Math.sqrt(gx * gx + gy * gy + gz * gz);
  }, 1.7);
}

/** A surface z(x, y) tabulated by `step` mm over ±`reach` mm, with the length of its normal: read as one distance. */
export function floorBelow(height: (x: number, y: number) => number, reach = 220, step = 2): Shape {
  const n = Math.ceil((2 * reach) / step) + 1;
  const table = new Float64Array(n * n);
  for (let j = 0; j < n; j++)
    for (let i = 0; i < n; i++) table[j * n + i] = height(i * step - reach, j * step - reach);
  return shape((x, y, z) => {
    const p = Math.max(0, Math.min(n - 1.001, (x + reach) / step));
    const q = Math.max(0, Math.min(n - 1.001, (y + reach) / step));
    const [i, j] = [Math.floor(p), Math.floor(q)];
    const o = j * n + i;
    const [t, s] = [p - i, q - j];
    const [h00, h10, h01, h11] = [table[o]!, table[o + 1]!, table[o + n]!, table[o + n + 1]!];
    const top = h00 + t * (h10 - h00) + s * (h01 - h00) + t * s * (h11 - h10 - h01 + h00);
    const gx = (h10 - h00 + s * (h11 - h10 - h01 + h00)) / step;
    const gy = (h01 - h00 + t * (h11 - h10 - h01 + h00)) / step;
    return (z - top) / Math.sqrt(1 + gx * gx + gy * gy);
  }, 1.5);
}
