import { expect, test } from 'vitest';
import { GRID_CELLS, inverseDepthFromCode, pictureLayout } from '../../shared/protocol/picture.ts';
import { createGridScratch, readDepthGrid } from './depth-grid.ts';

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
    readDepthGrid(luma, layout.width, layout, eye, corners, createGridScratch());
    const expected = inverseDepthFromCode(40 + 60 * eye);
    for (const corner of corners) expect(corner).toBeCloseTo(expected, 5);
  }
});
