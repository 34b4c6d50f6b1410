/** The warp by pixels, in real Chromium: a picture at its own pose is itself; at another it lies where geometry says. */
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { project, tangentsFromProjection, widen, type Tangents } from '../../shared/geometry/frustum.ts';
import {
  fromPose,
  invert,
  lookAt,
  transformPoint,
  type Mat4,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { eyeFromWorld } from '../../xr-client/pose/desk-view.ts';
import { launchBrowser, noBrowser } from './harness/browser.ts';
import { servePage, type PageServer } from './harness/page-server.ts';
import type { WarpResult, WarpRun } from './xr-warp-page.ts';

const absent = noBrowser();
if (absent) console.log(`Skipped: the warp by pixels (${absent}).`);

const SIZE = 320;

/** A WebXR projection of these tangents, near 0.1 m, far 100 m. */
function projection(t: Tangents): Mat4 {
  const [near, far] = [0.1, 100];
  return [
    2 / (t.left + t.right),
    0,
    0,
    0,
    0,
    2 / (t.up + t.down),
    0,
    0,
    (t.right - t.left) / (t.left + t.right),
    (t.up - t.down) / (t.up + t.down),
    (far + near) / (near - far),
    -1,
    0,
    0,
    (2 * far * near) / (near - far),
    0,
  ];
}

/** Centre of what is bright around a place, px; null where nothing is. */
function brightCentre(pixels: Uint8Array, at: readonly [number, number]): [number, number] | null {
  let [sum, sx, sy] = [0, 0, 0];
  for (let y = Math.floor(at[1]) - 9; y <= at[1] + 9; y++)
    for (let x = Math.floor(at[0]) - 9; x <= at[0] + 9; x++) {
      if (x < 0 || y < 0 || x >= SIZE || y >= SIZE) continue;
      const weight = Math.max(0, pixels[(y * SIZE + x) * 4]! - 60);
      sum += weight;
      sx += weight * (x + 0.5);
      sy += weight * (y + 0.5);
    }
  return sum > 500 ? [sx / sum, sy / sum] : null;
}

const ASYMMETRIC: readonly [Tangents, Tangents] = [
  { left: 1.2, right: 0.9, up: 1.05, down: 0.95 },
  { left: 0.9, right: 1.2, up: 1.05, down: 0.95 },
];
const POINTS: readonly Vec3[] = [
  [0, 0, 0],
  [0.18, 0.1, 0.1],
  [-0.2, 0.15, -0.12],
  [-0.12, -0.2, 0.16],
  [0.22, -0.18, -0.05],
];
/** Head at 0.9 m, looking at the twin, moved and turned; its eyes 63 mm apart. */
function eyes(move: Vec3, yawDeg: number): readonly [Mat4, Mat4] {
  const worldFromHead = invert(lookAt([move[0], 0.1 + move[1], 0.9 + move[2]], [0, 0, 0], [0, 1, 0]));
  const half = (yawDeg * Math.PI) / 360;
  return [-0.0315, 0.0315].map((x) => {
    const headFromEye = fromPose([0, Math.sin(half), 0, Math.cos(half)], [x, 0, 0]);
    return multiplyInverse(worldFromHead, headFromEye);
  }) as unknown as readonly [Mat4, Mat4];
}
function multiplyInverse(worldFromHead: Mat4, headFromEye: Mat4): Mat4 {
  const at = (r: number, c: number): number =>
    [0, 1, 2, 3].reduce((sum, k) => sum + worldFromHead[k * 4 + r]! * headFromEye[c * 4 + k]!, 0);
  return invert([0, 1, 2, 3].flatMap((c) => [0, 1, 2, 3].map((r) => at(r, c))));
}

describe.skipIf(absent !== null)('the warp by pixels', () => {
  let browser: Browser;
  let server: PageServer;
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser();
    server = await servePage({ entry: path.join(import.meta.dirname, 'xr-warp-page.ts') });
    page = await browser.newPage({ viewport: { width: 400, height: 400 } });
    await page.goto(server.origin);
    await page.waitForFunction(() => 'warp' in window);
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });
  const warp = async (run: WarpRun): Promise<Record<keyof WarpResult, Buffer>> => {
    const result = await page.evaluate(
      (given) => (window as unknown as { warp(r: WarpRun): Promise<WarpResult> }).warp(given),
      run,
    );
    const bytes = (text: string): Buffer => Buffer.from(text, 'base64');
    return {
      pixels: bytes(result.pixels),
      luma: bytes(result.luma),
      chromaU: bytes(result.chromaU),
      chromaV: bytes(result.chromaV),
    };
  };

  test('the same pose gives the same picture: at most 1 code off, noise and torn depth and all', async () => {
    const tangents = ASYMMETRIC[0];
    const [eyeFromTwin] = eyes([0, 0, 0], 0);
    const result = await warp({
      eye: 0,
      size: SIZE,
      rendered: [
        { eyeFromTwin, tangents },
        { eyeFromTwin, tangents },
      ],
      live: { eyeFromTwin, clipFromEye: projection(tangents) },
      points: [],
      opaque: true,
    });
    const stride = 2 * SIZE;
    const chroma = (plane: Uint8Array, x: number, y: number): number => {
      // Centres of chroma samples lie between two luma samples each way; the eye's own edge is not crossed.
      const at = (value: number, last: number): [number, number, number] => {
        const p = Math.min(Math.max((value + 0.5) / 2, 0.5), last + 0.5) - 0.5;
        const low = Math.floor(p);
        return [low, Math.min(low + 1, last), p - low];
      };
      const [x0, x1, fx] = at(x, SIZE / 2 - 1);
      const [y0, y1, fy] = at(y, SIZE / 2 - 1);
      const row = (r: number): number =>
        plane[(r * stride) / 2 + x0]! * (1 - fx) + plane[(r * stride) / 2 + x1]! * fx;
      return row(y0) * (1 - fy) + row(y1) * fy;
    };
    let worst = 0;
    for (let y = 0; y < SIZE; y++)
      for (let x = 0; x < SIZE; x++) {
        const luma = (result.luma[y * stride + x]! - 16) / 219;
        const u = (chroma(result.chromaU, x, y) - 128) / 224;
        const v = (chroma(result.chromaV, x, y) - 128) / 224;
        // BT.709, limited range.
        const rgb = [luma + 1.5748 * v, luma - 0.1873 * u - 0.4681 * v, luma + 1.8556 * u];
        rgb.forEach((value, channel) => {
          const truth = 255 * Math.min(1, Math.max(0, value));
          worst = Math.max(worst, Math.abs(truth - result.pixels[(y * SIZE + x) * 4 + channel]!));
        });
      }
    expect(worst).toBeLessThanOrEqual(1.01);
  });

  test.each([
    ['at rest', [0, 0, 0] as Vec3, 0],
    ['2 cm to the side and 6 degrees', [0.02, 0, 0] as Vec3, 6],
    ['2 cm up and back and -6 degrees', [0, 0.014, 0.014] as Vec3, -6],
  ])('discs lie where geometry says, each eye, lopsided frusta: %s', async (_name, move, yawDeg) => {
    const before = eyes([0, 0, 0], 0);
    const after = eyes(move, yawDeg);
    for (const eye of [0, 1] as const) {
      const result = await warp({
        eye,
        size: SIZE,
        rendered: before.map((eyeFromTwin, index) => ({
          eyeFromTwin,
          tangents: widen(ASYMMETRIC[index]!, 0.08),
        })),
        live: { eyeFromTwin: after[eye], clipFromEye: projection(ASYMMETRIC[eye]) },
        points: POINTS,
        opaque: true,
      });
      for (const point of POINTS) {
        const truth = project(transformPoint(after[eye], point), ASYMMETRIC[eye], SIZE, SIZE);
        const found = brightCentre(result.pixels, truth);
        expect(found, `disc at ${point.join()}`).not.toBeNull();
        expect(Math.hypot(found![0] - truth[0], found![1] - truth[1])).toBeLessThan(0.75);
      }
    }
  });

  test('tangents come back out of a lopsided projection', () => {
    const back = tangentsFromProjection(projection(ASYMMETRIC[0]));
    for (const side of ['left', 'right', 'up', 'down'] as const)
      expect(back[side]).toBeCloseTo(ASYMMETRIC[0][side], 12);
  });

  test("the stage's camera is the desk's eye: right-handed, not mirrored", async () => {
    const view = await page.evaluate(() => (window as unknown as { stageView(): number[] }).stageView());
    const truth = eyeFromWorld({ yawRad: 0.4, pitchRad: 0.3, distanceM: 1.2, target: [0.1, 0.2, -0.1] });
    view.forEach((value, index) => expect(value).toBeCloseTo(truth[index]!, 5));
  });
});
