/** One coded frame to bytes, little endian and interleaved by pixel; every codec's answer is checked. */
import { inflateRawSync } from 'node:zlib';
import { DicomError } from '../errors.ts';
import { nativeFrameBits } from '../layout.ts';
import type { CodecName } from '../syntax.ts';
import type { PixelLayout } from '../types.ts';
import { declareRgb, readJpeg2000Header, readJpegHeader } from './codestream.ts';
import type { Codestream } from './codestream.ts';
import { dropJpeg, dropWasm, loadJpeg, loadWasm } from './load.rim.ts';
import type { WasmName } from './load.rim.ts';
import { decodeRle } from './rle.ts';

/** Bytes of a frame in `bytesPerSample`, and how their colour is to be read. */
export interface Coded {
  readonly bytes: Uint8Array;
  readonly bytesPerSample: number;
  readonly signed: boolean;
  readonly planar: boolean;
  readonly photometric: string;
}

/** Throws DicomError 'codec' or 'bad-image'. */
export async function decodeCoded(frame: Uint8Array, codec: CodecName, layout: PixelLayout): Promise<Coded> {
  const plain = {
    bytesPerSample: Math.max(1, layout.bitsAllocated / 8),
    signed: layout.signed,
    planar: layout.planar,
    photometric: layout.photometric,
  };
  switch (codec) {
    case 'native':
      return { ...plain, bytes: frame };
    case 'deflated-frame':
      return { ...plain, bytes: inflateFrame(frame, layout) };
    case 'rle':
      return { ...plain, planar: false, bytes: decodeRle(frame, layout) };
    case 'jpeg-ls':
      return decodeWasm('jpeg-ls', agree(readJpegHeader(frame), layout, [0xf7]), layout);
    case 'jpeg-2000':
      return decodeWasm('jpeg-2000', agree(readJpeg2000Header(frame), layout, [0x51]), layout);
    case 'htj2k':
      return decodeWasm('htj2k', agree(readJpeg2000Header(frame), layout, [0x51]), layout);
    case 'jpeg-lossless':
      return decodeJpeg(agree(readJpegHeader(frame), layout, [0xc3]), layout);
    case 'jpeg': {
      const stream = agree(readJpegHeader(frame), layout, [0xc0, 0xc1]);
      if (stream.bits !== 8) return decodeJpeg(stream, layout);
      const bytes = layout.photometric === 'RGB' ? declareRgb(stream.bytes) : stream.bytes;
      return decodeWasm('jpeg-8bit', { ...stream, bytes }, layout);
    }
  }
}

/** The codestream must be the image that the header describes. */
function agree(stream: Codestream, layout: PixelLayout, processes: readonly number[]): Codestream {
  if (!processes.includes(stream.process))
    throw new DicomError('codec', 'The frame is coded otherwise than its transfer syntax says.');
  if (stream.columns !== layout.columns || stream.rows !== layout.rows)
    throw new DicomError(
      'bad-image',
      `The header says ${layout.columns} x ${layout.rows} pixels, the coded frame ${stream.columns} x ${stream.rows}.`,
    );
  if (stream.components !== layout.samplesPerPixel)
    throw new DicomError(
      'bad-image',
      `The header says ${layout.samplesPerPixel} samples per pixel, the coded frame ${stream.components}.`,
    );
  if (stream.bits < 1 || stream.bits > layout.bitsAllocated || stream.bits > 16)
    throw new DicomError(
      'bad-image',
      `The coded frame has ${stream.bits} bits per sample, the header ${layout.bitsAllocated}.`,
    );
  return stream;
}

function inflateFrame(frame: Uint8Array, layout: PixelLayout): Uint8Array {
  const needed = Math.ceil(nativeFrameBits(layout) / 8);
  let bytes: Uint8Array;
  try {
    bytes = inflateRawSync(frame, { maxOutputLength: needed + 1 });
  } catch (error) {
    throw new DicomError('codec', `The deflated frame does not inflate to its ${needed} bytes.`, {
      cause: error,
    });
  }
  if (bytes.length !== needed && bytes.length !== needed + (needed & 1))
    throw new DicomError(
      'codec',
      `The deflated frame has ${bytes.length} bytes where its pixels need ${needed}.`,
    );
  return bytes.subarray(0, needed);
}

const TITLE: Readonly<Record<WasmName, string>> = {
  'jpeg-2000': 'JPEG 2000',
  'jpeg-ls': 'JPEG-LS',
  htj2k: 'HTJ2K',
  'jpeg-8bit': 'JPEG',
};

async function decodeWasm(name: WasmName, stream: Codestream, layout: PixelLayout): Promise<Coded> {
  const codec = await loadWasm(name);
  try {
    const decoder = codec.open();
    try {
      decoder.getEncodedBuffer(stream.bytes.length).set(stream.bytes);
      decoder.decode();
      const info = decoder.getFrameInfo();
      const bytesPerSample = stream.bits > 8 ? 2 : 1;
      const view = decoder.getDecodedBuffer();
      expect(name, view.byteLength, stream, bytesPerSample);
      if (info.width !== stream.columns || info.height !== stream.rows)
        throw new DicomError(
          'codec',
          `The ${TITLE[name]} codec answered with another size than its stream says.`,
        );
      // The copy is what leaves: the view is memory of the codec, and changes with the next frame.
      const bytes = new Uint8Array(view);
      const planar = name === 'jpeg-ls' && layout.samplesPerPixel > 1 && decoder.getInterleaveMode?.() === 0;
      const transformed = name !== 'jpeg-ls' && layout.samplesPerPixel === 3;
      return {
        bytes,
        bytesPerSample,
        signed: stream.signed,
        planar,
        photometric: transformed ? 'RGB' : layout.photometric,
      };
    } finally {
      decoder.delete();
    }
  } catch (error) {
    if (error instanceof DicomError) throw error;
    dropWasm(name);
    throw new DicomError('codec', `The ${TITLE[name]} frame cannot be decoded: it is damaged.`, {
      cause: error,
    });
  }
}

async function decodeJpeg(stream: Codestream, layout: PixelLayout): Promise<Coded> {
  const jpeg = await loadJpeg();
  try {
    const bytes = new Uint8Array(
      jpeg.decode({
        width: layout.columns,
        height: layout.rows,
        bitsAllocated: layout.bitsAllocated,
        bitsStored: layout.bitsStored,
        samplesPerPixel: layout.samplesPerPixel,
        pixelRepresentation: layout.signed ? 1 : 0,
        planarConfiguration: layout.planar ? 1 : 0,
        photometricInterpretation: layout.photometric,
        encodedBuffer: stream.bytes,
      }),
    );
    const bytesPerSample = layout.bitsAllocated / 8;
    expect('jpeg-8bit', bytes.length, stream, bytesPerSample);
    return {
      bytes,
      bytesPerSample,
      signed: layout.signed,
      planar: layout.planar,
      photometric: layout.photometric,
    };
  } catch (error) {
    if (error instanceof DicomError) throw error;
    dropJpeg();
    throw new DicomError('codec', 'The JPEG frame cannot be decoded: it is damaged.', { cause: error });
  }
}

function expect(name: WasmName, length: number, stream: Codestream, bytesPerSample: number): void {
  const needed = stream.columns * stream.rows * stream.components * bytesPerSample;
  if (length !== needed)
    throw new DicomError(
      'codec',
      `The ${TITLE[name]} frame gives ${length} bytes where its pixels need ${needed}.`,
    );
}
