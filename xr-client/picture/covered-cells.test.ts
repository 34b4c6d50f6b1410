import { expect, test } from 'vitest';
import type { Rect } from '../../shared/protocol/picture.ts';
import { COVERAGE_NOISE, createCoveredCells, GRID_CORNERS } from './covered-cells.ts';

const SIDE = 4;
const stride = 600;
const boxes: readonly [Rect, Rect] = [
  { x: 8, y: 16, width: 64 * SIDE, height: 64 * SIDE },
  { x: 300, y: 16, width: 64 * SIDE, height: 64 * SIDE },
];
/** Empty coverage in a plane that is full elsewhere, with one sample set in each of these cells. */
function luma(
  ...samples: readonly (readonly [box: 0 | 1, column: number, row: number, code: number])[]
): Uint8Array {
  const plane = new Uint8Array(stride * (16 + 64 * SIDE)).fill(255);
  for (const { x, y, width, height } of boxes)
    for (let row = y; row < y + height; row++)
      plane.fill(COVERAGE_NOISE, row * stride + x, row * stride + x + width);
  for (const [box, column, row, code] of samples)
    plane[(boxes[box].y + row * SIDE + SIDE - 1) * stride + boxes[box].x + column * SIDE] = code;
  return plane;
}
const list = (drawn: Uint8Array): number[] => [...drawn.keys()].filter((cell) => drawn[cell]);

test('nothing is drawn of an empty view, whatever lies beside its coverage', () => {
  const cells = createCoveredCells();
  expect(cells.read(luma(), stride, boxes)).toBe(false);
  expect([cells.triangles.length, cells.spans.length, list(cells.drawn)]).toEqual([0, 0, []]);
});

test('one sample above the noise draws its cell and the eight around it, of either eye', () => {
  const cells = createCoveredCells();
  const around = (row: number, column: number): number[] =>
    [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => (row + dy) * 64 + column + dx));
  const plane = luma([0, 10, 20, COVERAGE_NOISE + 1], [1, 40, 50, 255]);
  expect(cells.read(plane, stride, boxes)).toBe(true);
  expect(list(cells.drawn)).toEqual([...around(20, 10), ...around(50, 40)]);
  expect(cells.triangles.length).toBe(18 * 6);
  expect(cells.read(plane, stride, boxes)).toBe(false);
  // Only the eye that was rendered.
  cells.read(plane, stride, [boxes[0]]);
  expect(list(cells.drawn)).toEqual(around(20, 10));
});

test('at a corner of the view the ring ends with the view; two triangles over the cell’s own four corners', () => {
  const cells = createCoveredCells();
  cells.read(luma([0, 63, 63, 200]), stride, [boxes[0]]);
  expect(list(cells.drawn)).toEqual([62 * 64 + 62, 62 * 64 + 63, 63 * 64 + 62, 63 * 64 + 63]);
  const last = cells.triangles.subarray(-6);
  const corner = 63 * GRID_CORNERS + 63;
  expect([...new Set(last)].toSorted((a, b) => a - b)).toEqual([
    corner,
    corner + 1,
    corner + GRID_CORNERS,
    corner + GRID_CORNERS + 1,
  ]);
});

test('spans cover the same cells, row by row, and no other', () => {
  const cells = createCoveredCells();
  const samples = [5, 6, 7, 30, 31, 60].map((column, index) => [0, column, 3 * index, 99] as const);
  cells.read(luma(...samples, [0, 0, 0, 99], [0, 63, 63, 99]), stride, boxes);
  const under = new Uint8Array(64 * 64);
  for (let at = 0; at < cells.spans.length; at += 6) {
    const [left, , right] = cells.spans.subarray(at, at + 3);
    const row = Math.floor(left! / GRID_CORNERS);
    for (let corner = left!; corner < right!; corner++) under[row * 64 + (corner % GRID_CORNERS)]!++;
  }
  expect(under).toEqual(cells.drawn);
  expect(cells.spans.length).toBeLessThan(cells.triangles.length / 2);
});

test('coarse: every two by two cells of which any is drawn, once', () => {
  const cells = createCoveredCells();
  cells.read(luma([0, 10, 20, 99], [0, 0, 63, 99]), stride, [boxes[0]]);
  const under = new Uint8Array(64 * 64);
  for (let at = 0; at < cells.coarse.length; at += 6) {
    const [corner, below, right] = cells.coarse.subarray(at, at + 3);
    expect([below! - corner!, right! - corner!]).toEqual([2 * GRID_CORNERS, 2]);
    const [row, column] = [Math.floor(corner! / GRID_CORNERS), corner! % GRID_CORNERS];
    for (const dy of [0, 1]) for (const dx of [0, 1]) under[(row + dy) * 64 + column + dx]!++;
  }
  const wanted = cells.drawn.map((_, cell) => {
    const first = cell - (cell % 2) - (Math.floor(cell / 64) % 2) * 64;
    return [0, 1, 64, 65].some((step) => cells.drawn[first + step]) ? 1 : 0;
  });
  expect(under).toEqual(wanted);
});

test('the corners are those of the triangles, fine and coarse, and no others', () => {
  const cells = createCoveredCells();
  cells.read(luma([0, 10, 20, 255]), stride, boxes);
  cells.read(luma([0, 33, 41, 255]), stride, boxes);
  expect(new Set(list(cells.corners))).toEqual(new Set([...cells.triangles, ...cells.coarse]));
  expect(cells.corners[42 * GRID_CORNERS + 33]).toBe(1);
});
