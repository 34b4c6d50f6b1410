import { expect, test } from 'vitest';
import {
  DEPTH_FAR_M,
  DEPTH_NEAR_M,
  inverseDepthFromCode,
  pictureBytes,
  pictureLayout,
} from '../../shared/protocol/picture.ts';
import { ageOf, ageWords } from './age.ts';
import { GRID_CORNERS } from './covered-cells.ts';
import { createGridScratch, readDepthGrid } from './depth-grid.ts';
import { eyeSizeFor, layoutOfPicture } from './picture-size.ts';

const everyCorner = new Uint8Array(GRID_CORNERS * GRID_CORNERS).fill(1);

test('a picture says its own layout', () => {
  for (const [width, height] of [
    [160, 160],
    [576, 720],
    [640, 640],
    [1024, 512],
  ] as const) {
    const layout = pictureLayout(width, height);
    expect(layoutOfPicture(layout.width, layout.height)).toEqual(layout);
  }
  expect(layoutOfPicture(1280, 721)).toBeNull();
  expect(layoutOfPicture(100, 100)).toBeNull();
});

test('eye slots take the shape of the screen within the layout’s rules', () => {
  const [width, height] = eyeSizeFor(1.6, 2 * 640 * 640);
  expect([width % 16, height % 16]).toEqual([0, 0]);
  expect((2 * width) / height).toBeCloseTo(1.6, 1);
  expect(eyeSizeFor(100, 1e6)[1]).toBeGreaterThanOrEqual(160);
});

const layout = pictureLayout(320, 320);
function grid(
  depth: (x: number, y: number) => number,
  sd = 0,
  coverage: (x: number, y: number) => number = () => 255,
): Float32Array {
  const luma = new Uint8Array(pictureBytes(layout));
  for (const [box, code] of [
    [layout.depth[0], depth],
    [layout.confidence[0], () => sd],
    [layout.coverage[0], coverage],
  ] as const) {
    const side = box.width / 64;
    for (let y = 0; y < box.height; y++)
      for (let x = 0; x < box.width; x++)
        luma[(box.y + y) * layout.width + box.x + x] = code(Math.floor(x / side), Math.floor(y / side));
  }
  const out = new Float32Array(GRID_CORNERS * GRID_CORNERS);
  readDepthGrid(luma, layout.width, layout, 0, everyCorner, out, createGridScratch());
  return out;
}

test('codes 1 and 255 are the far and the near end; a flat grid stays flat', () => {
  for (const value of grid(() => 255)) expect(value).toBeCloseTo(1 / DEPTH_NEAR_M, 4);
  for (const value of grid(() => 1)) expect(value).toBeCloseTo(1 / DEPTH_FAR_M, 5);
});

test('rows go down and columns to the right', () => {
  const across = grid((x) => 40 + 2 * x);
  const down = grid((_x, y) => 40 + 2 * y);
  const middle = 32 * GRID_CORNERS + 32;
  const at = (code: number): number => inverseDepthFromCode(code);
  expect(across[middle]).toBeCloseTo(at(40 + 2 * 31.5), 4);
  expect(across[middle + 10]).toBeCloseTo(at(40 + 2 * 41.5), 4);
  expect(down[middle + 10 * GRID_CORNERS]).toBeCloseTo(at(40 + 2 * 41.5), 4);
  expect(across[middle + 10 * GRID_CORNERS]).toBeCloseTo(across[middle]!, 6);
});

test('where rays are uncertain the depth is smoothed, where they are sure it is not', () => {
  const spike = (x: number, y: number): number => (x === 31 && y === 31 ? 200 : 100);
  const corner = 32 * GRID_CORNERS + 32;
  expect(grid(spike, 0)[corner]).toBeGreaterThan(grid(spike, 255)[corner]! + 0.1);
});

test('at a silhouette the depth is what is there, not the guess beside it', () => {
  const corner = 32 * GRID_CORNERS + 32;
  const edge = grid(
    (x) => (x < 32 ? 200 : 60),
    0,
    (x) => (x < 32 ? 255 : 0),
  );
  expect(edge[corner]).toBeCloseTo(inverseDepthFromCode(200), 1);
});

test('an empty eye has some depth, and a finite one', () => {
  for (const value of grid(() => 0)) expect(value).toBe(1);
});

test('age: silent to 150 ms, said after it, grey after a second', () => {
  expect(ageOf(null, 5).kind).toBe('none');
  expect(ageOf(1000, 1150).kind).toBe('fresh');
  expect(ageOf(1000, 1151).kind).toBe('old');
  expect(ageOf(1000, 2001).kind).toBe('stale');
  expect(ageWords(ageOf(1000, 1100))).toBe('');
  expect(ageWords(ageOf(1000, 1312))).toBe('Picture 310\u202fms old');
});
