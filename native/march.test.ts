/** Truths of the march through the JavaScript door, on each backend at hand: closed forms, axes, leaping, cuts, padding. */
import { afterAll, describe, expect, test } from 'vitest';
import { backends, liveHandles, marchRgba, prepareGrid, prepareLook } from './index.ts';
import type { EyeSpec, GridSpec, LookSpec, MarchSpec, RgbaTarget } from './index.ts';
import { project } from '../shared/geometry/index.ts';
import { balls, ballLook, diagonal, eyeAlongZ, gridOf, obliqueEye, plainLook } from './truth/scenes.ts';

afterAll(() => expect(liveHandles()).toBe(0));

interface Shot {
  readonly pixels: Uint8Array;
  readonly coverage: Float32Array;
  readonly inverse: Float32Array;
  readonly deviation: Float32Array;
  readonly samples: number;
}

describe.each(backends().map(({ name }) => name))('%s', (backend) => {
  async function shoot(
    grid: GridSpec,
    look: LookSpec,
    eyes: readonly EyeSpec[],
    size: number,
    more: Partial<MarchSpec> = {},
  ): Promise<Shot> {
    using prepared = await prepareGrid(grid, { backend });
    using preparedLook = await prepareLook(prepared, look);
    const count = size * size * eyes.length;
    const target = {
      pixels: new Uint8Array(4 * count),
      width: size,
      height: size,
      coverage: new Float32Array(count),
      inverseDepth: new Float32Array(count),
      inverseDepthSd: new Float32Array(count),
    } satisfies RgbaTarget;
    const { samples } = await marchRgba({ grid: prepared, look: preparedLook, eyes, ...more }, target);
    const { pixels, coverage, inverseDepth: inverse, inverseDepthSd: deviation } = target;
    return { pixels, coverage, inverse, deviation, samples };
  }

  const srgb = (c: number): number => 255 * (c <= 0.0031308 ? 12.92 * c : 1.055 * c ** (1 / 2.4) - 0.055);

  describe('slab (Beer and Lambert)', () => {
    // 10 slices of 0.1 mm: 1 mm of extinction 3 per mm, seen along k from 50 mm.
    const grid = gridOf([16, 16, 10], diagonal(1, 1, 0.1), () => 100);
    const look = plainLook(0, 200, () => [0.8, 0.8, 0.8, 3]);
    const eye = eyeAlongZ([7.5, 7.5, -50], 0.001);

    test.each([0.25, 1, 3.7, 16])('opacity is 1 - e^-3 at step %f', async (stepVoxels) => {
      const { coverage } = await shoot(grid, look, [eye], 2, { stepVoxels });
      expect(Math.abs(coverage[0]! - (1 - Math.exp(-3)))).toBeLessThan(1e-4);
    });

    test('colour over black is 0.760170 in linear light', async () => {
      const { pixels } = await shoot(grid, look, [eye], 2, { background: [0, 0, 0] });
      expect(Math.abs(pixels[0]! - srgb(0.76017))).toBeLessThanOrEqual(1);
      expect(pixels[3]).toBe(255);
    });

    test('without a background colour is straight and alpha is the opacity', async () => {
      const { pixels } = await shoot(grid, look, [eye], 2);
      expect(Math.abs(pixels[0]! - srgb(0.8))).toBeLessThanOrEqual(1);
      expect(Math.abs(pixels[3]! - 255 * (1 - Math.exp(-3)))).toBeLessThanOrEqual(1);
    });

    test('depth is the mean of 1/z by what each depth hides, and its deviation', async () => {
      const { inverse, deviation } = await shoot(grid, look, [eye], 2, { stepVoxels: 1 / 16 });
      // The grid's box begins half a slice before the first centre.
      let [w, first, second] = [0, 0, 0];
      for (let s = 0.0005; s < 1; s += 0.001) {
        const z = (50 - 0.05 + s) / 1000;
        const weight = Math.exp(-3 * s);
        w += weight;
        first += weight / z;
        second += weight / z / z;
      }
      const mean = first / w;
      expect(Math.abs(inverse[0]! - mean)).toBeLessThan(2e-3);
      expect(Math.abs(deviation[0]! / Math.sqrt(second / w - mean * mean) - 1)).toBeLessThan(0.05);
    });
  });

  describe('integrals over values', () => {
    // Values run 0..1 over 1 mm; extinction 6 per mm only between 0.3013 and 0.4517.
    const grid = gridOf([4, 4, 17], diagonal(1, 1, 1 / 16), (_i, _j, k) => k / 16, 'float32');
    const box = plainLook(0, 1, (v) => [1, 1, 1, v > 0.3013 && v < 0.4517 ? 6 : 0], 16_384);
    const spike = plainLook(0, 1, (v) => [1, 1, 1, 200 * Math.exp(-0.5 * ((v - 0.52) / 0.005) ** 2)], 16_384);
    const eye = eyeAlongZ([1.5, 1.5, -50], 0.001);

    test.each([0.25, 1, 4, 16])('a box of extinction lets 0.40560 through at step %f', async (stepVoxels) => {
      const { coverage } = await shoot(grid, box, [eye], 2, { stepVoxels });
      expect(Math.abs(1 - coverage[0]! - 0.4056)).toBeLessThan(0.004);
    });

    test.each([0.25, 1, 4, 16])('a spike is never stepped over, at step %f', async (stepVoxels) => {
      const { coverage } = await shoot(grid, spike, [eye], 2, { stepVoxels });
      expect(Math.abs(coverage[0]! - 0.9185)).toBeLessThan(0.01);
    });
  });

  describe('places', () => {
    const look = plainLook(0, 100, (v) => [1, 1, 1, v > 20 ? 5 : 0]);
    // A turned, anisotropic grid: any swap or flip of an axis moves the spot.
    const turned = [0.48, 0.36, 0, 0, -0.6, 0.8, 0, 0, 0, 0, 1.4, 0, 11, -7, 23, 1];

    const centroid = (shot: Shot, size: number, eye = 0): [number, number] => {
      let [w, x, y] = [0, 0, 0];
      for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++) {
          const a = shot.coverage[(eye * size + row) * size + column]!;
          w += a;
          x += a * (column + 0.5);
          y += a * (row + 0.5);
        }
      expect(w).toBeGreaterThan(3);
      return [x / w, y / w];
    };
    const toEye = (m: readonly number[], p: readonly number[]): [number, number, number] => {
      const at = (r: number): number => m[r]! * p[0]! + m[4 + r]! * p[1]! + m[8 + r]! * p[2]! + m[12 + r]!;
      return [at(0), at(1), at(2)];
    };

    test.each([
      ['i', [19, 12, 9]],
      ['j', [12, 20, 9]],
      ['k', [12, 12, 15]],
    ] as const)('a spot away along %s is seen where it projects', async (_axis, spot) => {
      const grid = gridOf(
        [24, 24, 18],
        turned,
        (i, j, k) => 100 * Number(Math.hypot(i - spot[0], j - spot[1], k - spot[2]) < 1.5),
      );
      const base = obliqueEye(gridOf([2, 2, 2], diagonal(1, 1, 1), () => 0));
      const mm = toEye(turned, spot);
      const eye = { ...base, tangents: { left: 0.3, right: 0.25, up: 0.2, down: 0.25 } };
      const size = 128;
      const [x, y] = centroid(await shoot(grid, look, [eye], size), size);
      const [u, v] = project(toEye(eye.eyeFromMm, mm), eye.tangents, size, size);
      expect(Math.hypot(x - u, y - v)).toBeLessThan(0.5);
    });

    test('two eyes with asymmetric frusta see the disparity of WebXR', async () => {
      const size = 512;
      const tangents = { left: 1.2, right: 0.9, up: 1, down: 1 };
      const mirrored = { left: 0.9, right: 1.2, up: 1, down: 1 };
      // Eye space in metres: points and their places by the projection's own formula.
      const truth = [
        { at: [0, 0, -1], left: [0.172857, 0], right: [-0.172857, 0] },
        { at: [0.1, 0.2, -0.5], left: [0.393333, 0.4], right: [-0.012381, 0.4] },
        { at: [-0.3, 0.1, -2], left: [0.015, 0.05], right: [-0.300714, 0.05] },
      ] as const;
      for (const { at, left, right } of truth) {
        // A ball of 20 mm per metre of distance around the point, 11 voxels across.
        const step = (-at[2] * 20) / 11;
        const place = at.map((c) => c * 1000 - 5.5 * step) as [number, number, number];
        const grid = gridOf(
          [12, 12, 12],
          diagonal(step, step, step, place),
          (i, j, k) => 100 * Number(Math.hypot(i - 5.5, j - 5.5, k - 5.5) < 4),
        );
        const k = 0.001;
        const eyes = [0.0315, -0.0315].map((shift, n) => ({
          eyeFromMm: [k, 0, 0, 0, 0, k, 0, 0, 0, 0, k, 0, shift, 0, 0, 1],
          tangents: n === 0 ? tangents : mirrored,
        }));
        const shot = await shoot(grid, look, eyes, size);
        for (const [n, [ndcX, ndcY]] of [left, right].entries()) {
          const [x, y] = centroid(shot, size, n);
          expect(Math.abs(x - ((ndcX + 1) / 2) * size)).toBeLessThan(0.25);
          expect(Math.abs(y - ((1 - ndcY) / 2) * size)).toBeLessThan(0.25);
        }
      }
    });

    test('a clip plane takes away what lies behind it, and only that', async () => {
      const grid = gridOf([16, 16, 16], diagonal(1, 1, 1), () => 100);
      const eye = eyeAlongZ([7.5, 7.5, -50], 0.2);
      const { coverage } = await shoot(grid, look, [eye], 64, { clipPlanesMm: [1, 0, 0, -7.5] });
      // +x lies to this eye's left: the left half stays.
      expect(coverage[32 * 64 + 29]).toBe(1);
      expect(coverage[32 * 64 + 34]).toBe(0);
    });

    test('padding and holes show nothing, not even in a blend', async () => {
      const filled = gridOf([16, 16, 16], diagonal(1, 1, 1), (i) => (i < 8 ? -2000 : 0));
      // This look shows every value between padding and tissue: a blend would be seen.
      const all = plainLook(-3000, 3000, (v) => [1, 1, 1, v > -1900 && v < -100 ? 9 : 0]);
      const eye = eyeAlongZ([7.5, 7.5, -50], 0.2);
      const seen = await shoot(filled, all, [eye], 64);
      expect(Math.max(...seen.coverage)).toBeGreaterThan(0.9);
      const padded = await shoot({ ...filled, paddingValue: -2000 }, all, [eye], 64);
      expect(Math.max(...padded.coverage)).toBe(0);
      const solid = gridOf([16, 16, 16], diagonal(1, 1, 1), () => 100);
      const holed = await shoot({ ...solid, holes: [[0, 15]] }, look, [eye], 64);
      expect(Math.max(...holed.coverage)).toBe(0);
    });

    test('maximum intensity is the greatest value on the way, at its depth', async () => {
      const grid = gridOf([16, 16, 16], diagonal(1, 1, 1), (i, j, k) =>
        i === 8 && j === 7 && k === 9 ? 80 : 10,
      );
      const mip: LookSpec = {
        ...plainLook(0, 100, (v) => [v / 100, v / 100, v / 100, v / 100]),
        mode: 'mip',
      };
      const { coverage, inverse } = await shoot(grid, mip, [eyeAlongZ([8, 7, -50], 1e-4)], 1, {
        stepVoxels: 1 / 16,
      });
      expect(coverage[0]).toBeCloseTo(0.8, 2);
      expect(1000 / inverse[0]!).toBeCloseTo(59, 1);
    });
  });

  describe('floats that are no number', () => {
    // Air with a ball in the middle.
    const spec = gridOf(
      [40, 40, 40],
      diagonal(1, 1, 1),
      (i, j, k) => (Math.hypot(i - 20, j - 20, k - 20) < 9 ? 700 : -900),
      'float32',
    );
    const eye = obliqueEye(spec);
    /** As `spec`, with what a function of the distance to the middle says is no number. */
    const without = (gone: (distance: number, n: number) => boolean): GridSpec => {
      const far = (n: number): number =>
        Math.hypot((n % 40) - 20, (Math.floor(n / 40) % 40) - 20, Math.floor(n / 1600) - 20);
      return { ...spec, voxels: Float32Array.from(spec.voxels, (v, n) => (gone(far(n), n) ? NaN : v)) };
    };

    test('in the air they change no byte', async () => {
      const whole = await shoot(spec, ballLook, [eye], 96);
      const gaps = await shoot(
        without((d, n) => d > 12 && n % 5 === 0),
        ballLook,
        [eye],
        96,
      );
      expect(whole.coverage.some((a) => a > 0.5)).toBe(true);
      expect(Buffer.compare(gaps.pixels, whole.pixels)).toBe(0);
      expect(gaps.coverage).toEqual(whole.coverage);
    });

    test('within tissue they take away, and blacken nothing', async () => {
      const { pixels, coverage } = await shoot(
        without((d, n) => d < 9 && n % 11 === 0),
        ballLook,
        [eye],
        96,
      );
      const dark = [...coverage].filter((a, n) => a > 0.5 && pixels[4 * n]! < 40);
      expect(coverage.filter((a) => a > 0.5).length).toBeGreaterThan(100);
      expect(dark).toEqual([]);
      expect(coverage.every(Number.isFinite)).toBe(true);
    });
  });

  describe('leaping', () => {
    const grid = balls([57, 49, 41]);
    const eye = obliqueEye(grid);
    const padded = { ...grid, paddingValue: -900, holes: [[20, 23]] as const };
    const mip: LookSpec = { ...ballLook, mode: 'mip' };
    const gaps = { ...grid, voxels: Float32Array.from(grid.voxels, (v, n) => (n % 397 === 0 ? NaN : v)) };

    test.each([
      ['shaded', grid, ballLook],
      ['with padding and holes', padded, ballLook],
      ['maximum intensity', grid, mip],
      ['floats', { ...grid, voxels: Float32Array.from(grid.voxels) }, ballLook],
      ['floats and what is no number', gaps, ballLook],
    ])('%s: on and off differ in no byte', async (_name, spec, look) => {
      for (const stepVoxels of [0.5, 1, 2.3]) {
        const clipPlanesMm = [0.6, 0, 0.8, -30];
        const on = await shoot(spec, look, [eye], 160, { stepVoxels, clipPlanesMm });
        const off = await shoot(spec, look, [eye], 160, { stepVoxels, clipPlanesMm, leap: false });
        expect(Buffer.compare(on.pixels, off.pixels)).toBe(0);
        expect(Buffer.compare(Buffer.from(on.inverse.buffer), Buffer.from(off.inverse.buffer))).toBe(0);
        expect(on.coverage.some((a) => a > 0.5)).toBe(true);
        expect(on.samples).toBeLessThan(off.samples);
      }
    });
  });
});
