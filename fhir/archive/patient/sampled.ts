/** A shape kept as distances on a coarse grid: what blends many parts costs as little as one. */
import type { Shape } from './shapes.ts';

export interface Box {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}
/** The whole patient, and a little around. */
export const PATIENT_BOX: Box = { low: [-208, -160, -222], high: [208, 150, 178] };

/** Cells on a side of a block that is asked at its middle first (indices are shifted by 2). */
const BLOCK = 4;
/** Distances up to here are right; shapes are grown and shrunk by less. Farther ones may be said nearer than they are. */
const SURE_MM = 33;

/**
 * The shape's distance by trilinear interpolation on `stepMm`: good to step² / (8 · radius of curvature), and creases
 * are rounded by about a step. Blocks far from the surface hold only a safe bound of it. Filled where it is asked.
 */
export function sampled(source: Shape, stepMm = 4, box: Box = PATIENT_BOX): Shape {
  const n = [0, 1, 2].map((c) => Math.ceil((box.high[c]! - box.low[c]!) / stepMm / BLOCK) * BLOCK + 1);
  const [nx, ny, nz] = n as [number, number, number];
  const [lx, ly, lz] = box.low;
  const [bx, by, bz] = [(nx - 1) / BLOCK + 1, (ny - 1) / BLOCK + 1, (nz - 1) / BLOCK + 1];
  let grid: Float32Array | null = null;
  /** Of each block: 1 when its own points are filled, 2 when those of its neighbours to the right and above are too. */
  const state = new Uint8Array(bx * by * bz);
  const far = ((BLOCK * stepMm * Math.sqrt(3)) / 2) * source.lipschitz;

  const fill = (out: Float32Array, I: number, J: number, K: number): void => {
    const half = (BLOCK * stepMm) / 2;
    const [i, j, k] = [I * BLOCK, J * BLOCK, K * BLOCK];
    const mid = source.distance(lx + i * stepMm + half, ly + j * stepMm + half, lz + k * stepMm + half);
    // So far off a block has one sign all through, and what is sure of its distance is enough to go by.
    const flat = Math.abs(mid) > far + SURE_MM ? Math.sign(mid) * (Math.abs(mid) - far) : null;
    for (let c = k; c < Math.min(nz, k + BLOCK); c++)
      for (let b = j; b < Math.min(ny, j + BLOCK); b++)
        for (let a = i; a < Math.min(nx, i + BLOCK); a++)
          out[(c * ny + b) * nx + a] =
            flat ?? source.distance(lx + a * stepMm, ly + b * stepMm, lz + c * stepMm);
  };
  const ready = (out: Float32Array, I: number, J: number, K: number): void => {
    for (let c = K; c < Math.min(bz, K + 2); c++)
      for (let b = J; b < Math.min(by, J + 2); b++)
        for (let a = I; a < Math.min(bx, I + 2); a++) {
          const at = (c * by + b) * bx + a;
          if (state[at]! > 0) continue;
          state[at] = 1;
          fill(out, a, b, c);
        }
    state[(K * by + J) * bx + I] = 2;
  };
  const clamp = (v: number, most: number): number => (v < 0 ? 0 : v > most ? most : v);
  return {
    lipschitz: source.lipschitz,
    distance: (x, y, z) => {
      grid ??= new Float32Array(nx * ny * nz);
      const p = clamp((x - lx) / stepMm, nx - 1.001);
      const q = clamp((y - ly) / stepMm, ny - 1.001);
      const r = clamp((z - lz) / stepMm, nz - 1.001);
      const i = Math.floor(p);
      const j = Math.floor(q);
      const k = Math.floor(r);
      const block = ((k >> 2) * by + (j >> 2)) * bx + (i >> 2);
      if (state[block] !== 2) ready(grid, i >> 2, j >> 2, k >> 2);
      const t = p - i;
      const s = q - j;
      const o = (k * ny + j) * nx + i;
      const plane = nx * ny;
      const a = grid[o]! + t * (grid[o + 1]! - grid[o]!);
      const b = grid[o + nx]! + t * (grid[o + nx + 1]! - grid[o + nx]!);
      const c = grid[o + plane]! + t * (grid[o + plane + 1]! - grid[o + plane]!);
      const d = grid[o + plane + nx]! + t * (grid[o + plane + nx + 1]! - grid[o + plane + nx]!);
      const e = a + s * (b - a);
      return e + (r - k) * (c + s * (d - c) - e);
    },
  };
}
