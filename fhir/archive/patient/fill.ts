/**
 * Paints shapes into a voxel grid, in order, with soft edges (partial volume). Whole blocks that no edge crosses are
 * filled at once, so that the cost goes with surfaces, not with volume.
 */
import type { Point, Shape } from './shapes.ts';

export type Value = number | ((x: number, y: number, z: number) => number);

/** What lies deeper than `depthMm` under a shape's surface. */
export interface Layer {
  readonly depthMm: number;
  readonly value: Value;
}
export interface Paint {
  readonly name: string;
  readonly shape: Shape;
  /** From the surface inwards. */
  readonly layers: readonly Layer[];
}
export const paint = (name: string, shape: Shape, value: Value, ...deeper: Layer[]): Paint => ({
  name,
  shape,
  layers: [{ depthMm: 0, value }, ...deeper],
});

/** Centre of voxel (i, j, k) is origin + i·di + j·dj + k·dk, LPS mm. */
export interface Grid {
  readonly dims: readonly [number, number, number];
  readonly origin: Point;
  readonly di: Point;
  readonly dj: Point;
  readonly dk: Point;
}

type Item = { readonly shape: Shape; readonly layers: readonly Layer[] } | { readonly constant: Value };

const BLOCKS = [
  [64, 64, 8],
  [16, 16, 8],
  [8, 8, 4],
  [4, 4, 4],
] as const;

const length = (p: Point): number => Math.hypot(p[0], p[1], p[2]);

/**
 * Fills slices k0..k1-1 of a grid: `out` holds (k1-k0)·rows·columns values, x fastest. `edgeMm` is the width over
 * which one matter gives way to the next.
 */
export function fillSlices(
  paints: readonly Paint[],
  grid: Grid,
  k0: number,
  k1: number,
  background: number,
  edgeMm: number,
  out: Float32Array,
): void {
  const [columns, rows] = grid.dims;
  const { origin, di, dj, dk } = grid;
  const at = (i: number, j: number, k: number, c: 0 | 1 | 2): number =>
    origin[c] + i * di[c] + j * dj[c] + k * dk[c];

  const leaf = (items: readonly Item[], lo: readonly number[], hi: readonly number[]): void => {
    for (let k = lo[2]!; k < hi[2]!; k++)
      for (let j = lo[1]!; j < hi[1]!; j++) {
        let o = ((k - k0) * rows + j) * columns + lo[0]!;
        for (let i = lo[0]!; i < hi[0]!; i++, o++) {
          const [x, y, z] = [at(i, j, k, 0), at(i, j, k, 1), at(i, j, k, 2)];
          let value = background;
          for (const item of items) {
            if ('constant' in item) {
              value = typeof item.constant === 'number' ? item.constant : item.constant(x, y, z);
              continue;
            }
            const d = item.shape.distance(x, y, z) / edgeMm;
            if (d >= 0.5) continue;
            for (const layer of item.layers) {
              const cover = 0.5 - d - layer.depthMm / edgeMm;
              if (cover <= 0) break;
              const inner = typeof layer.value === 'number' ? layer.value : layer.value(x, y, z);
              value = cover >= 1 ? inner : value + cover * (inner - value);
            }
          }
          out[o] = value;
        }
      }
  };

  const narrowed = (items: readonly Item[], lo: readonly number[], hi: readonly number[]): Item[] => {
    const mid = (axis: 0 | 1 | 2): number => (lo[axis]! + hi[axis]! - 1) / 2;
    const [mi, mj, mk] = [mid(0), mid(1), mid(2)];
    const [x, y, z] = [at(mi, mj, mk, 0), at(mi, mj, mk, 1), at(mi, mj, mk, 2)];
    const r =
      Math.hypot(
        (hi[0]! - lo[0]!) * length(di),
        (hi[1]! - lo[1]!) * length(dj),
        (hi[2]! - lo[2]!) * length(dk),
      ) / 2;
    let kept: Item[] = [];
    for (const item of items) {
      if ('constant' in item) {
        kept = [item];
        continue;
      }
      const reach = r * item.shape.lipschitz + edgeMm / 2;
      const d = item.shape.distance(x, y, z);
      if (d > reach) continue;
      // One layer all through: what was painted before is hidden.
      const index = item.layers.findLastIndex((layer) => d + reach < -layer.depthMm);
      const next = item.layers[index + 1];
      if (index >= 0 && (!next || d - reach > -next.depthMm))
        kept = [{ constant: item.layers[index]!.value }];
      else kept.push(item);
    }
    return kept;
  };

  const visit = (
    items: readonly Item[],
    lo: readonly number[],
    hi: readonly number[],
    level: number,
  ): void => {
    const size = BLOCKS[level];
    if (!size || items.length === 0 || (items.length === 1 && 'constant' in items[0]!)) {
      leaf(items, lo, hi);
      return;
    }
    for (let k = lo[2]!; k < hi[2]!; k += size[2])
      for (let j = lo[1]!; j < hi[1]!; j += size[1])
        for (let i = lo[0]!; i < hi[0]!; i += size[0]) {
          const from = [i, j, k];
          const to = [
            Math.min(hi[0]!, i + size[0]),
            Math.min(hi[1]!, j + size[1]),
            Math.min(hi[2]!, k + size[2]),
          ];
          visit(narrowed(items, from, to), from, to, level + 1);
        }
  };
  visit(paints, [0, 0, k0], [columns, rows, k1], 0);
}
