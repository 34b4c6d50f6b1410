/** A twin as pictures: looks in HU and out of it, cameras, poses, parts of the picture. */
import { afterAll, describe, expect, test } from 'vitest';
import { liveHandles } from '../../native/index.ts';
import {
  lookAt,
  multiply,
  project,
  scaling,
  symmetricTangents,
  transformPoint,
} from '../../shared/geometry/index.ts';
import type { Pose } from '../../shared/protocol/channel.ts';
import { inverseDepthFromCode, pictureBytes, pictureLayout } from '../../shared/protocol/picture.ts';
import { presetByName, PRESETS } from '../../shared/scene/index.ts';
import type { Volume } from '../../shared/volume.ts';
import {
  bakeLook,
  eyeOfPose,
  eyesOfCamera,
  frontCamera,
  openingWindow,
  pictureTarget,
  prepareTwin,
  renderedSide,
} from './index.ts';

afterAll(async () => {
  // Disposing waits for looks that are still being made.
  await new Promise((resolve) => setImmediate(resolve));
  expect(liveHandles()).toBe(0);
});

const BALL = [30, 12, 20] as const;

/** Air with one dense ball off the centre, in a coronal grid: i to the left, j down, k to the back. */
function volume(more: Partial<Volume> = {}): Volume {
  const dims = [40, 36, 32] as const;
  const voxels = new Int16Array(new SharedArrayBuffer(2 * 40 * 36 * 32)).fill(-1000);
  for (let n = 0; n < voxels.length; n++) {
    const at = [n % 40, Math.floor(n / 40) % 36, Math.floor(n / 1440)];
    if (Math.hypot(...at.map((x, a) => x - BALL[a]!)) < 4) voxels[n] = 1200;
  }
  return {
    id: '0',
    studyInstanceUid: '1.2',
    seriesInstanceUid: '1.2.3',
    frameOfReferenceUid: null,
    modality: 'CT',
    dims,
    lpsFromIndex: [2, 0, 0, 0, 0, 0, -2, 0, 0, 2.5, 0, 0, -100, 50, 300, 1],
    spacingMm: [2, 2, 2.5],
    unit: 'HU',
    phases: [{ timeMs: null, voxels, sopInstanceUids: [] }],
    paddingValue: null,
    window: null,
    slicePositionsMm: null,
    holes: [],
    problems: [],
    ...more,
  };
}

const look = { preset: 'ct-bone', window: null } as const;

/** Centre of what is brighter than the background, in pixels. */
function brightCentre(
  luma: (x: number, y: number) => number,
  width: number,
  height: number,
): [number, number] {
  let [w, sx, sy] = [0, 0, 0];
  const dark = luma(0, 0) + 20;
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++)
      if (luma(x, y) > dark) {
        w++;
        sx += x + 0.5;
        sy += y + 0.5;
      }
  expect(w).toBeGreaterThan(10);
  return [sx / w, sy / w];
}

describe('looks', () => {
  test('extinction takes away the preset alpha within a millimetre, colours are linear light', () => {
    const preset = presetByName('ct-bone')!;
    const { table, valueMin, valueMax } = bakeLook(look, (p) => p.window);
    const [value, alpha] = preset.opacity.at(-2)!;
    const at = Math.round(((value - valueMin) / (valueMax - valueMin)) * (table.length / 4 - 1));
    expect(1 - Math.exp(-table[4 * at + 3]!)).toBeCloseTo(alpha, 2);
    expect(Math.max(...table.filter((_, i) => i % 4 < 3))).toBeLessThanOrEqual(1);
  });

  test('another window stretches and moves the points', () => {
    const preset = presetByName('ct-bone')!;
    const { center, width } = preset.window;
    const own = bakeLook(look, (p) => p.window);
    const moved = bakeLook({ ...look, window: { center: center + 100, width: width / 2 } }, (p) => p.window);
    expect(moved.valueMax - moved.valueMin).toBeCloseTo((own.valueMax - own.valueMin) / 2);
    expect(moved.valueMin).toBeCloseTo(center + 100 + (own.valueMin - center) / 2);
    expect(moved.table).toEqual(own.table);
  });

  test('values without a scale open with the window of the file, else of the histogram', () => {
    const preset = presetByName('mr')!;
    const flat = Array.from({ length: 256 }, () => 1);
    const file = { center: 40, width: 60 };
    expect(openingWindow(preset, { unit: '1', window: file }, [0, 512], flat)).toEqual(file);
    const auto = openingWindow(preset, { unit: '1', window: null }, [0, 512], flat);
    expect(auto.center).toBeCloseTo(256, -1);
    expect(auto.width).toBeCloseTo(505, -1);
    expect(openingWindow(preset, { unit: 'HU', window: file }, [0, 512], flat)).toEqual(preset.window);
  });

  test.each(PRESETS.map(({ name }) => name))('%s draws', async (name) => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    const { pixels } = await twin.renderImage({
      look: { preset: name, window: null },
      width: 32,
      height: 32,
    });
    expect(pixels.every((byte, i) => i % 4 !== 3 || byte === 255)).toBe(true);
  });
});

test('padding that no voxel of 16 bits can be hides none of them', async () => {
  // Cut to 16 bits these would be -1000 and 1200: the air and the ball.
  for (const paddingValue of [65_536 - 1000, 65_536 + 1200, 1200.5]) {
    using twin = await prepareTwin(volume({ paddingValue }), { backend: 'cpu' });
    expect(twin.valueRange).toEqual([-1000, 1200]);
  }
  using twin = await prepareTwin(volume({ paddingValue: -1000 }), { backend: 'cpu' });
  expect(twin.valueRange[0]).toBeGreaterThan(-1000);
});

describe('images', () => {
  test('from in front: the patient’s left on the right, head up', async () => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    const [width, height] = [200, 160];
    const { pixels } = await twin.renderImage({ look, width, height });
    const [x, y] = brightCentre((i, j) => pixels[4 * (j * width + i)]!, width, height);
    const camera = frontCamera(twin.volume, width, height);
    expect(camera.eyeMm[1]).toBeLessThan(camera.targetMm[1]);
    const ball = transformPoint(twin.volume.lpsFromIndex, [...BALL]);
    const inEye = transformPoint(lookAt(camera.eyeMm, camera.targetMm, camera.up), ball);
    const [u, v] = project(inEye, symmetricTangents(30, width / height), width, height);
    expect(Math.hypot(x - u, y - v)).toBeLessThan(1);
    // i runs to the patient's left, j to the feet: the ball (30 of 40, 12 of 36) lies right of and above the middle.
    expect(x).toBeGreaterThan(width / 2 + 5);
    expect(y).toBeLessThan(height / 2 - 5);
  });

  test('a stereo pair is left | right with a disparity of 63 mm', async () => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    const size = 200;
    const camera = frontCamera(twin.volume, size, size);
    const { pixels, width } = await twin.renderImage({
      look,
      camera,
      width: size,
      height: size,
      stereo: true,
    });
    expect(width).toBe(2 * size);
    const centre = (eye: number): [number, number] =>
      brightCentre((i, j) => pixels[4 * (j * width + eye * size + i)]!, size, size);
    const [left, right] = [centre(0), centre(1)];
    const depth = -transformPoint(
      lookAt(camera.eyeMm, camera.targetMm, camera.up),
      transformPoint(twin.volume.lpsFromIndex, [...BALL]),
    )[2];
    const truth = (63 / depth / (2 * Math.tan((15 * Math.PI) / 180))) * size;
    expect(Math.abs(left[0] - right[0] - truth)).toBeLessThan(1);
    expect(Math.abs(left[1] - right[1])).toBeLessThan(0.3);
  });

  test('a camera that looks along its own up is refused', () => {
    const camera = { eyeMm: [0, 0, 0], targetMm: [0, 0, 5], up: [0, 0, 1], fovYDeg: 30 } as const;
    expect(() => eyesOfCamera(camera, 10, 10, false)).toThrow(RangeError);
  });
});

describe('frames', () => {
  const layout = pictureLayout(320, 320);
  const tangents = { left: 0.5, right: 0.4, up: 0.45, down: 0.45 };
  // 0.5 m in front of the twin, which is turned and twice its size.
  const eyeFromTwin = multiply(lookAt([0.1, 0.15, 0.5], [0, 0, 0], [0, 1, 0]), scaling(2));
  const pose = (mono: boolean): Pose => ({
    tick: 1,
    sampleTimeMs: 0,
    horizonMs: 0,
    mono,
    eyes: [
      { eyeFromTwin, tangents },
      { eyeFromTwin, tangents },
    ],
  });
  const scene = { look, clip: null, phase: 0 };

  test.each([
    [1, 0],
    [0.5, 0],
    [0.5, 1],
  ] as const)(
    'a ball is seen where its pose projects it, at %f of the slot and level %i',
    async (resolution, level) => {
      using twin = await prepareTwin(volume(), { backend: 'cpu' });
      const planes = new Uint8Array(pictureBytes(layout));
      const stats = await twin.renderFrame(scene, pose(false), layout, planes, {
        resolution,
        stepVoxels: 1,
        level,
      });
      expect(stats.renderedWidth).toBe(320 * resolution);
      const ball = transformPoint(twin.volume.lpsFromIndex, [...BALL]);
      const { eyeFromMm } = eyeOfPose(twin.volume, pose(false).eyes[0]);
      const inEye = transformPoint(eyeFromMm, ball);
      const [u, v] = project(inEye, tangents, stats.renderedWidth, stats.renderedHeight);
      for (const slot of layout.eyes) {
        const luma = (x: number, y: number): number => planes[(slot.y + y) * layout.width + slot.x + x]!;
        const [x, y] = brightCentre(luma, stats.renderedWidth, stats.renderedHeight);
        expect(Math.hypot(x - u, y - v)).toBeLessThan(1.5);
      }
      const depth = layout.depth[0];
      const cell = (side: number, at: number): number => Math.floor((at / stats.renderedWidth) * side);
      const code = planes[(depth.y + cell(depth.height, v)) * layout.width + depth.x + cell(depth.width, u)]!;
      // The near side of a ball of 4 voxels, at twice its size.
      expect(1 / inverseDepthFromCode(code)).toBeGreaterThan(-inEye[2] - 0.022);
      expect(1 / inverseDepthFromCode(code)).toBeLessThan(-inEye[2]);
    },
  );

  test('a mono frame is one eye over both slots', () => {
    const target = pictureTarget(layout, new Uint8Array(pictureBytes(layout)), true, 0.5);
    expect(target.eyes).toEqual([{ x: 0, y: 0, width: 320, height: 160 }]);
    expect(renderedSide(640, 0.513)).toBe(336);
    expect(renderedSide(640, 0.001)).toBe(16);
    expect(renderedSide(640, 1)).toBe(640);
  });

  test('half the detail is marched once it is made; no picture waits for it', async () => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    const planes = new Uint8Array(pictureBytes(layout));
    const quality = { resolution: 0.5, stepVoxels: 2, level: 1 } as const;
    const draw = async (): Promise<number> =>
      (await twin.renderFrame(scene, pose(false), layout, planes, quality)).level;
    expect(await draw()).toBe(0);
    await expect.poll(draw).toBe(1);
    expect(await draw()).toBe(1);
  });

  test('a twin that was disposed makes and draws nothing more', async () => {
    const planes = new Uint8Array(pictureBytes(layout));
    const quality = { resolution: 0.5, stepVoxels: 2, level: 1 } as const;
    const twin = await prepareTwin(volume(), { backend: 'cpu' });
    const draw = () => twin.renderFrame(scene, pose(false), layout, planes, quality);
    await expect.poll(async () => (await draw()).level).toBe(1);
    const late = draw();
    twin.dispose();
    await expect(late).rejects.toThrow(/disposed/);
    await expect(draw()).rejects.toThrow(/disposed/);

    const fresh = await prepareTwin(volume(), { backend: 'cpu' });
    fresh.dispose();
    await expect(fresh.renderFrame(scene, pose(false), layout, planes, quality)).rejects.toThrow(/disposed/);
    // Until another twin has its half: had one been begun before, it would be there now.
    const other = await prepareTwin(volume(), { backend: 'cpu' });
    const level = async () => (await other.renderFrame(scene, pose(false), layout, planes, quality)).level;
    await expect.poll(level).toBe(1);
    other.dispose();
    await new Promise((resolve) => setImmediate(resolve));
    expect(liveHandles()).toBe(0);
  });

  test('the clip plane keeps the side of its normal', async () => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    const ball = transformPoint(twin.volume.lpsFromIndex, [...BALL]);
    const draw = async (sign: number): Promise<Uint8Array> => {
      const planes = new Uint8Array(pictureBytes(layout));
      const clip = { normalLps: [sign, 0, 0], pointLpsMm: [ball[0] - 20, 0, 0] } as const;
      await twin.renderFrame({ ...scene, clip }, pose(false), layout, planes, {
        resolution: 0.5,
        stepVoxels: 1,
        level: 0,
      });
      return planes.subarray(0, layout.width * 160);
    };
    const bright = (planes: Uint8Array): number => planes.filter((y) => y > 100).length;
    expect(bright(await draw(1))).toBeGreaterThan(50);
    expect(bright(await draw(-1))).toBe(0);
  });

  test('a phase that is not there is refused', async () => {
    using twin = await prepareTwin(volume(), { backend: 'cpu' });
    await expect(twin.renderImage({ look, phase: 1, width: 8, height: 8 })).rejects.toThrow(RangeError);
  });
});
