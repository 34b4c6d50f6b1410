/**
 * Parallel planes to a grid: order along the normal, evenness, gaps, shear. Geometry alone decides; slice numbers,
 * SliceLocation and the tilt tag never do (their signs and meanings differ between makers).
 */
import { dot, scale, subtract } from '../../shared/geometry/index.ts';
import type { Mat4, Vec3 } from '../../shared/geometry/index.ts';
import type { Dims, Problem } from '../../shared/volume.ts';
import type { Plane } from './plane.ts';

/** Two planes closer than this along the normal are at one position. */
export const SAME_POSITION_MM = 0.01;
/** More shear than this for each step is a tilt, and so is any that shifts the last slice by half a pixel. */
const SHEAR_MM_PER_STEP = 0.01;
/** Less than this is rounding of written positions. */
const ROUNDING_MM = 0.05;
/** An uneven stack is not sampled finer than this many rows, nor finer than half a pixel. */
const MOST_ROWS = 2048;
/** A gap of m steps is m - 1 missing slices where it lies this near to m times the step. */
const MULTIPLE_TOLERANCE = 0.05;
/** In an uneven stack a gap that is this many times the usual one is no slice distance but a hole. */
const HOLE_GAPS = 3;

export interface StackGeometry {
  /** Grid of the slices as stored: dims[2] rows along k, some of which may be holes. */
  readonly storedDims: Dims;
  /** Row along k of each of the positions given, in ascending order of position. */
  readonly rowOfPosition: readonly number[];
  /** Positions of the stored rows along the normal in mm, from the first slice. */
  readonly storedPositionsMm: readonly number[];
  /** In-plane shift for one mm along the normal: [along the row, along the column]; zeros without a tilt. */
  readonly shearPerMm: readonly [number, number];
  /** The grid that is shown: as stored, or the true one that the stored rows are resampled onto. */
  readonly dims: Dims;
  readonly lpsFromIndex: Mat4;
  readonly resampled: boolean;
  /** Where the slices really lay along k, mm from row 0 of `dims`; null for an even stack as stored. */
  readonly slicePositionsMm: readonly number[] | null;
  readonly holes: readonly (readonly [number, number])[];
  readonly problems: readonly Problem[];
}

const mm = (value: number): string => `${Number(value.toFixed(2))} mm`;
const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`;

/** Unit normal of a plane: right-handed, row direction x column direction. */
export function normalOf(plane: Plane): Vec3 {
  const [a, b] = [plane.alongRow, plane.alongColumn];
  return [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
}

/** Millimetres along the normal: the one order of slices. */
export const heightOf = (plane: Plane, normal: Vec3): number => dot(plane.positionMm, normal);

/** lpsFromIndex of an orthogonal or sheared grid: column vectors per index, origin at index 0. */
function gridMatrix(alongI: Vec3, alongJ: Vec3, alongK: Vec3, origin: Vec3): Mat4 {
  return [...alongI, 0, ...alongJ, 0, ...alongK, 0, ...origin, 1];
}

/** The commonest gap: the middle of the largest group of gaps within 1 % or 0.01 mm; the smaller wins a tie. */
export function usualGap(gaps: readonly number[]): number {
  const sorted = [...gaps].sort((a, b) => a - b);
  let best = { size: 0, gap: sorted[0] ?? 0 };
  for (let from = 0; from < sorted.length;) {
    let to = from;
    while (to < sorted.length && sorted[to]! - sorted[from]! <= tolerance(sorted[from]!)) to++;
    if (to - from > best.size) best = { size: to - from, gap: sorted[(from + to - 1) >> 1]! };
    from = to;
  }
  return best.gap;
}

const tolerance = (gap: number): number => Math.max(0.01 * gap, 0.01);

type Spacing =
  | { readonly kind: 'even'; readonly stepMm: number; readonly rows: readonly number[] }
  | {
      readonly kind: 'missing';
      readonly stepMm: number;
      readonly rows: readonly number[];
      readonly lost: number;
    }
  | { readonly kind: 'uneven' };

/** How the slices follow each other. `rows` is the row along k of each slice. */
export function judgeSpacing(heights: readonly number[]): Spacing {
  const gaps = heights.slice(1).map((h, i) => h - heights[i]!);
  const usual = usualGap(gaps);
  const rows = [0];
  let lost = 0;
  for (const gap of gaps) {
    const multiple = Math.max(1, Math.round(gap / usual));
    const allowed = multiple === 1 ? tolerance(usual) : MULTIPLE_TOLERANCE * usual * multiple;
    if (Math.abs(gap - multiple * usual) > allowed) return { kind: 'uneven' };
    lost += multiple - 1;
    rows.push(rows.at(-1)! + multiple);
  }
  // A slice far away from all others would make memory without bound out of nothing.
  if (rows.at(-1)! > 4 * heights.length + 256) return { kind: 'uneven' };
  const stepMm = (heights.at(-1)! - heights[0]!) / rows.at(-1)!;
  // Small deviations must not add up to a slice that lies beside its row.
  const off = heights.some((h, i) => Math.abs(h - heights[0]! - rows[i]! * stepMm) > 0.1 * stepMm);
  if (off) return { kind: 'uneven' };
  return lost === 0 ? { kind: 'even', stepMm, rows } : { kind: 'missing', stepMm, rows, lost };
}

/** In-plane drift per mm along the normal, and how far planes stray from that line. */
export function judgeShear(planes: readonly Plane[]): {
  readonly perMm: readonly [number, number];
  readonly strayMm: number;
  readonly tilted: boolean;
} {
  const [first, last] = [planes[0]!, planes.at(-1)!];
  const normal = normalOf(first);
  const drift = (p: Plane): readonly [number, number, number] => {
    const d = subtract(p.positionMm, first.positionMm);
    return [dot(d, first.alongRow), dot(d, first.alongColumn), dot(d, normal)];
  };
  const [u, v, h] = drift(last);
  if (planes.length < 2 || h === 0) return { perMm: [0, 0], strayMm: 0, tilted: false };
  const perMm: readonly [number, number] = [u / h, v / h];
  let strayMm = 0;
  for (const plane of planes) {
    const [pu, pv, ph] = drift(plane);
    strayMm = Math.max(strayMm, Math.hypot(pu - perMm[0] * ph, pv - perMm[1] * ph));
  }
  const halfPixel = 0.5 * Math.min(first.columnSpacingMm, first.rowSpacingMm);
  const allowed = Math.min(SHEAR_MM_PER_STEP * (planes.length - 1), halfPixel);
  const tilted = Math.hypot(u, v) > Math.max(ROUNDING_MM, allowed);
  return { perMm: tilted ? perMm : [0, 0], strayMm, tilted };
}

/** Runs of rows without a slice. */
function runsWithout(rows: readonly number[]): (readonly [number, number])[] {
  return rows
    .slice(1)
    .map((row, i) => [rows[i]! + 1, row - 1] as const)
    .filter(([a, b]) => b >= a);
}

/** Positions of every row of a stack with holes. */
const allRows = (stepMm: number, count: number): number[] =>
  Array.from({ length: count }, (_, k) => k * stepMm);

/** The axes of a grid on the pixels of a plane, as vectors for one index. */
const pixelAxes = (plane: Plane): readonly [Vec3, Vec3] => [
  scale(plane.alongRow, plane.columnSpacingMm),
  scale(plane.alongColumn, plane.rowSpacingMm),
];

function singleSlice(plane: Plane): StackGeometry {
  const { thicknessMm, columns, rows, positionMm } = plane;
  const stepMm = thicknessMm ?? Math.min(plane.columnSpacingMm, plane.rowSpacingMm);
  const matrix = gridMatrix(...pixelAxes(plane), scale(normalOf(plane), stepMm), positionMm);
  const text = thicknessMm
    ? `This is one slice; its thickness of ${mm(stepMm)} stands for its depth.`
    : `This is one slice of unknown thickness; ${mm(stepMm)} is drawn.`;
  const dims: Dims = [columns, rows, 1];
  return {
    storedDims: dims,
    rowOfPosition: [0],
    storedPositionsMm: [0],
    shearPerMm: [0, 0],
    dims,
    lpsFromIndex: matrix,
    resampled: false,
    slicePositionsMm: null,
    holes: [],
    problems: [{ code: 'single-slice', text }],
  };
}

/** Distances between slices that are no multiples of one: sampled at the finest, within reason. */
function sampleUneven(
  heights: readonly number[],
  first: Plane,
): { stepMm: number; rows: number; holesMm: [number, number][]; problems: Problem[] } {
  const gaps = heights.slice(1).map((h, i) => h - heights[i]!);
  const extent = heights.at(-1)!;
  const halfPixel = 0.5 * Math.min(first.columnSpacingMm, first.rowSpacingMm);
  const finest = Math.min(...gaps);
  const stepMm = Math.max(finest, Math.min(halfPixel, Math.max(...gaps)), extent / MOST_ROWS);
  const usual = [...gaps].sort((a, b) => a - b)[gaps.length >> 1]!;
  const reach = HOLE_GAPS * Math.max(usual, first.thicknessMm ?? 0);
  const holesMm = gaps.flatMap((gap, i): [number, number][] =>
    gap > reach ? [[heights[i]!, heights[i + 1]!]] : [],
  );
  const steps = [...new Set(gaps.map((g) => g.toFixed(2)))].sort((a, b) => Number(a) - Number(b));
  const said = steps.length > 4 ? `${steps[0]} to ${steps.at(-1)}` : steps.join(', ');
  const problems: Problem[] = [
    {
      code: 'uneven-spacing',
      text: `The slices are not evenly spaced (${said} mm apart); the picture is interpolated every ${mm(stepMm)}, volumes use the real distances.`,
    },
  ];
  if (holesMm.length > 0)
    problems.push({
      code: 'missing-slices',
      text: `${count(holesMm.length, 'gap')} of up to ${mm(Math.max(...holesMm.map(([a, b]) => b - a)))} between slices ${holesMm.length === 1 ? 'is' : 'are'} drawn as a hole and must not be measured across.`,
    });
  return { stepMm, rows: Math.ceil(extent / stepMm - 1e-3) + 1, holesMm, problems };
}

/** A grid square to the slices on the pixels of the first: whole rows and columns are added, so nothing is cut. */
function straightGrid(
  first: Plane,
  reachMm: readonly [number, number],
  stepMm: number,
  rows: number,
): { readonly dims: Dims; readonly lpsFromIndex: Mat4 } {
  const whole = (end: number, size: number): number => Math.ceil(Math.max(0, end) / size - 1e-6);
  const [alongI, alongJ] = pixelAxes(first);
  const left = whole(-reachMm[0], first.columnSpacingMm);
  const top = whole(-reachMm[1], first.rowSpacingMm);
  const right = whole(reachMm[0], first.columnSpacingMm);
  const bottom = whole(reachMm[1], first.rowSpacingMm);
  const origin = subtract(subtract(first.positionMm, scale(alongI, left)), scale(alongJ, top));
  return {
    dims: [first.columns + left + right, first.rows + top + bottom, rows],
    lpsFromIndex: gridMatrix(alongI, alongJ, scale(normalOf(first), stepMm), origin),
  };
}

/**
 * The grid of parallel planes of one size, one for each position, ascending along their normal.
 * Throws RangeError on an empty list.
 */
export function stackPlanes(planes: readonly Plane[]): StackGeometry {
  const first = planes[0];
  if (!first) throw new RangeError('a stack needs a plane');
  if (planes.length === 1) return singleSlice(first);
  const normal = normalOf(first);
  const heights = planes.map((p) => heightOf(p, normal) - heightOf(first, normal));
  const shear = judgeShear(planes);
  const spacing = judgeSpacing(heights);
  const problems: Problem[] = [];
  if (spacing.kind === 'missing')
    problems.push({
      code: 'missing-slices',
      text: `${count(spacing.lost, 'slice')} of ${spacing.rows.at(-1)! + 1} ${spacing.lost === 1 ? 'is' : 'are'} missing (${mm(spacing.stepMm)} apart); the gap is drawn as a hole and must not be measured across.`,
    });
  const rowOfPosition = spacing.kind === 'uneven' ? planes.map((_, i) => i) : spacing.rows;
  const storedRows = rowOfPosition.at(-1)! + 1;
  const stored = {
    storedDims: [first.columns, first.rows, storedRows] as const,
    rowOfPosition,
    storedPositionsMm: spacing.kind === 'missing' ? allRows(spacing.stepMm, storedRows) : heights,
    shearPerMm: shear.perMm,
  };
  const gaps = runsWithout(rowOfPosition);
  if (!shear.tilted && spacing.kind !== 'uneven')
    return {
      ...stored,
      dims: stored.storedDims,
      lpsFromIndex: gridMatrix(...pixelAxes(first), scale(normal, spacing.stepMm), first.positionMm),
      resampled: false,
      slicePositionsMm: null,
      holes: gaps,
      problems,
    };

  const sampled =
    spacing.kind === 'uneven'
      ? sampleUneven(heights, first)
      : {
          stepMm: spacing.stepMm,
          rows: storedRows,
          holesMm: gaps.map(([a, b]) => [(a - 1) * spacing.stepMm, (b + 1) * spacing.stepMm] as const),
          problems: [],
        };
  const { stepMm } = sampled;
  if (shear.tilted) {
    const degrees = (Math.atan(Math.hypot(...shear.perMm)) * 180) / Math.PI;
    problems.push({
      code: 'gantry-tilt',
      text: `The slices lean by ${degrees.toFixed(1)}° (the gantry was tilted); they were resampled onto a straight grid, ${mm(stepMm)} between rows.`,
    });
  }
  const top = heights.at(-1)!;
  const holes = sampled.holesMm
    .map(([a, b]) => [Math.floor(a / stepMm + 1e-6) + 1, Math.ceil(b / stepMm - 1e-6) - 1] as const)
    .filter(([a, b]) => b >= a);
  return {
    ...stored,
    ...straightGrid(first, [top * shear.perMm[0], top * shear.perMm[1]], stepMm, sampled.rows),
    resampled: true,
    slicePositionsMm: heights,
    holes,
    problems: [...problems, ...sampled.problems],
  };
}
