/** Takes gantry tilt and uneven distances out: stored slices onto the true grid of the plan. */
import { allocateVoxels, resample } from '../../native/index.ts';
import { add, scale } from '../../shared/geometry/index.ts';
import type { Mat4, Vec3 } from '../../shared/geometry/index.ts';
import type { VoxelArray } from '../../shared/volume.ts';
import { phaseVoxels } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import type { StackGeometry } from './stack.ts';

/** LPS from (column, row, mm along the normal) of the stored slices: sheared where the gantry was tilted. */
export function storedFromHeight(stack: StackGeometry, firstPosition: Vec3): Mat4 {
  const m = stack.lpsFromIndex;
  const column = (i: number): Vec3 => [m[4 * i]!, m[4 * i + 1]!, m[4 * i + 2]!];
  const unit = (v: Vec3): Vec3 => scale(v, 1 / Math.hypot(...v));
  const [i, j, k] = [column(0), column(1), column(2)];
  const lean = add(scale(unit(i), stack.shearPerMm[0]), scale(unit(j), stack.shearPerMm[1]));
  return [...i, 0, ...j, 0, ...add(unit(k), lean), 0, ...firstPosition, 1];
}

/**
 * Resamples each phase of the canvas onto `plan.dims`; outside, and where there was padding, is `fill`. Returns one
 * array for each phase. i and j keep rows, columns and pixel spacing (whole ones are added, so nothing is cut).
 */
export async function straighten(canvas: Canvas, fill: number, signal?: AbortSignal): Promise<VoxelArray[]> {
  const { plan } = canvas;
  const { stack } = plan;
  const size = plan.dims[0] * plan.dims[1] * plan.dims[2];
  const all = allocateVoxels(canvas.float ? 'float32' : 'int16', size * plan.phases.length);
  const mmFromIndex = storedFromHeight(stack, firstPosition(canvas));
  // Native wants places along the source's k axis, which leans where the gantry did.
  const lean = Math.hypot(1, ...stack.shearPerMm);
  const sourcePositionsMm = Float64Array.from(stack.storedPositionsMm, (height) => height * lean);
  const out: VoxelArray[] = [];
  for (let phase = 0; phase < plan.phases.length; phase++) {
    const voxels = all.subarray(phase * size, (phase + 1) * size);
    await resample(
      {
        voxels: canvas.voxels.subarray(phase * phaseVoxels(plan), (phase + 1) * phaseVoxels(plan)),
        dims: stack.storedDims,
        mmFromIndex,
        paddingValue: fill,
      },
      { dims: plan.dims, mmFromIndex: plan.lpsFromIndex, voxels },
      { fill, sourcePositionsMm, signal },
    );
    out.push(voxels);
  }
  return out;
}

/** The place of the lowest slice: phases may lack it, the stack does not. */
function firstPosition({ plan }: Canvas): Vec3 {
  const slots = plan.phases.flatMap((phase) => phase.slots);
  return slots.reduce((a, b) => (b.row < a.row ? b : a)).plane.positionMm;
}
