/** RLE of PS3.5 Annex G, checking everything: one segment per byte plane, most significant first. */
import { DicomError } from '../errors.ts';
import type { PixelLayout } from '../types.ts';

const broken = (words: string): never => {
  throw new DicomError('codec', words);
};

/** Little endian, interleaved by pixel. Each segment must give exactly one byte per pixel. Throws 'codec'. */
export function decodeRle(frame: Uint8Array, layout: PixelLayout): Uint8Array {
  if (frame.length < 64) broken(`The RLE frame has ${frame.length} bytes, less than its header.`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const width = layout.bitsAllocated / 8;
  const planes = width * layout.samplesPerPixel;
  const count = view.getUint32(0, true);
  if (count !== planes) broken(`The RLE frame has ${count} segments where its pixels need ${planes}.`);
  const pixels = layout.rows * layout.columns;
  const offsets = Array.from({ length: planes }, (_, i) => view.getUint32(4 + 4 * i, true));
  offsets.forEach((offset, i) => {
    if (offset < 64 || offset >= frame.length || (i > 0 && offset <= offsets[i - 1]!))
      broken(`Segment ${i + 1} of the RLE frame starts at ${offset}, which is no place for it.`);
  });
  const out = new Uint8Array(pixels * planes);
  offsets.forEach((offset, i) => {
    const sample = Math.floor(i / width);
    const byte = width - 1 - (i % width);
    const segment = frame.subarray(offset, offsets[i + 1] ?? frame.length);
    unpack(segment, out, sample * width + byte, planes, pixels, i + 1);
  });
  return out;
}

function unpack(
  segment: Uint8Array,
  out: Uint8Array,
  start: number,
  stride: number,
  pixels: number,
  name: number,
): void {
  let at = 0;
  let to = start;
  const end = start + pixels * stride;
  while (to < end) {
    if (at >= segment.length) broken(`Segment ${name} of the RLE frame ends before its pixels do.`);
    const head = segment[at++]!;
    if (head === 128) continue;
    const run = head < 128 ? head + 1 : 257 - head;
    if (to + run * stride > end) broken(`Segment ${name} of the RLE frame holds more than its pixels.`);
    if (head < 128) {
      if (at + run > segment.length) broken(`Segment ${name} of the RLE frame ends before its pixels do.`);
      for (let k = 0; k < run; k++, to += stride) out[to] = segment[at++]!;
    } else {
      if (at >= segment.length) broken(`Segment ${name} of the RLE frame ends before its pixels do.`);
      const value = segment[at++]!;
      for (let k = 0; k < run; k++, to += stride) out[to] = value;
    }
  }
}
