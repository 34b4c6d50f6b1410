/**
 * Which cells of the picture show anything. Most of a view is empty, and an empty cell costs as much to draw as a full
 * one: only what shows something, and a ring of cells around it, is drawn.
 */
import { GRID_CELLS, type Rect } from '../../shared/protocol/picture.ts';

/** The codec's noise around nothing: up to this code a place is empty. */
export const COVERAGE_NOISE = 6;

/** Corners along one side. */
export const GRID_CORNERS = GRID_CELLS + 1;
/** Indices of two triangles for every cell. */
export const MOST_INDICES = GRID_CELLS * GRID_CELLS * 6;

const CELLS = GRID_CELLS * GRID_CELLS;

export interface CoveredCells {
  /** 1 where a cell is drawn, row by row from the top. */
  readonly drawn: Uint8Array;
  /** Triangles of the drawn cells; the first `count` count. */
  readonly indices: Uint16Array;
  readonly count: number;
  /** Reads the coverage of one or both eyes; true when other cells than before are drawn now. */
  read(luma: Uint8Array, stride: number, coverage: readonly Rect[]): boolean;
}

export function createCoveredCells(): CoveredCells {
  const seen = new Uint8Array(CELLS);
  const drawn = new Uint8Array(CELLS);
  const indices = new Uint16Array(MOST_INDICES);
  let count = 0;
  return {
    drawn,
    indices,
    get count() {
      return count;
    },
    read: (luma, stride, coverage) => {
      seen.fill(0);
      for (const box of coverage) markSeen(luma, stride, box, seen);
      if (!widen(seen, drawn)) return false;
      count = writeIndices(drawn, indices);
      return true;
    },
  };
}

/** Sets 1 in the cells that hold any code above the codec's noise. */
function markSeen(luma: Uint8Array, stride: number, box: Rect, seen: Uint8Array): void {
  const side = box.width / GRID_CELLS;
  for (let y = 0; y < box.height; y++) {
    const row = Math.floor(y / side) * GRID_CELLS;
    const start = (box.y + y) * stride + box.x;
    for (let x = 0; x < box.width; x++)
      if (luma[start + x]! > COVERAGE_NOISE) seen[row + Math.floor(x / side)] = 1;
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

function writeIndices(drawn: Uint8Array, indices: Uint16Array): number {
  let count = 0;
  for (let cell = 0; cell < CELLS; cell++) {
    if (!drawn[cell]) continue;
    const corner = cell + Math.floor(cell / GRID_CELLS);
    const below = corner + GRID_CORNERS;
    indices[count++] = corner;
    indices[count++] = below;
    indices[count++] = corner + 1;
    indices[count++] = corner + 1;
    indices[count++] = below;
    indices[count++] = below + 1;
  }
  return count;
}
