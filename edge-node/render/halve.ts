/** A grid of half the resolution: what a picture of few pixels is marched through while the head moves. */
import { allocateVoxels, resample, type GridSpec } from '../../native/index.ts';
import { columnLengths, type Mat4 } from '../../shared/geometry/index.ts';

/** Axes whose voxels are longer than so many of the shortest edge stay as they are: slices 5 mm apart are rough enough. */
const LONG = 1.5;

/** Millimetres along the shortest edge of a voxel. */
export const shortestEdgeMm = (mmFromIndex: Mat4): number => Math.min(...columnLengths(mmFromIndex));

/**
 * The same box, in voxels of twice the edge: each is the mean of the (up to eight) voxels that it stands for. An odd
 * count is shared out evenly, so that no border is lost. A coarse slice beside a hole is one.
 */
export async function halveGrid(
  spec: GridSpec,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<GridSpec> {
  const { mmFromIndex } = spec;
  const edges = columnLengths(mmFromIndex);
  const longest = LONG * Math.min(...edges);
  const dims = spec.dims.map((n, axis) =>
    n >= 4 && edges[axis]! <= longest ? Math.ceil(n / 2) : n,
  ) as unknown as GridSpec['dims'];
  const steps = dims.map((n, axis) => spec.dims[axis]! / n);
  const matrix = [...mmFromIndex];
  steps.forEach((step, axis) => {
    for (let row = 0; row < 3; row++) {
      const along = mmFromIndex[4 * axis + row]!;
      matrix[4 * axis + row] = along * step;
      matrix[12 + row] = matrix[12 + row]! + (along * (step - 1)) / 2;
    }
  });
  const count = dims[0] * dims[1] * dims[2];
  const voxels = allocateVoxels(spec.voxels instanceof Float32Array ? 'float32' : 'int16', count);
  const fill = spec.paddingValue ?? 0;
  await resample(spec, { dims, mmFromIndex: matrix, voxels }, { fill, signal: options.signal });
  const touches = (slice: number): boolean => {
    const centre = slice * steps[2]! + (steps[2]! - 1) / 2;
    return (spec.holes ?? []).some(([a, b]) => Math.floor(centre) <= b && Math.ceil(centre) >= a);
  };
  const holes = Array.from({ length: dims[2] }, (_, slice) => slice)
    .filter(touches)
    .map((slice) => [slice, slice] as const);
  return { voxels, dims, mmFromIndex: matrix, paddingValue: spec.paddingValue, holes };
}
