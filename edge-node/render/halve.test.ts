import { describe, expect, test } from 'vitest';
import type { GridSpec } from '../../native/types.ts';
import { transformPoint } from '../../shared/geometry/mat4.ts';
import { halveGrid, shortestEdgeMm } from './halve.ts';

/** Turned and moved, so that no axis of the grid is one of the patient's. */
const column = (x: number, y: number, z: number, w: number): number[] => [x, y, z, w];
const turned = (x: number, y: number, z: number): number[] =>
  [
    column(0.8 * x, 0.6 * x, 0, 0),
    column(-0.6 * y, 0.8 * y, 0, 0),
    column(0, 0, z, 0),
    column(10, -20, 30, 1),
  ].flat();

function gridOf(
  dims: readonly [number, number, number],
  mmFromIndex: readonly number[],
  value: (i: number, j: number, k: number) => number,
  rest: Partial<GridSpec> = {},
): GridSpec {
  const voxels = new Float32Array(new SharedArrayBuffer(4 * dims[0] * dims[1] * dims[2]));
  let at = 0;
  for (let k = 0; k < dims[2]; k++)
    for (let j = 0; j < dims[1]; j++) for (let i = 0; i < dims[0]; i++) voxels[at++] = value(i, j, k);
  return { voxels, dims, mmFromIndex, paddingValue: null, ...rest };
}
const at = (grid: GridSpec, i: number, j: number, k: number): number =>
  grid.voxels[(k * grid.dims[1] + j) * grid.dims[0] + i]!;

describe('halveGrid', () => {
  test.each([
    [
      [16, 12, 10],
      [8, 6, 5],
    ],
    [
      [17, 13, 9],
      [9, 7, 5],
    ],
  ] as const)('%o voxels: values that rise along all axes stay at their places', async (dims, halved) => {
    // A different slope along each axis: a swap or a shift would show.
    const mm = turned(0.7, 0.7, 0.9);
    const half = await halveGrid(gridOf(dims, mm, (i, j, k) => 3 * i + 50 * j - 700 * k));
    expect(half.dims).toEqual(halved);
    const step = halved.map((n, axis) => dims[axis]! / n);
    for (const [i, j, k] of [
      [0, 0, 0],
      [3, 2, 1],
      [halved[0] - 1, halved[1] - 1, halved[2] - 1],
    ] as const) {
      const source = [i, j, k].map((n, axis) => n * step[axis]! + (step[axis]! - 1) / 2);
      expect(at(half, i, j, k)).toBeCloseTo(3 * source[0]! + 50 * source[1]! - 700 * source[2]!, 1);
      const place = transformPoint(half.mmFromIndex as never, [i, j, k]);
      transformPoint(mm as never, source as never).forEach((v, axis) =>
        expect(place[axis]!).toBeCloseTo(v, 9),
      );
    }
  });
  test('an even grid: each voxel is the mean of the eight that it stands for', async () => {
    const grid = gridOf(
      [8, 8, 8],
      turned(1, 1, 1),
      (i, j, k) => ((i * 7919 + j * 104729 + k * 1299709) % 1000) - 500,
    );
    const half = await halveGrid(grid);
    let sum = 0;
    for (const k of [4, 5]) for (const j of [2, 3]) for (const i of [6, 7]) sum += at(grid, i, j, k);
    expect(at(half, 3, 1, 2)).toBeCloseTo(sum / 8, 3);
  });
  test('long voxels and single slices stay', async () => {
    const half = await halveGrid(gridOf([16, 16, 6], turned(0.7, 0.7, 5), () => 1));
    expect(half.dims).toEqual([8, 8, 6]);
    expect(shortestEdgeMm(half.mmFromIndex)).toBeCloseTo(1.4, 9);
    expect((await halveGrid(gridOf([16, 16, 1], turned(1, 1, 1), () => 1))).dims).toEqual([8, 8, 1]);
  });
  test('padding is not blended, and no hole is filled', async () => {
    const grid = gridOf([8, 8, 16], turned(1, 1, 1), (i, _, k) => (i < 4 || k === 7 ? -2000 : 100), {
      paddingValue: -2000,
      holes: [[7, 7]],
    });
    const half = await halveGrid(grid);
    expect(new Set(half.voxels)).toEqual(new Set([-2000, 100]));
    expect(half.paddingValue).toBe(-2000);
    expect(half.holes).toEqual([[3, 3]]);
  });
});
