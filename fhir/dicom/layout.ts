/** What a header says of its image, checked before anything is allocated or decoded. PS3.3 C.7.6.3. */
import { number, TAG, text } from './attributes.ts';
import { DicomError, tagName } from './errors.ts';
import type { DicomJson, PixelLayout } from './types.ts';

/** Decoded bytes of one frame, at most: four times the largest detector. */
export const FRAME_LIMIT = 1 << 30;

/** Frames of one object, at most: whoever lists them must not run out of memory on a lie. */
export const FRAMES_LIMIT = 1 << 20;

const SAMPLES: Readonly<Record<string, number>> = {
  MONOCHROME1: 1,
  MONOCHROME2: 1,
  'PALETTE COLOR': 1,
  RGB: 3,
  YBR_FULL: 3,
  YBR_FULL_422: 3,
  YBR_ICT: 3,
  YBR_RCT: 3,
};

const refuse = (words: string): never => {
  throw new DicomError('bad-image', words);
};

/** An attribute that must be a whole number of this VR. */
function whole(header: DicomJson, tag: string, name: string, vr: string): number {
  const element = header[tag];
  if (!element) return refuse(`The image has no ${name} ${tagName(tag)}.`);
  const value = element.Value?.[0];
  if (
    element.vr !== vr ||
    element.Value?.length !== 1 ||
    typeof value !== 'number' ||
    !Number.isInteger(value)
  )
    return refuse(`${name} ${tagName(tag)} is not one whole number (VR ${element.vr}).`);
  return value;
}

/** `pixelTag` is where the values lie: (7FE0,0008) float, (7FE0,0009) double or (7FE0,0010). Throws 'bad-image'. */
export function readLayout(header: DicomJson, pixelTag: string): PixelLayout {
  const rows = whole(header, TAG.Rows, 'Rows', 'US');
  const columns = whole(header, TAG.Columns, 'Columns', 'US');
  if (rows < 1 || columns < 1) refuse(`The image is ${columns} x ${rows} pixels.`);
  const photometric = text(header, TAG.PhotometricInterpretation);
  const samplesPerPixel = whole(header, TAG.SamplesPerPixel, 'Samples per Pixel', 'US');
  const samples = SAMPLES[photometric];
  if (samples === undefined)
    refuse(`Photometric Interpretation '${photometric.slice(0, 20)}' is none that can be shown.`);
  if (samples !== samplesPerPixel)
    refuse(`${photometric} has ${samples} samples per pixel, the header says ${samplesPerPixel}.`);

  const bitsAllocated = whole(header, TAG.BitsAllocated, 'Bits Allocated', 'US');
  const float = pixelTag !== '7FE00010';
  if (float) {
    const wanted = pixelTag === '7FE00008' ? 32 : 64;
    if (bitsAllocated !== wanted)
      refuse(`Float pixels of ${wanted} bits with Bits Allocated ${bitsAllocated}.`);
  } else if (![1, 8, 16, 32].includes(bitsAllocated))
    refuse(`Bits Allocated ${bitsAllocated} cannot be read.`);
  const bitsStored = float ? bitsAllocated : whole(header, TAG.BitsStored, 'Bits Stored', 'US');
  const highBit = float ? bitsAllocated - 1 : whole(header, TAG.HighBit, 'High Bit', 'US');
  const representation = float ? 1 : whole(header, TAG.PixelRepresentation, 'Pixel Representation', 'US');
  if (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated || highBit < bitsStored - 1)
    refuse(`Bits Stored ${bitsStored} below High Bit ${highBit} do not fit into ${bitsAllocated} bits.`);
  if (representation > 1) refuse(`Pixel Representation ${representation} is neither 0 nor 1.`);

  const declared = header[TAG.NumberOfFrames]?.Value ? number(header, TAG.NumberOfFrames)! : 1;
  if (declared > FRAMES_LIMIT)
    throw new DicomError('too-large', `The header declares ${declared} frames, more than can be read.`);
  if (!Number.isInteger(declared) || declared < 1) refuse(`Number of Frames is ${declared}.`);
  const planar = number(header, TAG.PlanarConfiguration) ?? 0;
  if (planar !== 0 && planar !== 1) refuse(`Planar Configuration ${planar} is neither 0 nor 1.`);
  const layout: PixelLayout = {
    rows,
    columns,
    frames: declared,
    samplesPerPixel,
    bitsAllocated,
    bitsStored,
    highBit,
    signed: representation === 1,
    photometric,
    planar: planar === 1 && samplesPerPixel > 1,
  };
  if (nativeFrameBits(layout) / 8 > FRAME_LIMIT)
    throw new DicomError('too-large', `One frame of ${columns} x ${rows} pixels is larger than can be read.`);
  return layout;
}

/** Bits of one native frame. YBR_FULL_422 and YBR_PARTIAL_422 share chroma between two pixels. PS3.3 C.7.6.3.1.2. */
export function nativeFrameBits(layout: PixelLayout): number {
  const { rows, columns, samplesPerPixel, bitsAllocated, photometric } = layout;
  if (photometric.endsWith('_422')) return rows * columns * 2 * bitsAllocated;
  return rows * columns * samplesPerPixel * bitsAllocated;
}
