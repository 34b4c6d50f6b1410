/** Which part of a picture a frame fills: the governor's share of each eye's slot, in whole macroblocks. */
import type { PictureTarget } from '../../native/types.ts';
import {
  CONFIDENCE_FULL_PER_M,
  DEPTH_FAR_M,
  DEPTH_NEAR_M,
  GRID_CELLS,
  type PictureLayout,
  type Rect,
} from '../../shared/protocol/picture.ts';

/** `share` of a side, rounded to whole macroblocks of 16 px, at least one. */
export function renderedSide(side: number, share: number): number {
  return Math.min(side, Math.max(16, Math.round((side * share) / 16) * 16));
}

/** A mono frame is one eye over both slots. */
export function pictureTarget(
  layout: PictureLayout,
  planes: Uint8Array,
  mono: boolean,
  resolution: number,
): PictureTarget {
  const slots: readonly Rect[] = mono
    ? [{ x: 0, y: 0, width: layout.width, height: layout.eyeHeight }]
    : layout.eyes;
  const eyes = slots.map(({ x, y, width, height }) => ({
    x,
    y,
    width: renderedSide(width, resolution),
    height: renderedSide(height, resolution),
  }));
  const { depth, confidence, coverage } = layout;
  return {
    planes,
    width: layout.width,
    height: layout.height,
    eyes,
    depth,
    confidence,
    coverage,
    cells: GRID_CELLS,
    nearM: DEPTH_NEAR_M,
    farM: DEPTH_FAR_M,
    confidenceFullPerM: CONFIDENCE_FULL_PER_M,
  };
}
