/** A shape kept as distances on a coarse grid: what blends many parts costs as little as one. */
import type { Shape } from './shapes.ts';

export interface Box {
  readonly low: readonly [number, number, number];
  readonly high: readonly [number, number, number];
}
/** The whole patient, and a little around. */
export const PATIENT_BOX: Box = { low: [-208, -160, -222], high: [208, 150, 178] };

/** Cells on a side of a block that is asked at its middle first. */
const BLOCK = 4;

/**
 * The shape's distance by trilinear interpolation on `stepMm`: good to step² / (8 · radius of curvature), and creases
 * are rounded by about a step. Blocks far from the surface hold only a safe bound of it. Filled when first asked.
 */
export function sampled(source: Shape, stepMm = 4, box: Box = PATIENT_BOX): Shape {
  const n = [0, 1, 2].map((c) => Math.ceil((box.high[c]! - box.low[c]!) / stepMm / BLOCK) * BLOCK + 1);
  const [nx, ny, nz] = n as [number, number, number];
  const [lx, ly, lz] = box.low;
  let grid: Float32Array | null = null;

  const build = (): Float32Array => {
    const out = new Float32Array(nx * ny * nz);
    const reach = ((BLOCK * stepMm * Math.sqrt(3)) / 2) * source.lipschitz + 2 * stepMm;
    for (let k = 0; k < nz; k += BLOCK)
      for (let j = 0; j < ny; j += BLOCK)
        for (let i = 0; i < nx; i += BLOCK) {
          const half = (BLOCK * stepMm) / 2;
          const mid = source.distance(lx + i * stepMm + half, ly + j * stepMm + half, lz + k * stepMm + half);
          // Beyond reach a block has one sign all through; half of what is sure keeps it smooth enough to skip by.
          const far = Math.abs(mid) > 2 * reach;
          for (let c = k; c < Math.min(nz, k + BLOCK); c++)
            for (let b = j; b < Math.min(ny, j + BLOCK); b++)
              for (let a = i; a < Math.min(nx, i + BLOCK); a++)
                out[(c * ny + b) * nx + a] = far
                  ? Math.sign(mid) * (Math.abs(mid) - reach)
                  : source.distance(lx + a * stepMm, ly + b * stepMm, lz + c * stepMm);
        }
    return out;
  };
  const clamp = (v: number, most: number): number => (v < 0 ? 0 : v > most ? most : v);
  return {
    lipschitz: source.lipschitz,
    distance: (x, y, z) => {
      grid ??= build();
      const p = clamp((x - lx) / stepMm, nx - 1.001);
      const q = clamp((y - ly) / stepMm, ny - 1.001);
      const r = clamp((z - lz) / stepMm, nz - 1.001);
      const i = Math.floor(p);
      const j = Math.floor(q);
      const k = Math.floor(r);
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
