/** Memory of a planned volume while it is being filled: one shared buffer for all phases, and what is in it so far. */
import type { Phase, Problem, VoxelArray, Volume } from '../../shared/volume.ts';
import { allocateVoxels } from '../../native/index.ts';
import type { PlannedVolume, Slot } from './plan.ts';

export interface Canvas {
  readonly plan: PlannedVolume;
  readonly float: boolean;
  /** All phases one after the other, as stored (before a tilt is taken out). */
  readonly voxels: VoxelArray;
  /** For each phase, for each stored row: the SOP Instance UID of the slice that lies there; '' where none does. */
  readonly filled: readonly string[][];
  min: number;
  max: number;
}

export const sliceVoxels = (plan: PlannedVolume): number =>
  plan.stack.storedDims[0] * plan.stack.storedDims[1];
export const phaseVoxels = (plan: PlannedVolume): number => sliceVoxels(plan) * plan.stack.storedDims[2];

/** Memory for a volume. Throws RangeError where the machine cannot give so much. */
export function openCanvas(plan: PlannedVolume, float: boolean): Canvas {
  const voxels = phaseVoxels(plan) * plan.phases.length;
  return {
    plan,
    float,
    voxels: allocateVoxels(float ? 'float32' : 'int16', voxels),
    filled: plan.phases.map(() => Array.from({ length: plan.stack.storedDims[2] }, () => '')),
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
}

/** Where the slot's voxels begin in `canvas.voxels`. */
export const offsetOf = (plan: PlannedVolume, phase: number, slot: Slot): number =>
  phase * phaseVoxels(plan) + slot.row * sliceVoxels(plan);

/** A value that no voxel has, to stand where there is no slice; the file's own padding where it names one. */
export function fillValueOf(canvas: Canvas): number {
  const padding = canvas.plan.paddingValue;
  if (padding !== null && (canvas.float || (Number.isInteger(padding) && Math.abs(padding) <= 32_767)))
    return padding;
  if (canvas.float) return Math.floor(canvas.min) - 1;
  return canvas.min > -32_768 ? canvas.min - 1 : Math.min(32_767, canvas.max + 1);
}

/** A range of padding values becomes one: whoever draws or measures knows a single value. */
export function padRange(
  { plan, voxels }: Canvas,
  offset: number,
  [least, most]: readonly [number, number],
  paddingValue: number,
): void {
  const end = offset + sliceVoxels(plan);
  for (let i = offset; i < end; i++) {
    const value = voxels[i]!;
    if (value >= least && value <= most) voxels[i] = paddingValue;
  }
}

const runs = (rows: readonly number[]): (readonly [number, number])[] => {
  const found: [number, number][] = [];
  for (const row of rows) {
    const last = found.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else found.push([row, row]);
  }
  return found;
};

/** Puts the fill value into every row without a slice. Returns the rows that some phase lacks. */
export function fillHoles(canvas: Canvas, fill: number): (readonly [number, number])[] {
  const size = sliceVoxels(canvas.plan);
  const lacking = new Set<number>();
  canvas.filled.forEach((rows, phase) =>
    rows.forEach((there, row) => {
      if (there) return;
      lacking.add(row);
      const at = phase * phaseVoxels(canvas.plan) + row * size;
      canvas.voxels.fill(fill, at, at + size);
    }),
  );
  return runs([...lacking].sort((a, b) => a - b));
}

/** Rows of the shown grid that lie beside an unread stored row. */
export function shownHoles(
  plan: PlannedVolume,
  stored: readonly (readonly [number, number])[],
): (readonly [number, number])[] {
  if (!plan.stack.resampled) return [...stored];
  const { storedPositionsMm: at } = plan.stack;
  const step = plan.spacingMm[2];
  const last = plan.dims[2] - 1;
  const shown = stored.map(([a, b]) => {
    const from = a === 0 ? 0 : Math.floor(at[a - 1]! / step + 1e-6) + 1;
    const to = b === at.length - 1 ? last : Math.ceil(at[b + 1]! / step - 1e-6) - 1;
    return [from, to] as const;
  });
  const rows = new Set<number>();
  for (const [a, b] of [...plan.stack.holes, ...shown]) for (let row = a; row <= b; row++) rows.add(row);
  return runs([...rows].sort((a, b) => a - b));
}

/** The volume that everybody shares, over the voxels of its phases. */
export function toVolume(
  { plan, filled }: Pick<Canvas, 'plan' | 'filled'>,
  uids: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string },
  phases: readonly VoxelArray[],
  rest: {
    readonly paddingValue: number | null;
    readonly holes: Volume['holes'];
    readonly problems: readonly Problem[];
  },
): Volume {
  return {
    id: plan.id,
    ...uids,
    frameOfReferenceUid: plan.frameOfReferenceUid,
    modality: plan.modality,
    dims: plan.dims,
    lpsFromIndex: plan.lpsFromIndex,
    spacingMm: plan.spacingMm,
    unit: plan.unit,
    phases: plan.phases.map(({ timeMs }, i): Phase => ({
      timeMs,
      voxels: phases[i]!,
      sopInstanceUids: [...new Set(filled[i]!.filter(Boolean))],
    })),
    window: plan.window,
    slicePositionsMm: plan.stack.slicePositionsMm,
    ...rest,
  };
}
