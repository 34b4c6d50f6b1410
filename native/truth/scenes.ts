/** Small grids, looks and eyes whose pictures are known in closed form. For tests alone. */
import type { Box, EyeSpec, GridSpec, LookSpec, Matrix, PictureTarget } from '../types.ts';

export function diagonal(
  x: number,
  y: number,
  z: number,
  at: readonly [number, number, number] = [0, 0, 0],
): Matrix {
  return [x, 0, 0, 0, 0, y, 0, 0, 0, 0, z, 0, at[0], at[1], at[2], 1];
}

/** A grid filled by a function of the voxel's index. */
export function gridOf(
  dims: readonly [number, number, number],
  mmFromIndex: Matrix,
  value: (i: number, j: number, k: number) => number,
  kind: 'int16' | 'float32' = 'int16',
): GridSpec {
  const count = dims[0] * dims[1] * dims[2];
  const voxels =
    kind === 'int16'
      ? new Int16Array(new SharedArrayBuffer(2 * count))
      : new Float32Array(new SharedArrayBuffer(4 * count));
  let at = 0;
  for (let k = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++) voxels[at++] = value(i, j, k);
  return { voxels, dims, mmFromIndex, paddingValue: null };
}

/** Light alike from all sides: what is seen is colour and extinction alone. */
export function plainLook(
  valueMin: number,
  valueMax: number,
  entry: (value: number) => readonly [number, number, number, number],
  entries = 2048,
): LookSpec {
  const table = new Float32Array(4 * entries);
  for (let i = 0; i < entries; i++)
    table.set(entry(valueMin + (i * (valueMax - valueMin)) / (entries - 1)), 4 * i);
  return { mode: 'shaded', valueMin, valueMax, table, ambient: 1, diffuse: 0, specular: 0, specularPower: 1 };
}

/** An eye at a place in mm that looks along +z of the grid's mm, +y up (so +x lies to its left). */
export function eyeAlongZ(atMm: readonly [number, number, number], tangent: number): EyeSpec {
  const k = 0.001;
  return {
    eyeFromMm: [-k, 0, 0, 0, 0, k, 0, 0, 0, 0, -k, 0, k * atMm[0], -k * atMm[1], k * atMm[2], 1],
    tangents: { left: tangent, right: tangent, up: tangent, down: tangent },
  };
}

/** Seeded numbers in 0..1 (mulberry32). */
export function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Noise with a few bright balls in it: something to leap around. */
export function balls(dims: readonly [number, number, number], seed = 3): GridSpec {
  const random = seeded(seed);
  const centres = Array.from({ length: 9 }, () => dims.map((n) => random() * n));
  return gridOf(dims, diagonal(0.8, 0.9, 1.3), (i, j, k) => {
    const near = Math.min(...centres.map(([x, y, z]) => Math.hypot(i - x!, j - y!, k - z!)));
    return Math.round(near < 4.5 ? 700 - 60 * near + 40 * random() : -900 + 60 * random());
  });
}

/** A look for `balls`: nothing below 100, then ever denser; shaded. */
export const ballLook: LookSpec = {
  ...plainLook(-1000, 1000, (v) => [0.5 + v / 2000, 0.4, 0.5, v < 100 ? 0 : (v - 100) / 800]),
  ambient: 0.2,
  diffuse: 0.7,
  specular: 0.2,
  specularPower: 20,
};

/** An eye in front of a grid of those dims and spacings, turned so that no axis is special. */
export function obliqueEye(spec: GridSpec): EyeSpec {
  const m = spec.mmFromIndex;
  const c = spec.dims.map((n, a) => ((n - 1) / 2) * m[5 * a]!);
  const [sin, cos] = [Math.sin(0.5), Math.cos(0.5)];
  const k = 0.001;
  // Rows: right, up, back; a turn about y after a turn about x.
  const rows = [
    [cos, 0, sin],
    [sin * sin, cos, -sin * cos],
    [-sin * cos, sin, cos * cos],
  ];
  const move = rows.map((r) => -k * (r[0]! * c[0]! + r[1]! * c[1]! + r[2]! * c[2]!));
  const distance = 0.2;
  return {
    eyeFromMm: [
      ...[0, 1, 2].flatMap((column) => [...rows.map((r) => k * r[column]!), 0]),
      move[0]!,
      move[1]!,
      move[2]! - distance,
      1,
    ],
    tangents: { left: 0.25, right: 0.25, up: 0.25, down: 0.25 },
  };
}

/** A picture of one eye of 160 x 160 with its grids below it. */
export const smallPicture = (): PictureTarget => ({
  planes: new Uint8Array((160 * 256 * 3) / 2),
  width: 160,
  height: 256,
  eyes: [square(0, 0, 160)],
  depth: [square(0, 160, 64)],
  confidence: [square(64, 160, 32)],
  coverage: [square(96, 160, 64)],
  cells: 64,
  nearM: 0.05,
  farM: 10,
  confidenceFullPerM: 2,
});

/** A part of a picture, `side` pixels each way. */
export const square = (x: number, y: number, side: number): Box => ({ x, y, width: side, height: side });
