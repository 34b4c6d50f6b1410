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

type Corner = readonly [i: number, j: number, k: number];

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
  out.fill(background);
  paintOver(paints, grid, k0, k1, edgeMm, out);
}

/** Paints over what `out` holds already; each value comes out as share·before + paint. */
export function paintOver(
  paints: readonly Paint[],
  grid: Grid,
  k0: number,
  k1: number,
  edgeMm: number,
  out: Float32Array,
): void {
  const [columns, rows] = grid.dims;
  const { origin, di, dj, dk } = grid;

  const leaf = (items: readonly Item[], lo: Corner, hi: Corner): void => {
    const last = items.length - 1;
    if (last < 0) return;
    const only = items[0]!;
    const flat = last === 0 && 'constant' in only ? only.constant : null;
    for (let k = lo[2]; k < hi[2]; k++)
      for (let j = lo[1]; j < hi[1]; j++) {
        let o = ((k - k0) * rows + j) * columns + lo[0];
        if (typeof flat === 'number') {
          out.fill(flat, o, o + hi[0] - lo[0]);
          continue;
        }
        const x0 = origin[0] + j * dj[0] + k * dk[0];
        const y0 = origin[1] + j * dj[1] + k * dk[1];
        const z0 = origin[2] + j * dj[2] + k * dk[2];
        for (let i = lo[0]; i < hi[0]; i++, o++) {
          const x = x0 + i * di[0];
          const y = y0 + i * di[1];
          const z = z0 + i * di[2];
          // From what was painted last: what it hides need not be asked.
          let value = 0;
          let clear = 1;
          for (let n = last; n >= 0 && clear > 0; n--) {
            const item = items[n]!;
            if ('constant' in item) {
              value += clear * (typeof item.constant === 'number' ? item.constant : item.constant(x, y, z));
              clear = 0;
              break;
            }
            const d = item.shape.distance(x, y, z) / edgeMm;
            if (d >= 0.5) continue;
            const { layers } = item;
            for (let l = layers.length - 1; l >= 0 && clear > 0; l--) {
              const layer = layers[l]!;
              const cover = 0.5 - d - layer.depthMm / edgeMm;
              if (cover <= 0) continue;
              const share = cover >= 1 ? clear : clear * cover;
              value += share * (typeof layer.value === 'number' ? layer.value : layer.value(x, y, z));
              clear = cover >= 1 ? 0 : clear - share;
            }
          }
          out[o] = value + clear * out[o]!;
        }
      }
  };

  const [li, lj, lk] = [length(di), length(dj), length(dk)];
  const narrowed = (items: readonly Item[], lo: Corner, hi: Corner): Item[] => {
    const mi = (lo[0] + hi[0] - 1) / 2;
    const mj = (lo[1] + hi[1] - 1) / 2;
    const mk = (lo[2] + hi[2] - 1) / 2;
    const x = origin[0] + mi * di[0] + mj * dj[0] + mk * dk[0];
    const y = origin[1] + mi * di[1] + mj * dj[1] + mk * dk[1];
    const z = origin[2] + mi * di[2] + mj * dj[2] + mk * dk[2];
    const [a, b, c] = [(hi[0] - lo[0]) * li, (hi[1] - lo[1]) * lj, (hi[2] - lo[2]) * lk];
    const r = Math.sqrt(a * a + b * b + c * c) / 2;
    const kept: Item[] = [];
    // From what was painted last: what it hides all through need not be asked.
    for (let n = items.length - 1; n >= 0; n--) {
      const item = items[n]!;
      if ('constant' in item) {
        kept.push(item);
        break;
      }
      const reach = r * item.shape.lipschitz + edgeMm / 2;
      const shape = item.shape.near ? item.shape.near(x, y, z, reach) : item.shape;
      if (!shape) continue;
      const d = shape.distance(x, y, z);
      if (d > reach) continue;
      const { layers } = item;
      let index = layers.length - 1;
      while (index >= 0 && d + reach >= -layers[index]!.depthMm) index--;
      const next = layers[index + 1];
      if (index >= 0 && (!next || d - reach > -next.depthMm)) {
        kept.push({ constant: layers[index]!.value });
        break;
      }
      kept.push(shape === item.shape ? item : { shape, layers });
    }
    return kept.reverse();
  };

  const visit = (items: readonly Item[], lo: Corner, hi: Corner, level: number): void => {
    const size = BLOCKS[level];
    if (!size || items.length === 0 || (items.length === 1 && 'constant' in items[0]!)) {
      leaf(items, lo, hi);
      return;
    }
    for (let k = lo[2]; k < hi[2]; k += size[2])
      for (let j = lo[1]; j < hi[1]; j += size[1])
        for (let i = lo[0]; i < hi[0]; i += size[0]) {
          const from: Corner = [i, j, k];
          const to: Corner = [
            Math.min(hi[0], i + size[0]),
            Math.min(hi[1], j + size[1]),
            Math.min(hi[2], k + size[2]),
          ];
          visit(narrowed(items, from, to), from, to, level + 1);
        }
  };
  visit(paints, [0, 0, k0], [columns, rows, k1], 0);
}
