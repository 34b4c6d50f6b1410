import { expect, test } from 'vitest';
import { GRID_CELLS, inverseDepthFromCode, pictureLayout } from '../../shared/protocol/picture.ts';
import { GRID_CORNERS } from './covered-cells.ts';
import { createGridScratch, readDepthGrid } from './depth-grid.ts';

const everyCorner = new Uint8Array(GRID_CORNERS * GRID_CORNERS).fill(1);

// The footer's unit is 256, 128 or 64 px by the width of the picture; at 64 a confidence cell is half a pixel.
test.each([
  [640, 640],
  [320, 320],
  [256, 384],
  [160, 160],
])('one depth over an eye of %i x %i is read as that depth at every corner', (width, height) => {
  const layout = pictureLayout(width, height);
  const luma = new Uint8Array(layout.width * layout.height);
  const fill = (box: (typeof layout.depth)[0], code: number): void => {
    for (let y = box.y; y < box.y + box.height; y++)
      luma.fill(code, y * layout.width + box.x, y * layout.width + box.x + box.width);
  };
  for (const eye of [0, 1] as const) {
    fill(layout.depth[eye], 40 + 60 * eye);
    fill(layout.confidence[eye], 30);
    fill(layout.coverage[eye], 255);
    const corners = new Float32Array((GRID_CELLS + 1) ** 2);
    readDepthGrid(luma, layout.width, layout, eye, everyCorner, corners, createGridScratch());
    const expected = inverseDepthFromCode(40 + 60 * eye);
    for (const corner of corners) expect(corner).toBeCloseTo(expected, 5);
  }
});

test('only the corners that are wanted are written', () => {
  const layout = pictureLayout(640, 640);
  const luma = new Uint8Array(layout.width * layout.height).fill(200);
  const wanted = new Uint8Array(everyCorner.length);
  wanted[70] = 1;
  const corners = new Float32Array(everyCorner.length).fill(-1);
  readDepthGrid(luma, layout.width, layout, 0, wanted, corners, createGridScratch());
  expect(corners[70]).toBeCloseTo(inverseDepthFromCode(200), 5);
  expect(corners.filter((value) => value === -1)).toHaveLength(corners.length - 1);
});
