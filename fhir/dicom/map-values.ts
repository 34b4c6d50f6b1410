/** Stored values of one frame to values of a volume. */
import { rescale } from '../../native/index.ts';
import type { DecodeTarget, ValueMap } from './decode-messages.ts';
import { DicomError } from './errors.ts';
import type { ModalityLut } from './modality-lut.ts';
import type { DecodedFrame, PixelLayout } from './types.ts';

export interface Range {
  readonly min: number;
  readonly max: number;
}

/**
 * Least and greatest stored value: BitsStored below HighBit, sign extended (PS3.5 8.1.1; overlays may lie above).
 * NaN counts for neither.
 */
export function storedRange({ data, layout }: DecodedFrame): Range {
  if (layout.bitsAllocated === 1 || layout.bitsStored === layout.bitsAllocated) return plainRange(data);
  const { below, above } = shifts(layout);
  return layout.signed ? signedRange(data, below, above) : unsignedRange(data, below, above);
}

// One loop each, over whole numbers from the start: a shared one, or one that starts at infinity, runs ten times slower.
function plainRange(data: DecodedFrame['data']): Range {
  let first = 0;
  while (first < data.length && Number.isNaN(data[first])) first++;
  let min = data[first] ?? Infinity;
  let max = data[first] ?? -Infinity;
  for (let i = first + 1; i < data.length; i++) {
    const value = data[i]!;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function signedRange(data: DecodedFrame['data'], below: number, above: number): Range {
  let min = (data[0]! << below) >> above;
  let max = min;
  for (let i = 1; i < data.length; i++) {
    const value = (data[i]! << below) >> above;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

function unsignedRange(data: DecodedFrame['data'], below: number, above: number): Range {
  let min = (data[0]! << below) >>> above;
  let max = min;
  for (let i = 1; i < data.length; i++) {
    const value = (data[i]! << below) >>> above;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

const shifts = ({
  bitsStored,
  highBit,
}: PixelLayout): { readonly below: number; readonly above: number } => ({
  below: 31 - highBit,
  above: 32 - bitsStored,
});
const keepStored = (value: number, below: number, above: number, signed: boolean): number =>
  signed ? (value << below) >> above : (value << below) >>> above;

/** Writes the frame to its place and returns the exact range of its mapped values. Throws 'bad-image'. */
export function mapFrame(frame: DecodedFrame, map: ValueMap, target: DecodeTarget, offset: number): Range {
  const { layout, data } = frame;
  if (layout.samplesPerPixel !== 1 || !layout.photometric.startsWith('MONOCHROME'))
    throw new DicomError(
      'bad-image',
      `An image of ${layout.photometric} has colours, not values of a volume.`,
    );
  if (offset < 0 || offset + data.length > target.voxels.length)
    throw new DicomError(
      'bad-image',
      `A frame of ${data.length} pixels does not fit into its place in the volume.`,
    );
  if (map.modalityLut) return mapByTable(frame, map.modalityLut, target.voxels, offset);
  const { slope, intercept } = map;
  // Doubles are outside of what the kernel takes, and so is BitsStored 1 of unpacked bits: plain values both.
  const plain = data instanceof Float64Array ? Float32Array.from(data) : data;
  const mapped = rescale(
    plain,
    layout.bitsAllocated === 1
      ? { bitsStored: 1, highBit: 0, signed: false, slope, intercept }
      : {
          bitsStored: layout.bitsStored,
          highBit: layout.highBit,
          signed: layout.signed,
          slope,
          intercept,
        },
    target.voxels,
    offset,
  );
  const stored = plain === data ? mapped : storedRange(frame);
  const ends = [stored.min * slope + intercept, stored.max * slope + intercept] as const;
  return { min: Math.min(...ends), max: Math.max(...ends) };
}

function mapByTable(
  { data, layout }: DecodedFrame,
  { first, values }: ModalityLut,
  out: DecodeTarget['voxels'],
  offset: number,
): Range {
  const whole = layout.bitsStored === layout.bitsAllocated;
  const { below, above } = shifts(layout);
  const last = values.length - 1;
  let min = Infinity;
  let max = -Infinity;
  for (let i = 0; i < data.length; i++) {
    const stored = whole ? data[i]! : keepStored(data[i]!, below, above, layout.signed);
    const value = values[Math.min(last, Math.max(0, stored - first))]!;
    out[offset + i] = value;
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}
