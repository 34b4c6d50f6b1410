/** Rescaling, resampling and the picture's bytes against their definitions. */
import { afterAll, describe, expect, test } from 'vitest';
import {
  liveHandles,
  marchPicture,
  marchRgba,
  prepareGrid,
  prepareLook,
  rescale,
  resample,
} from './index.ts';
import { diagonal, eyeAlongZ, gridOf, plainLook, seeded, square } from './truth/scenes.ts';

afterAll(() => expect(liveHandles()).toBe(0));

describe('rescale', () => {
  const spec = { bitsStored: 12, highBit: 11, signed: false, slope: 1, intercept: -1024 };

  test('cuts to the bits stored, wherever the high bit is', () => {
    const out = new Int16Array(4);
    rescale(Uint16Array.of(0xf123, 0x0fff), spec, out, 1);
    expect([...out]).toEqual([0, 0x123 - 1024, 0xfff - 1024, 0]);
    rescale(Uint16Array.of(0x1230, 0xffff), { ...spec, highBit: 15, intercept: 0 }, out, 0);
    expect([...out].slice(0, 2)).toEqual([0x123, 0xfff]);
  });

  test.each([
    [Uint8Array, 8],
    [Int8Array, 8],
    [Uint16Array, 16],
    [Int16Array, 16],
    [Uint32Array, 32],
    [Int32Array, 32],
  ] as const)('%o: extends the sign of every width', (Kind, bits) => {
    const stored = Kind.from([-1, -5, 7]);
    const out = new Float32Array(3);
    rescale(stored, { bitsStored: bits, highBit: bits - 1, signed: true, slope: 0.5, intercept: 1 }, out, 0);
    expect([...out]).toEqual([0.5, -1.5, 4.5]);
  });

  test.each([
    [Uint8Array, 8, 8],
    [Int8Array, 8, 7],
    [Uint16Array, 16, 16],
    [Uint16Array, 12, 11],
    [Int16Array, 16, 15],
    [Int16Array, 12, 13],
    [Uint32Array, 31, 30],
    [Int32Array, 20, 25],
  ] as const)('%o of %i bits below bit %i: every value and the range by the formula', (Kind, bits, high) => {
    const random = seeded(bits * 64 + high);
    const top = Kind.BYTES_PER_ELEMENT * 8;
    const highBit = Math.min(high, top - 1);
    // More than one block of the kernel, and a rest.
    const stored = Kind.from(
      Array.from({ length: 9001 }, () => Math.floor(random() * 2 ** top) - (top > 31 ? 2 ** 31 : 0)),
    );
    for (const signed of [false, true]) {
      const values = Array.from(stored, (v) => {
        const kept = (BigInt(v) >> BigInt(highBit + 1 - bits)) & ((1n << BigInt(bits)) - 1n);
        return Number(signed ? BigInt.asIntN(bits, kept) : kept);
      });
      for (const [slope, intercept] of [
        [1, -1024],
        [-3, 7],
        [0.37, -0.5],
      ] as const) {
        const out = new Float32Array(stored.length);
        const range = rescale(stored, { bitsStored: bits, highBit, signed, slope, intercept }, out, 0);
        expect(range).toEqual({ min: Math.min(...values), max: Math.max(...values) });
        expect(out).toEqual(Float32Array.from(values, (v) => v * slope + intercept));
        if (bits > 12) continue;
        const short = new Int16Array(stored.length);
        rescale(stored, { bitsStored: bits, highBit, signed, slope, intercept }, short, 0);
        expect(short).toEqual(Int16Array.from(values, (v) => Math.floor(v * slope + intercept + 0.5)));
      }
    }
  });

  test('the range of floats leaves out what is no number; of nothing there is none', () => {
    const out = new Float32Array(4);
    expect(rescale(Float32Array.of(NaN, 3, -1, NaN), spec, out, 0)).toEqual({ min: -1, max: 3 });
    expect(rescale(new Uint16Array(0), spec, out, 0)).toEqual({ min: Infinity, max: -Infinity });
  });

  test('floats pass through slope and intercept alone', () => {
    const out = new Float32Array(2);
    rescale(Float32Array.of(1.5, -2.25), { ...spec, slope: 4, intercept: 0.5 }, out, 0);
    expect([...out]).toEqual([6.5, -8.5]);
  });
});

describe('resample', () => {
  test('noise at oblique places equals the trilinear blend in double', async () => {
    const random = seeded(11);
    const dims = [13, 11, 9] as const;
    const source = gridOf(
      dims,
      diagonal(0.7, 0.9, 1.5, [3, -2, 5]),
      () => Math.round(4095 * random()) - 2048,
    );
    const c = Math.cos(0.4);
    const s = Math.sin(0.4);
    const m = [0.8 * c, 0.8 * s, 0, 0, -0.8 * s, 0.8 * c, 0, 0, 0.1, 0, 1, 0, 5, -2, 6, 1];
    const target = { dims: [10, 9, 8] as const, mmFromIndex: m, voxels: new Float32Array(720) };
    await resample(source, target, { fill: -3000 });
    let [inside, worst] = [0, 0];
    for (let n = 0; n < 720; n++) {
      const [i, j, k] = [n % 10, Math.floor(n / 10) % 9, Math.floor(n / 90)];
      const mm = [0, 1, 2].map((r) => m[r]! * i + m[4 + r]! * j + m[8 + r]! * k + m[12 + r]!);
      const p = [(mm[0]! - 3) / 0.7, (mm[1]! + 2) / 0.9, (mm[2]! - 5) / 1.5];
      if (p.some((x, a) => x < 0 || x > dims[a]! - 1)) {
        expect(target.voxels[n]).toBe(-3000);
        continue;
      }
      inside++;
      const base = p.map((x, a) => Math.min(Math.floor(x), dims[a]! - 2));
      let value = 0;
      for (let corner = 0; corner < 8; corner++) {
        const at = base.map((b, a) => b + ((corner >> a) & 1));
        const weight = p.reduce((w, x, a) => w * (1 - Math.abs(x - at[a]!)), 1);
        value += weight * source.voxels[(at[2]! * 11 + at[1]!) * 13 + at[0]!]!;
      }
      worst = Math.max(worst, Math.abs(value - target.voxels[n]!));
    }
    expect(inside).toBeGreaterThan(100);
    expect(worst).toBeLessThan(0.009);
  });

  test('an uneven stack is read where its slices lie', async () => {
    // Values are the true place in mm; the third gap is three times as wide.
    const places = [0, 2, 4, 10, 12];
    const source = gridOf([4, 4, 5], diagonal(1, 1, 2), (_i, _j, k) => places[k]! * 10);
    const target = { dims: [4, 4, 13] as const, mmFromIndex: diagonal(1, 1, 1), voxels: new Int16Array(208) };
    await resample(source, target, { sourcePositionsMm: Float64Array.from(places) });
    expect(Array.from({ length: 13 }, (_, k) => target.voxels[k * 16])).toEqual(
      Array.from({ length: 13 }, (_, k) => 10 * k),
    );
  });

  test('a blend that would touch padding takes the nearest voxel', async () => {
    const source = {
      ...gridOf([4, 4, 4], diagonal(1, 1, 1), (i) => (i < 2 ? -2000 : 40)),
      paddingValue: -2000,
    };
    const target = {
      dims: [7, 4, 4] as const,
      mmFromIndex: diagonal(0.5, 1, 1),
      voxels: new Int16Array(112),
    };
    await resample(source, target, { fill: -2000 });
    expect(Array.from(target.voxels.subarray(0, 7))).toEqual([-2000, -2000, -2000, 40, 40, 40, 40]);
  });
});

describe('picture', () => {
  test('luma and chroma are BT.709 limited of the same colours; grids hold depth, spread and opacity', async () => {
    const size = 160;
    const spec = gridOf(
      [24, 24, 24],
      diagonal(4, 4, 4),
      (i, j) => 100 * Number(Math.hypot(i - 11.5, j - 11.5) < 6),
    );
    using grid = await prepareGrid(spec, { backend: 'cpu' });
    using look = await prepareLook(
      grid,
      plainLook(0, 100, (v) => [0.7, 0.2, 0.1, v > 30 ? 3 : 0]),
    );
    const eyes = [eyeAlongZ([46, 46, -300], 0.2)];
    const march = { grid, look, eyes, background: [0.014, 0.018, 0.022] as const };
    const planes = new Uint8Array((size * 256 * 3) / 2).fill(77);
    const places = {
      eyes: [square(0, 0, size)],
      depth: [square(0, 160, 64)],
      coverage: [square(64, 160, 64)],
    };
    const ranges = { cells: 64, nearM: 0.15, farM: 10, confidenceFullPerM: 2 };
    await marchPicture(march, {
      planes,
      width: size,
      height: 256,
      ...places,
      confidence: [square(128, 160, 32)],
      ...ranges,
    });
    const pixels = new Uint8Array(4 * size * size);
    const inverseDepth = new Float32Array(size * size);
    await marchRgba(march, { pixels, width: size, height: size, inverseDepth });
    let worst = 0;
    for (let n = 0; n < size * size; n++) {
      const [r, g, b] = [pixels[4 * n]!, pixels[4 * n + 1]!, pixels[4 * n + 2]!];
      worst = Math.max(
        worst,
        Math.abs(planes[n]! - (16 + (219 * (0.2126 * r + 0.7152 * g + 0.0722 * b)) / 255)),
      );
    }
    expect(worst).toBeLessThan(2);
    const chromaAt = (x: number, y: number): [number, number] => {
      const at = size * 256 + (y / 2) * (size / 2) + x / 2;
      return [planes[at]!, planes[at + (size * 256) / 4]!];
    };
    const [r, g, b] = pixels.subarray(4 * (80 * size + 80));
    const luma = 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
    const [u, v] = chromaAt(80, 80);
    expect(Math.abs(u - (128 + (224 * (b! - luma)) / 1.8556 / 255))).toBeLessThan(1.5);
    expect(Math.abs(v - (128 + (224 * (r! - luma)) / 1.5748 / 255))).toBeLessThan(1.5);

    const code = planes[(160 + 32) * size + 32]!;
    const inverse = 0.1 + ((code - 1) / 254) * (1 / 0.15 - 0.1);
    expect(Math.abs(inverse - inverseDepth[80 * size + 80]!)).toBeLessThan(0.02);
    // An empty corner takes its neighbours' depth; opacity there is none; chroma of the grids is flat.
    expect(Math.abs(planes[160 * size]! - code)).toBeLessThan(12);
    expect(planes[(160 + 32) * size + 64 + 32]).toBe(255);
    expect(planes[160 * size + 64]).toBe(0);
    expect(chromaAt(40, 180)).toEqual([128, 128]);
    // What lies outside every box stays as it was.
    expect(planes[255 * size]).toBe(77);
  });
});
