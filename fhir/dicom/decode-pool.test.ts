import { describe, expect, test } from 'vitest';
import { openDecodePool, readModalityLut, writeInstance } from './index.ts';
import type { DicomJson } from './types.ts';

const header = (more: DicomJson = {}): DicomJson => ({
  '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
  '00080018': { vr: 'UI', Value: ['1.2.3.4'] },
  '00280002': { vr: 'US', Value: [1] },
  '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
  '00280008': { vr: 'IS', Value: [2] },
  '00280010': { vr: 'US', Value: [2] },
  '00280011': { vr: 'US', Value: [2] },
  '00280100': { vr: 'US', Value: [16] },
  '00280101': { vr: 'US', Value: [12] },
  '00280102': { vr: 'US', Value: [11] },
  '00280103': { vr: 'US', Value: [1] },
  ...more,
});
/** 12 bits, signed; an overlay bit stands above the first value. */
const pixelData = Uint16Array.of(0x8000 | 5, 0x0fff, 0x0800, 7, 1, 2, 3, 4);
const file = (more?: DicomJson): Uint8Array => writeInstance(header(more), { pixelData });
const shared = (count: number) => new Int16Array(new SharedArrayBuffer(count * 2));
/** A worker of one line. */
const script = (code: string): URL =>
  new URL(
    `data:text/javascript,${encodeURIComponent(`import { parentPort } from 'node:worker_threads'; ${code}`)}`,
  );

describe('openDecodePool', () => {
  test('frames go to their own places, masked, signed and rescaled', async () => {
    await using pool = openDecodePool({ workers: 1 });
    const voxels = shared(12).fill(99);
    const result = await pool.decode({
      bytes: file(),
      frames: [1, 0],
      into: {
        voxels,
        offsets: [0, 6],
        perFrame: [
          { slope: 1, intercept: 0 },
          { slope: 2, intercept: 10 },
        ],
      },
    });
    expect([...voxels]).toEqual([1, 2, 3, 4, 99, 99, 20, 8, -4086, 24, 99, 99]);
    expect(result).toMatchObject({ min: -4086, max: 24, layout: { rows: 2, frames: 2, bitsStored: 12 } });
  });

  test('the range is exact where int16 cannot hold it', async () => {
    await using pool = openDecodePool({ workers: 1 });
    const target = { voxels: shared(4), offsets: [0], perFrame: [{ slope: 100, intercept: 0.5 }] };
    expect(await pool.decode({ bytes: file(), frames: [0], into: target })).toMatchObject({
      min: -204799.5,
      max: 700.5,
    });
  });

  test('a modality LUT stands in the place of slope and intercept', async () => {
    const lut: DicomJson = {
      '00283000': {
        vr: 'SQ',
        Value: [
          {
            '00283002': { vr: 'SS', Value: [3, 4, 16] },
            '00283006': {
              vr: 'OW',
              InlineBinary: Buffer.from(Uint16Array.of(40, 50, 60).buffer).toString('base64'),
            },
          },
        ],
      },
    };
    await using pool = openDecodePool({ workers: 1 });
    const voxels = shared(4);
    const modalityLut = readModalityLut(header(lut))!;
    const perFrame = [{ slope: 1, intercept: 0, modalityLut }];
    await pool.decode({ bytes: file(lut), frames: [0], into: { voxels, offsets: [0], perFrame } });
    // 5 maps to the second entry; -1 and -2048 lie below, 7 above.
    expect([...voxels]).toEqual([50, 40, 40, 60]);
  });

  test('a broken object is refused and the next one is read', async () => {
    await using pool = openDecodePool({ workers: 1 });
    const broken = pool.decode({ bytes: file().subarray(0, 300), frames: [0] });
    const sound = pool.decode({ bytes: file(), frames: [0, 1] });
    await expect(broken).rejects.toMatchObject({ name: 'DicomError', code: 'truncated' });
    expect(await sound).toMatchObject({ min: -2048, max: 7 });
  });

  test('a place outside of the volume is refused', async () => {
    await using pool = openDecodePool({ workers: 1 });
    const into = { voxels: shared(6), offsets: [3], perFrame: [{ slope: 1, intercept: 0 }] };
    await expect(pool.decode({ bytes: file(), frames: [0], into })).rejects.toMatchObject({
      code: 'bad-image',
    });
  });

  test('a decoder that hangs is given up; the pool goes on with a new one', async () => {
    // The first thread hangs in a loop, whatever comes after answers.
    const code = `parentPort.on('message', ({ id, job }) => { if (job.bytes[0] === 1) for (;;);
      parentPort.postMessage({ id, kind: 'done', codecBytes: 0, result: { min: 0, max: 1, layout: null } }); });`;
    await using pool = openDecodePool({ workers: 1, timeLimitMs: 3000, msPerFrame: 0, script: script(code) });
    const hung = pool.decode({ bytes: Uint8Array.of(1), frames: [] });
    const next = pool.decode({ bytes: Uint8Array.of(2), frames: [] });
    await expect(hung).rejects.toThrow('took more than');
    expect((await next).max).toBe(1);
  });

  test('a decoder that dies takes its own object with it alone', async () => {
    const code = `parentPort.on('message', ({ id, job }) => { if (job.bytes[0] === 1) process.exit(3);
      parentPort.postMessage({ id, kind: 'done', codecBytes: 0, result: { min: 0, max: 1, layout: null } }); });`;
    await using pool = openDecodePool({ workers: 1, script: script(code) });
    const dead = pool.decode({ bytes: Uint8Array.of(1), frames: [] });
    const next = pool.decode({ bytes: Uint8Array.of(2), frames: [] });
    await expect(dead).rejects.toMatchObject({ code: 'codec' });
    expect((await next).max).toBe(1);
  });

  test('a thread whose codecs have grown is replaced', async () => {
    const code = `let jobs = 0; parentPort.on('message', ({ id }) =>
      parentPort.postMessage({ id, kind: 'done', codecBytes: 300e6, result: { min: 0, max: ++jobs, layout: null } }));`;
    await using pool = openDecodePool({ workers: 1, script: script(code) });
    expect((await pool.decode({ bytes: Uint8Array.of(1), frames: [] })).max).toBe(1);
    expect((await pool.decode({ bytes: Uint8Array.of(1), frames: [] })).max).toBe(1);
  });

  test('an abort leaves the queue; a closed pool says so', async () => {
    const pool = openDecodePool({ workers: 1, script: script(`parentPort.on('message', () => {});`) });
    const stop = new AbortController();
    const running = pool.decode({ bytes: file(), frames: [0] });
    const waiting = pool.decode({ bytes: file(), frames: [0] }, stop.signal);
    const ends = Promise.allSettled([running, waiting]);
    stop.abort(new Error('enough'));
    await pool.close();
    const [first, second] = await ends;
    expect(first).toMatchObject({ reason: { code: 'codec' } });
    expect(second).toMatchObject({ reason: { message: 'enough' } });
    await expect(pool.decode({ bytes: file(), frames: [] })).rejects.toThrow('closed');
  });
});
