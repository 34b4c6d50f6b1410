import { expect, test } from 'vitest';
import { createKeptPlanes } from './kept-planes.ts';
import { chromaOf, type PicturePart, type PicturePlanes } from './plane-textures.ts';

const [WIDTH, HEIGHT] = [24, 16];
const slot = { x: 2, y: 0, width: 10, height: 8 };
const coverage = { x: 0, y: 8, width: 4, height: 4 };
const parts: readonly PicturePart[] = [
  { luma: slot, chroma: chromaOf(slot) },
  { luma: coverage, chroma: null },
];

function picture(change: (planes: { y: Uint8Array; u: Uint8Array; v: Uint8Array }) => void = () => {}) {
  const ramp = (length: number): Uint8Array => new Uint8Array(length).map((_, index) => index);
  const quarter = (WIDTH / 2) * (HEIGHT / 2);
  const bytes = { y: ramp(WIDTH * HEIGHT), u: ramp(quarter), v: ramp(quarter) };
  change(bytes);
  const planes: PicturePlanes = {
    width: WIDTH,
    height: HEIGHT,
    ...bytes,
    strideY: WIDTH,
    strideU: WIDTH / 2,
    strideV: WIDTH / 2,
  };
  return planes;
}

test('the same bytes are the same picture, whatever changes beside its parts', () => {
  const kept = createKeptPlanes();
  expect(kept.isSame(picture(), parts)).toBe(false);
  expect(kept.isSame(picture(), parts)).toBe(true);
  const beside = picture(({ y, u }) => {
    y[0] = 99;
    y[9 * WIDTH + 4] = 99;
    u[4 * 12] = 99;
  });
  expect(kept.isSame(beside, parts)).toBe(true);
});

test.each([
  ['first sample of a slot', ({ y }: { y: Uint8Array }) => (y[2] = 99)],
  ['last one', ({ y }: { y: Uint8Array }) => (y[7 * WIDTH + 11] = 99)],
  ['coverage', ({ y }: { y: Uint8Array }) => (y[11 * WIDTH + 3] = 99)],
  ['colour', ({ v }: { v: Uint8Array }) => (v[3 * 12 + 5] = 99)],
])('one changed sample is another picture: %s', (_, change) => {
  const kept = createKeptPlanes();
  kept.isSame(picture(), parts);
  expect(kept.isSame(picture(change), parts)).toBe(false);
  // What was kept is the newer one, all of it.
  expect(kept.isSame(picture(change), parts)).toBe(true);
  expect(kept.isSame(picture(), parts)).toBe(false);
});

test('an encoder’s flicker of one code is the same picture; codes that creep away are not', () => {
  const kept = createKeptPlanes();
  const grown = (by: number) =>
    picture(({ y, u }) =>
      [y, u].forEach((plane) => plane.forEach((code, at) => (plane[at] = Math.min(255, code + by)))),
    );
  kept.isSame(picture(), parts);
  expect(kept.isSame(grown(1), parts)).toBe(true);
  expect(kept.isSame(grown(2), parts)).toBe(false);
  expect(kept.isSame(grown(1), parts)).toBe(true);
  expect(kept.isSame(grown(0), parts)).toBe(false);
});

test('the same bytes in other places are another picture', () => {
  const kept = createKeptPlanes();
  kept.isSame(picture(), parts);
  const [first, second] = parts;
  expect(kept.isSame(picture(), [second!, first!])).toBe(false);
});

test('colour lies under every sample of an odd part', () => {
  expect(chromaOf({ x: 3, y: 5, width: 5, height: 4 })).toEqual({ x: 1, y: 2, width: 3, height: 3 });
});
