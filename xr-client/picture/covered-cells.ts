/**
 * Which cells of the picture show anything. Most of a view is empty, and an empty cell costs as much to draw as a full
 * one: only what shows something, and a ring of cells around it, is drawn.
 */
import { GRID_CELLS, type Rect } from '../../shared/protocol/picture.ts';

/** The codec's noise around nothing: up to this code a place is empty. */
export const COVERAGE_NOISE = 6;

/** Corners along one side. */
export const GRID_CORNERS = GRID_CELLS + 1;
/** Indices of two triangles for every cell, and for every second cell of each row: no row has more spans. */
export const MOST_INDICES = GRID_CELLS * GRID_CELLS * 6;
export const MOST_SPAN_INDICES = MOST_INDICES / 2;
/** Indices where every two by two cells are one. */
export const MOST_COARSE_INDICES = MOST_INDICES / 4;

const CELLS = GRID_CELLS * GRID_CELLS;

export interface CoveredCells {
  /** 1 where a cell is drawn, row by row from the top. */
  readonly drawn: Uint8Array;
  /** 1 where a corner belongs to any of the triangles below, row by row from the top. */
  readonly corners: Uint8Array;
  /** Triangles of the drawn cells: what bends. A view: good until the next `read`. */
  readonly triangles: Uint16Array;
  /** The same ground, and a little more, bent between every second corner: for who draws few pixels. */
  readonly coarse: Uint16Array;
  /** The same ground in as few triangles as rows allow: what stays flat. */
  readonly spans: Uint16Array;
  /** Reads the coverage of one or both eyes; true when other cells than before are drawn now. */
  read(luma: Uint8Array, stride: number, coverage: readonly Rect[]): boolean;
}

export function createCoveredCells(): CoveredCells {
  const seen = new Uint8Array(CELLS);
  const drawn = new Uint8Array(CELLS);
  const corners = new Uint8Array(GRID_CORNERS * GRID_CORNERS);
  const allTriangles = new Uint16Array(MOST_INDICES);
  const allCoarse = new Uint16Array(MOST_COARSE_INDICES);
  const allSpans = new Uint16Array(MOST_SPAN_INDICES);
  let triangles = allTriangles.subarray(0, 0);
  let coarse = allCoarse.subarray(0, 0);
  let spans = allSpans.subarray(0, 0);
  return {
    drawn,
    corners,
    get triangles() {
      return triangles;
    },
    get coarse() {
      return coarse;
    },
    get spans() {
      return spans;
    },
    read: (luma, stride, coverage) => {
      seen.fill(0);
      for (const box of coverage) markSeen(luma, stride, box, seen);
      if (!widen(seen, drawn)) return false;
      triangles = allTriangles.subarray(0, writeRuns(drawn, 1, allTriangles));
      coarse = allCoarse.subarray(0, writeBlocks(drawn, allCoarse));
      spans = allSpans.subarray(0, writeRuns(drawn, GRID_CELLS, allSpans));
      corners.fill(0);
      for (const corner of triangles) corners[corner] = 1;
      for (const corner of coarse) corners[corner] = 1;
      return true;
    },
  };
}

/** Sets 1 in the cells that hold any code above the codec's noise. */
function markSeen(luma: Uint8Array, stride: number, box: Rect, seen: Uint8Array): void {
  const side = box.width / GRID_CELLS;
  for (let y = 0; y < box.height; y++) {
    const row = Math.floor(y / side) * GRID_CELLS;
    let at = (box.y + y) * stride + box.x;
    for (let cell = row; cell < row + GRID_CELLS; cell++)
      for (const end = at + side; at < end; at++) if (luma[at]! > COVERAGE_NOISE) seen[cell] = 1;
  }
}

/**
 * With their eight neighbours: coverage is coarser than the picture and read between its samples, so an edge reaches
 * a little into the cell beside it. Returns whether `drawn` changed.
 */
function widen(seen: Uint8Array, drawn: Uint8Array): boolean {
  let changed = false;
  const last = GRID_CELLS - 1;
  for (let row = 0; row < GRID_CELLS; row++)
    for (let column = 0; column < GRID_CELLS; column++) {
      let any = 0;
      for (let y = Math.max(0, row - 1); y <= Math.min(last, row + 1); y++)
        for (let x = Math.max(0, column - 1); x <= Math.min(last, column + 1); x++)
          any |= seen[y * GRID_CELLS + x]!;
      const cell = row * GRID_CELLS + column;
      if (drawn[cell] === any) continue;
      drawn[cell] = any;
      changed = true;
    }
  return changed;
}

/** Two triangles for every two by two cells of which any is drawn. */
function writeBlocks(drawn: Uint8Array, indices: Uint16Array): number {
  let count = 0;
  for (let row = 0; row < GRID_CELLS; row += 2)
    for (let column = 0; column < GRID_CELLS; column += 2) {
      const cell = row * GRID_CELLS + column;
      const below = cell + GRID_CELLS;
      if (!(drawn[cell] || drawn[cell + 1] || drawn[below] || drawn[below + 1])) continue;
      count = writeQuad(indices, count, row * GRID_CORNERS + column, 2, 2);
    }
  return count;
}

/** Counter-clockwise from its upper left corner, `wide` by `high` cells. Answers with the count after it. */
function writeQuad(indices: Uint16Array, at: number, corner: number, wide: number, high: number): number {
  const under = corner + high * GRID_CORNERS;
  indices.set([corner, under, corner + wide, corner + wide, under, under + wide], at);
  return at + 6;
}

/** Two triangles for every run of drawn cells in a row, `longest` cells at most. Answers with the count of indices. */
function writeRuns(drawn: Uint8Array, longest: number, indices: Uint16Array): number {
  let count = 0;
  for (let row = 0; row < GRID_CELLS; row++) {
    for (let column = 0; column < GRID_CELLS;) {
      let end = column;
      while (end < GRID_CELLS && end - column < longest && drawn[row * GRID_CELLS + end]) end++;
      if (end === column) {
        column++;
        continue;
      }
      count = writeQuad(indices, count, row * GRID_CORNERS + column, end - column, 1);
      column = end;
    }
  }
  return count;
}
