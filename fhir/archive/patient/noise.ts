/** Scanner noise that any thread makes alike: hashed from the place of the voxel, never from the order of work. */

const BITS = 18;
const SIZE = 1 << BITS;

/** A number in 0..1 from whole numbers. */
export function hash(a: number, b = 0, c = 0): number {
  let h = Math.imul(a | 0, 0x9e3779b1) ^ Math.imul(b | 0, 0x85ebca77) ^ Math.imul(c | 0, 0xc2b2ae3d);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a2d39);
  return ((h ^ (h >>> 15)) >>> 0) / 4294967296;
}

/** Gaussian values, standard deviation 1 after smoothing along the row. */
const table = ((): Float32Array => {
  const raw = new Float32Array(SIZE);
  for (let i = 0; i < SIZE; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(hash(i, 1) + 1e-12));
    const angle = 2 * Math.PI * hash(i, 2);
    raw[i] = radius * Math.cos(angle);
    raw[i + 1] = radius * Math.sin(angle);
  }
  const out = new Float32Array(SIZE * 2);
  const [side, mid] = [0.35, 1];
  const scale = 1 / Math.sqrt(mid * mid + 2 * side * side);
  for (let i = 0; i < SIZE; i++)
    out[i] = out[i + SIZE] =
      scale * (mid * raw[i]! + side * (raw[(i + 1) % SIZE]! + raw[(i + SIZE - 1) % SIZE]!));
  return out;
})();

/**
 * Adds noise of standard deviation `sigma` to one slice and rounds it into `out`. Neighbours in a slice share a
 * little of it, as after a soft reconstruction kernel; slices share none.
 */
export function addNoise(
  values: Float32Array,
  columns: number,
  rows: number,
  slice: number,
  sigma: number,
  least: number,
  most: number,
  out: Int16Array | Uint16Array,
): void {
  const start = (row: number): number => Math.floor(hash(slice, row, 7) * SIZE);
  const [side, mid] = [0.3, 1];
  const scale = sigma / Math.sqrt(mid * mid + 2 * side * side);
  for (let j = 0; j < rows; j++) {
    const [a, b, c] = [start(j - 1), start(j), start(j + 1)];
    // Row offsets are whole multiples of nothing: three independent stretches of the table.
    for (let i = 0, o = j * columns; i < columns; i++, o++) {
      const n = mid * table[b + i]! + side * (table[a + i]! + table[c + i]!);
      const v = Math.round(values[o]! + scale * n);
      out[o] = v < least ? least : v > most ? most : v;
    }
  }
}

/** A stretch of Gaussian values, standard deviation 1, for one row of a slice. */
export function rowNoise(slice: number, row: number): Float32Array {
  const from = Math.floor(hash(slice, row, 9) * SIZE);
  return table.subarray(from, from + SIZE);
}

const CELLS = 64;
/** Grain of living matter, standard deviation about 1, repeated every 128 mm; smooth over some 4 mm. */
const grain = ((): Float32Array => {
  let from = new Float32Array(CELLS ** 3);
  for (let i = 0; i < from.length; i++) from[i] = table[(i * 7) % SIZE]!;
  for (const stride of [1, CELLS, CELLS * CELLS]) {
    const to = new Float32Array(from.length);
    for (let i = 0; i < from.length; i++) {
      const base = i - (Math.floor(i / stride) % CELLS) * stride;
      const at = Math.floor(i / stride) % CELLS;
      const of = (d: number): number => from[base + ((at + d + CELLS) % CELLS) * stride]!;
      to[i] = (0.5 * of(0) + 0.35 * (of(1) + of(-1)) + 0.12 * (of(2) + of(-2))) * 1.38;
    }
    from = to;
  }
  return from;
})();

/** Grain at a place in mm. */
export function texture(x: number, y: number, z: number): number {
  const i = (x * 0.5) & (CELLS - 1);
  const j = (y * 0.5) & (CELLS - 1);
  const k = (z * 0.5) & (CELLS - 1);
  return grain[(k * CELLS + j) * CELLS + i]!;
}
