import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { missingData, sharedData } from '../../test/fixtures/debian.ts';
import { decodeRle } from './codecs/rle.ts';
import { decodeFrame, readInstance } from './index.ts';
import type { ParsedInstance, PixelLayout } from './types.ts';

const layout = (more: Partial<PixelLayout>): PixelLayout => ({
  rows: 2,
  columns: 3,
  frames: 1,
  samplesPerPixel: 1,
  bitsAllocated: 16,
  bitsStored: 16,
  highBit: 15,
  signed: false,
  photometric: 'MONOCHROME2',
  planar: false,
  ...more,
});

describe('decodeRle', () => {
  /** Header of two segments, then them: a run of six high bytes, six literal low ones. */
  const frame = (high: number[], low: number[]): Uint8Array => {
    const bytes = new Uint8Array(64 + high.length + low.length);
    new DataView(bytes.buffer).setUint32(0, 2, true);
    new DataView(bytes.buffer).setUint32(4, 64, true);
    new DataView(bytes.buffer).setUint32(8, 64 + high.length, true);
    bytes.set([...high, ...low], 64);
    return bytes;
  };
  test('the first segment is the high byte', () => {
    const out = decodeRle(frame([251, 7], [5, 1, 2, 3, 4, 5, 6]), layout({}));
    expect([...new Uint16Array(out.buffer)]).toEqual([0x701, 0x702, 0x703, 0x704, 0x705, 0x706]);
  });
  test.each([
    ['a run over the end', [250, 7], [5, 1, 2, 3, 4, 5, 6], 'more than its pixels'],
    ['a literal cut', [251, 7], [5, 1, 2, 3], 'ends before'],
    ['a run without its value', [251], [5, 1, 2, 3, 4, 5, 6], 'ends before'],
    ['too few pixels', [252, 7], [5, 1, 2, 3, 4, 5, 6], 'ends before'],
  ])('%s is refused', (_, high, low, words) => {
    expect(() => decodeRle(frame(high, low), layout({}))).toThrow(words);
  });
});

const absent = missingData('transfer-syntaxes');

describe.skipIf(absent !== null)(`damaged frames (${absent ?? 'shared data'})`, () => {
  const open = (name: string): ParsedInstance =>
    readInstance(readFileSync(sharedData('transfer-syntaxes', 'family-ct256', `ct12u-${name}.dcm`)));
  const damaged = (instance: ParsedInstance, change: (frame: Uint8Array) => Uint8Array): ParsedInstance => ({
    ...instance,
    frame: (index) => change(instance.frame(index)),
  });

  const CODED = [
    'rle',
    'deflated-image-frame',
    'jpeg-extended-12bit',
    'jpeg-lossless-sv1',
    'jpegls-lossless',
    'jpegls-near2',
    'j2k-lossless',
    'j2k-lossy',
    'htj2k-lossless',
    'htj2k-lossy',
  ];
  test.each(CODED)('%s cut at a half, at 1000 bytes and just before its end', async (name) => {
    const instance = open(name);
    for (const keep of [instance.frame(0).length >> 1, 1000, instance.frame(0).length - 8]) {
      const cut = damaged(instance, (frame) => frame.subarray(0, keep));
      await expect(decodeFrame(cut, 0), `${keep} bytes`).rejects.toMatchObject({
        name: 'DicomError',
        code: 'codec',
      });
    }
    // The codec is well afterwards.
    expect((await decodeFrame(instance, 0)).data.length).toBe(65536);
  });

  test.each(['j2k-lossless', 'htj2k-lossless', 'jpegls-lossless'])(
    '%s with a piece cut out of its middle',
    async (name) => {
      const without = damaged(open(name), (frame) => {
        const half = frame.length >> 1;
        return Uint8Array.from([...frame.subarray(0, half), ...frame.subarray(half + 2000)]);
      });
      await expect(decodeFrame(without, 0)).rejects.toMatchObject({ code: 'codec' });
    },
  );

  test.each(['jpegls-lossless', 'j2k-lossless', 'htj2k-lossless', 'jpeg-lossless-sv1'])(
    '%s under a header of other size is refused before a codec sees it',
    async (name) => {
      const instance = open(name);
      const lying = { ...instance, layout: { ...instance.layout!, columns: 255 } };
      await expect(decodeFrame(lying, 0)).rejects.toMatchObject({ code: 'bad-image' });
    },
  );

  test('HTJ2K frames are copies: the next decode leaves them alone', async () => {
    const instance = open('htj2k-lossless');
    const { data } = await decodeFrame(instance, 0);
    const before = data.slice();
    await decodeFrame(open('htj2k-lossy'), 0);
    expect(data).toEqual(before);
    expect(data.buffer.byteLength).toBe(131072);
  });
});
