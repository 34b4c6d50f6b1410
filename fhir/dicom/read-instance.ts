/** A file's bytes to an instance: header as DICOM JSON, image checked, frames as stored. */
import { TAG, text } from './attributes.ts';
import { checkGeometry } from './check-geometry.ts';
import { checkPalette } from './check-palette.ts';
import { swapWords } from './decode-value.ts';
import { DicomError } from './errors.ts';
import { openFile } from './file-meta.ts';
import type { OpenedFile } from './file-meta.ts';
import { fragmentsOfFrames, joinFragments } from './fragments.ts';
import { isImageClass } from './image-classes.ts';
import { nativeFrameBits, readLayout } from './layout.ts';
import { readElements } from './read-elements.ts';
import type { Dataset, PixelSpan, Span } from './read-elements.ts';
import type { InstanceHeader, ParsedInstance, PixelLayout } from './types.ts';

const DICOMDIR = '1.2.840.10008.1.3.10';

export interface ReadHeader extends InstanceHeader {
  /** Null where the object holds no image. */
  readonly layout: PixelLayout | null;
}

/**
 * A whole file. Throws DicomError: 'not-dicom' (also for a DICOMDIR), 'truncated', 'malformed', 'too-deep',
 * 'unsupported-syntax', 'bad-image', 'bad-geometry', 'too-large'.
 */
export function readInstance(bytes: Uint8Array): ParsedInstance {
  const file = openFile(bytes);
  const { dataset, pixels } = readElements(file.bytes, file.start, file.encoding);
  const described = describe(file, dataset, pixels);
  const { layout } = described;
  if (!layout || !pixels) return { ...described, pixelTag: null, frame: noFrame };
  const native = file.syntax.codec === 'native';
  if (native && pixels.fragments)
    throw new DicomError(
      'malformed',
      `${file.syntax.name} is declared, but the pixel data are encapsulated.`,
    );
  if (!native && !pixels.fragments)
    throw new DicomError(
      'malformed',
      `${file.syntax.name} is declared, but the pixel data are not encapsulated.`,
    );
  const frame = pixels.fragments
    ? codedFrames(file, dataset, pixels.fragments, layout)
    : nativeFrames(file, pixels, layout);
  return { ...described, pixelTag: pixels.tag, frame };
}

/**
 * The header of a file or of its first part: reads up to the pixel data and checks what is said of them, not the
 * data. Throws as `readInstance`; 'truncated' where `bytes` end before the pixel data of a longer file do begin.
 */
export function readHeader(bytes: Uint8Array): ReadHeader {
  const file = openFile(bytes);
  const { dataset, pixels } = readElements(file.bytes, file.start, {
    ...file.encoding,
    untilPixelData: true,
  });
  return describe(file, dataset, pixels);
}

function describe(file: OpenedFile, dataset: Dataset, pixels: PixelSpan | null): ReadHeader {
  const sopClassUid = text(dataset, TAG.SOPClassUID);
  if (sopClassUid === DICOMDIR || '00041220' in dataset)
    throw new DicomError('not-dicom', 'The file is a DICOMDIR: an index of files, not an object.');
  for (const [tag, name] of IDENTITY)
    if (text(dataset, tag) === '') throw new DicomError('malformed', `The object has no ${name}.`);
  const image = isImageClass(sopClassUid) || '00280010' in dataset || '00280011' in dataset;
  if (image && !pixels)
    throw new DicomError('truncated', 'The object is to be an image and holds no pixel data: it was cut.');
  if (pixels && !['OB', 'OW', 'OF', 'OD', 'UN'].includes(pixels.vr))
    throw new DicomError('malformed', `The pixel data have VR ${pixels.vr}.`);
  const layout = pixels ? readLayout(dataset, pixels.tag) : null;
  if (layout && pixels) {
    if (file.syntax.codec === 'native' && !pixels.fragments) checkNativeLength(pixels, layout);
    checkGeometry(dataset);
    checkPalette(dataset, layout);
  }
  return {
    studyInstanceUid: text(dataset, TAG.StudyInstanceUID),
    seriesInstanceUid: text(dataset, TAG.SeriesInstanceUID),
    sopInstanceUid: text(dataset, TAG.SOPInstanceUID),
    sopClassUid,
    transferSyntaxUid: file.transferSyntaxUid,
    header: dataset,
    layout,
  };
}

const IDENTITY = [
  [TAG.SOPClassUID, 'SOP Class UID'],
  [TAG.SOPInstanceUID, 'SOP Instance UID'],
] as const;

const noFrame = (): Uint8Array => {
  throw new DicomError('bad-image', 'The object holds no image.');
};

const checkIndex = (index: number, layout: PixelLayout): void => {
  if (!Number.isInteger(index) || index < 0 || index >= layout.frames)
    throw new DicomError('bad-image', `Frame ${index} was asked for, the object has ${layout.frames}.`);
};

/** The header describes exactly the bytes that are there; one more makes them even. */
function checkNativeLength(pixels: PixelSpan, layout: PixelLayout): void {
  const needed = Math.ceil((nativeFrameBits(layout) * layout.frames) / 8);
  if (pixels.length !== needed && pixels.length !== needed + (needed & 1))
    throw new DicomError(
      'bad-image',
      `The header describes ${needed} bytes of pixel data (${layout.columns} x ${layout.rows}, ${layout.frames} frame(s), ` +
        `${layout.bitsAllocated} bits), the file holds ${pixels.length}.`,
    );
}

function nativeFrames(
  file: OpenedFile,
  pixels: PixelSpan,
  layout: PixelLayout,
): (index: number) => Uint8Array {
  const bits = nativeFrameBits(layout);
  // Big endian: samples wider than a byte are swapped as such; bytes in OW lie swapped in words of 16 bits.
  const word = file.encoding.littleEndian
    ? 1
    : Math.max(layout.bitsAllocated >> 3, pixels.vr === 'OW' ? 2 : 1);
  return (index) => {
    checkIndex(index, layout);
    const from = index * bits;
    if (from % 8 === 0) {
      const offset = pixels.offset + from / 8;
      const length = Math.ceil(bits / 8);
      if (word === 1) return file.bytes.subarray(offset, offset + length);
      return swapWords(file.bytes.subarray(offset, offset + Math.ceil(length / word) * word), word).subarray(
        0,
        length,
      );
    }
    return shiftBits(file.bytes, pixels.offset * 8 + from, bits);
  };
}

/** One-bit frames follow each other without padding: a frame that starts within a byte is copied to start its own. */
function shiftBits(bytes: Uint8Array, fromBit: number, bits: number): Uint8Array {
  const out = new Uint8Array(Math.ceil(bits / 8));
  for (let i = 0; i < bits; i++) {
    const bit = fromBit + i;
    out[i >> 3]! |= ((bytes[Math.floor(bit / 8)]! >> (bit & 7)) & 1) << (i & 7);
  }
  return out;
}

function codedFrames(
  file: OpenedFile,
  dataset: Dataset,
  spans: readonly Span[],
  layout: PixelLayout,
): (index: number) => Uint8Array {
  const extended = extendedTable(dataset);
  const oneEach = file.syntax.codec === 'rle' || file.syntax.codec === 'deflated-frame';
  const groups = fragmentsOfFrames(file.bytes, spans, layout.frames, oneEach, { extended });
  return (index) => {
    checkIndex(index, layout);
    return joinFragments(file.bytes, groups[index]!);
  };
}

/** 64-bit tables, in OV. */
function extendedTable(dataset: Dataset): { offsets: number[]; lengths: number[] } | null {
  const [offsets, lengths] = ['7FE00001', '7FE00002'].map((tag) => {
    const inline = dataset[tag]?.InlineBinary;
    if (inline === undefined) return null;
    const raw = Buffer.from(inline, 'base64');
    return Array.from({ length: Math.floor(raw.length / 8) }, (_, i) => Number(raw.readBigUInt64LE(i * 8)));
  });
  if (!offsets) return null;
  if (!lengths || lengths.length !== offsets.length)
    throw new DicomError('malformed', 'The extended offset table has no lengths that fit it.');
  return { offsets, lengths };
}
