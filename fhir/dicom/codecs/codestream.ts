/**
 * What a codestream says of itself, read before a codec may allocate for it, and whether it is complete: several
 * codecs answer a cut or oversized stream with a picture. Sources: ITU-T T.81 B.2, T.87 C.2, T.800 A.5.
 */
import { DicomError } from '../errors.ts';

export interface Codestream {
  readonly columns: number;
  readonly rows: number;
  readonly components: number;
  readonly bits: number;
  /** JPEG 2000 alone says it. */
  readonly signed: boolean;
  /** The marker of the frame (0xC0..) of JPEG; 0x51 for JPEG 2000. */
  readonly process: number;
  /** The codestream alone: JP2 boxes and padding left out. */
  readonly bytes: Uint8Array;
}

const broken = (words: string): never => {
  throw new DicomError('codec', words);
};
const word = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
const long = (bytes: Uint8Array, at: number): number => word(bytes, at) * 65536 + word(bytes, at + 2);

/** Padding behind the end marker goes; a stream without one was cut. */
function withoutPadding(bytes: Uint8Array, name: string): Uint8Array {
  const isEnd = (end: number): boolean => end > 2 && bytes[end - 1] === 0xd9 && bytes[end - 2] === 0xff;
  // The byte that makes a fragment even may be anything.
  let end = isEnd(bytes.length) ? bytes.length : bytes.length - 1;
  while (!isEnd(end) && (bytes[end - 1] === 0 || bytes[end - 1] === 0xff)) end--;
  return isEnd(end)
    ? bytes.subarray(0, end)
    : broken(`The ${name} stream has no end marker: it was cut or damaged.`);
}

/**
 * libjpeg takes three unnamed components for YCbCr; where the header says RGB, and the stream does not say otherwise
 * (no JFIF, no Adobe segment), an Adobe segment tells it. Source: libjpeg's default_decompress_parms rule.
 */
export function declareRgb(bytes: Uint8Array): Uint8Array {
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff && bytes[at + 1] !== 0xda;) {
    if (bytes[at + 1] === 0xe0 || bytes[at + 1] === 0xee) return bytes;
    at += 2 + word(bytes, at + 2);
  }
  const out = new Uint8Array(bytes.length + ADOBE_RGB.length);
  out.set(bytes.subarray(0, 2));
  out.set(ADOBE_RGB, 2);
  out.set(bytes.subarray(2), 2 + ADOBE_RGB.length);
  return out;
}

/** APP14 'Adobe', version 100, transform 0. */
const ADOBE_RGB = Uint8Array.of(0xff, 0xee, 0, 14, 0x41, 0x64, 0x6f, 0x62, 0x65, 0, 100, 0, 0, 0, 0, 0);

/** JPEG and JPEG-LS: SOI, segments, one frame header. Throws 'codec'. */
export function readJpegHeader(frame: Uint8Array): Codestream {
  if (frame[0] !== 0xff || frame[1] !== 0xd8) broken('The frame is no JPEG: it does not start with one.');
  const bytes = withoutPadding(frame, 'JPEG');
  let at = 2;
  while (at + 4 <= bytes.length) {
    if (bytes[at] !== 0xff) broken('The JPEG stream is damaged before its image.');
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at++;
      continue;
    }
    if (marker === 0xda || marker === 0xd9) break;
    const length = word(bytes, at + 2);
    const isFrame =
      (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) || marker === 0xf7;
    if (isFrame) {
      if (at + 10 > bytes.length) break;
      return {
        bits: bytes[at + 4]!,
        rows: word(bytes, at + 5),
        columns: word(bytes, at + 7),
        components: bytes[at + 9]!,
        signed: false,
        process: marker,
        bytes,
      };
    }
    if (length < 2) broken('The JPEG stream is damaged before its image.');
    at += 2 + length;
  }
  return broken('The JPEG stream holds no image.');
}

/** JPEG 2000 and HTJ2K: the SIZ segment; a JP2 file around it is opened. Throws 'codec'. */
export function readJpeg2000Header(frame: Uint8Array): Codestream {
  const stream = fromJp2(frame);
  if (long(stream, 0) !== 0xff4fff51 || stream.length < 49)
    broken('The frame is no JPEG 2000: it does not start with one.');
  const bytes = withoutPadding(stream, 'JPEG 2000');
  const [right, bottom, left, top] = [8, 12, 16, 20].map((at) => long(bytes, at)) as [
    number,
    number,
    number,
    number,
  ];
  const [tileWidth, tileHeight] = [long(bytes, 24), long(bytes, 28)];
  const columns = right - left;
  const rows = bottom - top;
  const components = word(bytes, 40);
  if (columns < 1 || rows < 1 || tileWidth < 1 || tileHeight < 1 || components < 1)
    broken('The JPEG 2000 stream has no usable size.');
  if (Math.ceil(columns / tileWidth) * Math.ceil(rows / tileHeight) > 65535)
    broken('The JPEG 2000 stream has more tiles than there can be.');
  const depth = bytes[42]!;
  for (let i = 0; i < components; i++)
    if (bytes[42 + 3 * i] !== depth || bytes[43 + 3 * i] !== 1 || bytes[44 + 3 * i] !== 1)
      broken('The components of the JPEG 2000 stream differ in depth or size.');
  checkTileParts(bytes);
  return { columns, rows, components, bits: (depth & 0x7f) + 1, signed: depth > 0x7f, process: 0x51, bytes };
}

/** The tile-parts follow each other to the end marker: what was cut out of the middle shows here, not in a codec. */
function checkTileParts(bytes: Uint8Array): void {
  let at = 2;
  while (at + 4 <= bytes.length && word(bytes, at) !== START_OF_TILE)
    at += 2 + Math.max(2, word(bytes, at + 2));
  if (at + 12 > bytes.length) broken('The JPEG 2000 stream ends before its image.');
  while (at + 12 <= bytes.length && word(bytes, at) === START_OF_TILE) {
    const length = long(bytes, at + 6);
    // 0 is "to the end", which the last tile-part may say.
    at = length === 0 ? bytes.length - 2 : at + Math.max(12, length);
  }
  if (at !== bytes.length - 2)
    broken('The tile-parts of the JPEG 2000 stream do not fit its length: it was cut.');
}
const START_OF_TILE = 0xff90;

function fromJp2(frame: Uint8Array): Uint8Array {
  if (long(frame, 0) !== 12 || long(frame, 4) !== 0x6a502020) return frame;
  for (let at = 12; at + 8 <= frame.length;) {
    const length = long(frame, at);
    if (long(frame, at + 4) === 0x6a703263)
      return frame.subarray(at + 8, length > 8 ? at + length : frame.length);
    if (length < 8) break;
    at += length;
  }
  return broken('The JP2 file in the frame holds no codestream.');
}
