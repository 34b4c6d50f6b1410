/** The door itself: widths agree, bad arguments are refused, jobs cancel, nothing leaks, workers may use it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import {
  backends,
  liveHandles,
  marchPicture,
  marchRgba,
  prepareGrid,
  prepareLook,
  resample,
  type GridSpec,
} from './index.ts';
import { balls, ballLook, diagonal, gridOf, obliqueEye, smallPicture } from './truth/scenes.ts';

afterEach(() => expect(liveHandles()).toBe(0));

const small = (): GridSpec => gridOf([8, 8, 8], diagonal(1, 1, 1), (i) => i);
const release = path.join(import.meta.dirname, 'build', 'Release');

describe('widths', () => {
  const digest = (isa: string): string[] | string => {
    try {
      const file = path.join(import.meta.dirname, 'truth', 'digest.ts');
      const env = { ...process.env, ANTEROOM_ISA: isa };
      return execFileSync(process.execPath, [file], { env, encoding: 'utf8', stdio: 'pipe' })
        .trim()
        .split('\n');
    } catch (error) {
      return (error as { stderr: string }).stderr;
    }
  };
  const names = process.arch === 'x64' ? ['sse42', 'avx2', 'avx512'] : ['neon'];
  const truth = digest('scalar');

  for (const name of names) {
    const own = digest(name);
    test.skipIf(typeof own === 'string' && own.includes('does not run'))(
      `${name} gives the bits of width 1`,
      () => {
        expect(own[0]).toBe(name);
        expect(truth[0]).toBe('scalar');
        expect(own.slice(1)).toEqual(truth.slice(1));
        expect(own.length).toBe(7);
      },
    );
  }

  test('an instruction set that does not exist is refused in words', () => {
    expect(digest('z80')).toContain('NATIVE_LOAD');
  });

  const nm = existsSync('/usr/bin/nm');
  test.skipIf(!nm)('no weak symbol is shared between instruction sets', () => {
    const libraries = readdirSync(release).filter((name) => /^kernels_.*\.a$/.test(name));
    expect(libraries.length).toBeGreaterThanOrEqual(2);
    for (const library of libraries) {
      const space = `${library.slice(8, -2)}::`;
      const symbols = execFileSync('nm', ['-C', path.join(release, library)], { encoding: 'utf8' });
      const shared = symbols.split('\n').filter((line) => / [WVu] /.test(line) && !line.includes(space));
      expect(shared).toEqual([]);
    }
  });
});

describe('order', () => {
  test('a picture that a head waits for goes before preparations, and those go on beside pictures', async () => {
    const spec = balls([57, 49, 41]);
    using grid = await prepareGrid(spec, { backend: 'cpu' });
    using look = await prepareLook(grid, ballLook);
    const side = 200;
    const big = gridOf([side, side, side], diagonal(1, 1, 1), (i) => i % 7);
    const voxels = new Int16Array(new SharedArrayBuffer(2 * side ** 3));
    let done = false;
    const target = { dims: big.dims, mmFromIndex: diagonal(1, 1, 1, [0.3, 0.3, 0.3]), voxels };
    const preparation = resample(big, target).then(() => (done = true));
    const picture = smallPicture();
    const draw = () => marchPicture({ grid, look, eyes: [obliqueEye(spec)], stepVoxels: 1 }, picture);
    await draw();
    expect(done).toBe(false);
    while (!done) await draw();
    await preparation;
  });
});

describe('refusals', () => {
  const refused = async (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => 'accepted',
      (error: unknown) => (error as { code: string }).code,
    );

  test('what native code would read beyond its end is NATIVE_ARGUMENT', async () => {
    const spec = small();
    expect(await refused(prepareGrid({ ...spec, dims: [8, 8, 9] }))).toBe('NATIVE_ARGUMENT');
    expect(await refused(prepareGrid({ ...spec, mmFromIndex: diagonal(1, 1, 0) }))).toBe('NATIVE_ARGUMENT');
    expect(await refused(prepareGrid({ ...spec, holes: [[2, 8]] }))).toBe('NATIVE_ARGUMENT');
    using grid = await prepareGrid(spec, { backend: 'cpu' });
    expect(await refused(prepareLook(grid, { ...ballLook, table: new Float32Array(4) }))).toBe(
      'NATIVE_ARGUMENT',
    );
    using look = await prepareLook(grid, ballLook);
    const eye = obliqueEye(spec);
    const mirrored = { ...eye, eyeFromMm: eye.eyeFromMm.map((n, i) => (i % 4 === 0 ? -n : n)) };
    const target = { pixels: new Uint8Array(4), width: 1, height: 1 };
    expect(await refused(marchRgba({ grid, look, eyes: [mirrored] }, target))).toBe('NATIVE_ARGUMENT');
    expect(await refused(marchRgba({ grid, look, eyes: [] }, target))).toBe('NATIVE_ARGUMENT');
    expect(await refused(marchRgba({ grid, look, eyes: [eye] }, { ...target, width: 2 }))).toBe(
      'NATIVE_ARGUMENT',
    );
  });

  test.skipIf(backends().some(({ name }) => name === 'cuda'))(
    'no device: NATIVE_BACKEND, with why',
    async () => {
      const promise = prepareGrid(small(), { backend: 'cuda' });
      await expect(promise).rejects.toMatchObject({ code: 'NATIVE_BACKEND' });
      await expect(promise).rejects.toThrow(/CUDA|device|driver/);
    },
  );

  test('what was disposed is refused, disposing twice is nothing', async () => {
    const grid = await prepareGrid(small(), { backend: 'cpu' });
    grid.dispose();
    grid.dispose();
    expect(await refused(prepareLook(grid, ballLook))).toBe('NATIVE_ARGUMENT');
  });
});

describe('jobs', () => {
  test('an abort rejects with ABORTED, before and during', async () => {
    await expect(prepareGrid(small(), { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ABORTED',
    });
    const spec = balls([57, 49, 41]);
    using grid = await prepareGrid(spec, { backend: 'cpu' });
    using look = await prepareLook(grid, ballLook);
    const stop = new AbortController();
    const size = 1024;
    const target = { pixels: new Uint8Array(4 * size * size), width: size, height: size };
    const eyes = [obliqueEye(spec)];
    const frame = marchRgba({ grid, look, eyes, stepVoxels: 1 / 16, leap: false }, target, {
      signal: stop.signal,
    });
    stop.abort();
    await expect(frame).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('disposing in flight lets the frame end', async () => {
    const spec = balls([57, 49, 41]);
    const grid = await prepareGrid(spec, { backend: 'cpu' });
    const look = await prepareLook(grid, ballLook);
    const target = { pixels: new Uint8Array(4 * 256 * 256), width: 256, height: 256 };
    const frame = marchRgba({ grid, look, eyes: [obliqueEye(spec)] }, target);
    grid.dispose();
    look.dispose();
    await frame;
    expect(target.pixels.some((byte) => byte > 0)).toBe(true);
  });

  test('range and histogram are those of the voxels that are tissue', async () => {
    const spec = gridOf([8, 8, 8], diagonal(1, 1, 1), (i, _j, k) => (k === 0 ? -5000 : i));
    using grid = await prepareGrid({ ...spec, paddingValue: -5000 }, { backend: 'cpu' });
    expect(grid.valueRange).toEqual([0, 7]);
    expect(grid.histogram.reduce((a, b) => a + b)).toBe(8 * 8 * 7);
    expect(grid.histogram[0]).toBe(56);
    expect(grid.histogram[255]).toBe(56);
  });

  test('a worker thread loads it, rescales and ends', async () => {
    const worker = new Worker(
      `import(${JSON.stringify(path.join(import.meta.dirname, 'index.ts'))}).then((native) => {
        const out = new Int16Array(3);
        native.rescale(Uint16Array.of(0xf7ff, 0x0801, 5), { bitsStored: 12, highBit: 11, signed: true, slope: 2, intercept: -1 }, out, 0);
        require('node:worker_threads').parentPort.postMessage([...out]);
      });`,
      { eval: true },
    );
    const answer = await new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    await worker.terminate();
    expect(answer).toEqual([2 * 2047 - 1, 2 * -2047 - 1, 9]);
  });
});
