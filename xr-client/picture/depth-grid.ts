/**
 * The coarse depth of one eye, from the codes in the picture to one inverse depth per corner of a 64 x 64 mesh.
 * Where the confidence says that a ray met tissue at many depths, its depth is taken from a wider neighbourhood:
 * one depth cannot warp a translucent ray exactly, and a rough mesh would tear what a smooth one only bends.
 */
import {
  CONFIDENCE_FULL_PER_M,
  GRID_CELLS,
  inverseDepthFromCode,
  type PictureLayout,
  type Rect,
} from '../../shared/protocol/picture.ts';
import { COVERAGE_NOISE, GRID_CORNERS } from './covered-cells.ts';

/** Where an eye shows nothing at all, any depth will do: arm's length. */
const EMPTY_INVERSE_DEPTH = 1;

/** Mean luma code of each cell, row by row from the top: 64 x 64. In a small picture cells share a pixel. */
export function cellMeans(luma: Uint8Array, stride: number, box: Rect, out: Float32Array): Float32Array {
  const side = box.width / GRID_CELLS;
  // Sides are powers of two: a cell has whole pixels, or is a part of one.
  const pixels = Math.max(1, side);
  const share = 1 / (pixels * pixels);
  for (let row = 0; row < GRID_CELLS; row++) {
    const top = (box.y + Math.floor(row * side)) * stride + box.x;
    for (let column = 0; column < GRID_CELLS; column++) {
      let sum = 0;
      let start = top + Math.floor(column * side);
      for (let y = 0; y < pixels; y++, start += stride)
        for (let x = start; x < start + pixels; x++) sum += luma[x]!;
      out[row * GRID_CELLS + column] = sum * share;
    }
  }
  return out;
}

export interface GridScratch {
  readonly depth: Float32Array;
  readonly confidence: Float32Array;
  readonly weight: Float32Array;
}

export const createGridScratch = (): GridScratch => ({
  depth: new Float32Array(GRID_CELLS * GRID_CELLS),
  confidence: new Float32Array(GRID_CELLS * GRID_CELLS),
  weight: new Float32Array(GRID_CELLS * GRID_CELLS),
});

/** A cell counts by how much it shows; an empty one carries its neighbours' guess, and hardly counts at all. */
const EMPTY_WEIGHT = 0.01;

/**
 * Inverse depths (1/m) at the corners of one eye's mesh, row by row from the top: 65 x 65, written to `out` where
 * `wanted` is 1. `luma` is the decoded luma plane, `stride` bytes a row.
 */
export function readDepthGrid(
  luma: Uint8Array,
  stride: number,
  layout: PictureLayout,
  eye: 0 | 1,
  wanted: Uint8Array,
  out: Float32Array,
  scratch: GridScratch,
): void {
  const depth = cellMeans(luma, stride, layout.depth[eye], scratch.depth);
  const confidence = cellMeans(luma, stride, layout.confidence[eye], scratch.confidence);
  const weight = cellMeans(luma, stride, layout.coverage[eye], scratch.weight);
  for (let i = 0; i < depth.length; i++) {
    weight[i] = Math.max(EMPTY_WEIGHT, (weight[i]! - COVERAGE_NOISE) / (255 - COVERAGE_NOISE));
    // Codes near 0 are "the whole eye is empty", blurred by the codec.
    depth[i] = depth[i]! < 0.5 ? 0 : inverseDepthFromCode(Math.max(1, depth[i]!));
    confidence[i] = (confidence[i]! / 255) ** 2 * CONFIDENCE_FULL_PER_M;
  }
  for (let row = 0; row < GRID_CORNERS; row++)
    for (let column = 0; column < GRID_CORNERS; column++)
      if (wanted[row * GRID_CORNERS + column])
        out[row * GRID_CORNERS + column] = cornerOf(scratch, row, column);
}

/** The four cells around a corner count fully, the ring of twelve around them as far as the four are uncertain. */
function cornerOf({ depth, confidence, weight }: GridScratch, row: number, column: number): number {
  let near = 0;
  let nearWeight = 0;
  let wide = 0;
  let wideWeight = 0;
  let spread = 0;
  for (let dy = -2; dy < 2; dy++) {
    const y = Math.min(GRID_CELLS - 1, Math.max(0, row + dy));
    for (let dx = -2; dx < 2; dx++) {
      const x = Math.min(GRID_CELLS - 1, Math.max(0, column + dx));
      const cell = y * GRID_CELLS + x;
      const value = depth[cell]!;
      if (value === 0) continue;
      const w = weight[cell]!;
      wide += w * value;
      wideWeight += w;
      if (dx < -1 || dx > 0 || dy < -1 || dy > 0) continue;
      near += w * value;
      nearWeight += w;
      spread += w * confidence[cell]!;
    }
  }
  if (wideWeight === 0) return EMPTY_INVERSE_DEPTH;
  if (nearWeight === 0) return wide / wideWeight;
  // Half smoothed where the spread is 0.15 per metre: 5 cm of tissue at 0.6 m.
  const mean = spread / nearWeight;
  const smoothing = mean / (mean + 0.15);
  return (near / nearWeight) * (1 - smoothing) + (wide / wideWeight) * smoothing;
}
