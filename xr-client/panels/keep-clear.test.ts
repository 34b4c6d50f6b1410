import { expect, test } from 'vitest';
import { clearPlaces, type Box } from './keep-clear.ts';

const box = (left: number, top: number, width: number, height: number): Box => ({
  left,
  top,
  right: left + width,
  bottom: top + height,
});

test('with nothing open everything stands at its edge', () => {
  expect(clearPlaces(1440, 900, [])).toEqual({
    topPx: 16,
    bottomPx: 16,
    rightPx: 16,
    centrePx: 720,
    middlePx: 450,
    footPx: 16,
  });
});

test('a panel at the right moves the letter beside it; a toolbar lifts what stands under it', () => {
  const toolbar = box(365, 722, 550, 62);
  const wide = clearPlaces(1280, 800, [box(944, 80, 320, 572), toolbar, box(16, 16, 457, 58)]);
  expect(wide).toEqual({ topPx: 16, bottomPx: 86, rightPx: 344, centrePx: 640, middlePx: 400, footPx: 16 });
  const narrower = clearPlaces(1024, 768, [box(237, 690, 550, 62)]);
  expect(narrower.footPx).toBe(768 - 690 + 8);
});

test('on a phone: below the banner and what stands under that, above the sheet, the foot under the letter', () => {
  const [banner, dot] = [box(16, 16, 262, 120), box(224, 140, 150, 40)];
  const toolbar = box(8, 776, 374, 60);
  const sheet = box(8, 330, 374, 430);
  const places = clearPlaces(390, 844, [banner, dot, toolbar, sheet]);
  expect(places.topPx).toBe(188);
  // Between the letter above and the foot.
  expect(places.middlePx).toBe((188 + 28 + (330 - 8 - 56)) / 2);
  expect(places.footPx).toBe(844 - 330 + 8);
  expect(places.bottomPx).toBe(places.footPx + 56 + 8);
  expect(places.rightPx).toBe(16);
});

test('on a low and narrow page the letters stand in what the panel leaves, head above feet', () => {
  const [banner, toolbar] = [box(16, 16, 457, 58), box(11, 330, 618, 62)];
  const beside = clearPlaces(640, 400, [banner, toolbar, box(332, 120, 300, 196)]);
  expect(beside.centrePx).toBe(166);
  expect(400 - beside.bottomPx - 28).toBeGreaterThan(beside.topPx + 28);
  // Where a sheet leaves no room for both in their order, neither stands where it would be wrong.
  const sheet = clearPlaces(640, 400, [banner, toolbar, box(8, 90, 624, 226)]);
  expect(400 - sheet.bottomPx - 28).toBeGreaterThanOrEqual(sheet.topPx + 28);
});
