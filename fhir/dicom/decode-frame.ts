/** One frame of an instance to its stored values. */
import { decodeCoded } from './codecs/decode-coded.ts';
import type { Coded } from './codecs/decode-coded.ts';
import { DicomError } from './errors.ts';
import { syntaxOf } from './syntax.ts';
import type { DecodedFrame, ParsedInstance, PixelLayout } from './types.ts';

/**
 * Frame `index`, from 0. Throws DicomError 'bad-image', 'codec' or 'unsupported-syntax'. The data are a view of the
 * file where it holds them as they are; whoever keeps them copies.
 */
export async function decodeFrame(instance: ParsedInstance, index: number): Promise<DecodedFrame> {
  const { layout } = instance;
  const syntax = syntaxOf(instance.transferSyntaxUid);
  if (!layout) throw new DicomError('bad-image', 'The object holds no image.');
  if (!syntax) throw new DicomError('unsupported-syntax', `Transfer syntax ${instance.transferSyntaxUid}.`);
  const coded = await decodeCoded(instance.frame(index), syntax.codec, layout);
  const packed = layout.photometric.endsWith('_422');
  const uncoded = syntax.codec === 'native' || syntax.codec === 'deflated-frame';
  const bytes =
    layout.bitsAllocated === 1 && uncoded
      ? unpackBits(coded.bytes, layout.rows * layout.columns)
      : packed && uncoded
        ? upsampled(coded.bytes, layout)
        : interleaved(widened(coded, layout), coded.planar, layout);
  return {
    layout: { ...layout, planar: false, photometric: coded.photometric },
    data: typed(bytes, instance),
  };
}

/** One byte of 0 or 1 for each bit, the least significant first. */
function unpackBits(bytes: Uint8Array, pixels: number): Uint8Array {
  const out = new Uint8Array(pixels);
  for (let i = 0; i < pixels; i++) out[i] = (bytes[i >> 3]! >> (i & 7)) & 1;
  return out;
}

/** Y Y Cb Cr to Y Cb Cr twice: chroma shared by two pixels. PS3.3 C.7.6.3.1.2. */
function upsampled(bytes: Uint8Array, layout: PixelLayout): Uint8Array {
  if (layout.bitsAllocated !== 8)
    throw new DicomError('bad-image', `${layout.photometric} is read with 8 bits only.`);
  const pixels = layout.rows * layout.columns;
  const out = new Uint8Array(pixels * 3);
  for (let i = 0; i < pixels; i++) {
    const pair = (i >> 1) * 4;
    out[3 * i] = bytes[pair + (i & 1)]!;
    out[3 * i + 1] = bytes[pair + 2]!;
    out[3 * i + 2] = bytes[pair + 3]!;
  }
  return out;
}

/** A codec answers in bytes where its stream has 8 bits or less; the header may allocate more. */
function widened({ bytes, bytesPerSample, signed }: Coded, layout: PixelLayout): Uint8Array {
  const width = layout.bitsAllocated / 8;
  if (bytesPerSample === width || layout.bitsAllocated === 1) return bytes;
  const samples = bytes.length / bytesPerSample;
  const out = new Uint8Array(samples * width);
  for (let i = 0; i < samples; i++) {
    out.set(bytes.subarray(i * bytesPerSample, (i + 1) * bytesPerSample), i * width);
    if (signed && bytes[(i + 1) * bytesPerSample - 1]! > 0x7f)
      out.fill(0xff, i * width + bytesPerSample, (i + 1) * width);
  }
  return out;
}

function interleaved(bytes: Uint8Array, planar: boolean, layout: PixelLayout): Uint8Array {
  const { samplesPerPixel: samples } = layout;
  if (!planar || samples === 1) return bytes;
  const width = layout.bitsAllocated / 8;
  const pixels = layout.rows * layout.columns;
  const out = new Uint8Array(bytes.length);
  for (let s = 0; s < samples; s++)
    for (let i = 0; i < pixels; i++)
      for (let b = 0; b < width; b++)
        out[(i * samples + s) * width + b] = bytes[(s * pixels + i) * width + b]!;
  return out;
}

/** A view where the bytes lie on the boundary that their type wants, else a copy. */
function typed(bytes: Uint8Array, instance: ParsedInstance): DecodedFrame['data'] {
  const { bitsAllocated, signed } = instance.layout!;
  const width = bitsAllocated === 1 ? 1 : bitsAllocated / 8;
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  const { buffer, byteOffset } = aligned;
  const length = bytes.length / width;
  if (instance.pixelTag === '7FE00008') return new Float32Array(buffer, byteOffset, length);
  if (instance.pixelTag === '7FE00009') return new Float64Array(buffer, byteOffset, length);
  if (width === 1) return signed && bitsAllocated === 8 ? new Int8Array(buffer, byteOffset, length) : aligned;
  if (width === 2)
    return signed ? new Int16Array(buffer, byteOffset, length) : new Uint16Array(buffer, byteOffset, length);
  return signed ? new Int32Array(buffer, byteOffset, length) : new Uint32Array(buffer, byteOffset, length);
}
