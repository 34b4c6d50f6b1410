/** One job of the decode pool: a file read, its frames decoded and put in their places. */
import { createHash } from 'node:crypto';
import { decodeFrame } from './decode-frame.ts';
import type { DecodeJob, DecodeResult } from './decode-messages.ts';
import { mapFrame, storedRange } from './map-values.ts';
import { readInstance } from './read-instance.ts';

/** Throws DicomError. Frames before the broken one have been written: whoever asked drops the object. */
export async function decodeObject({ bytes, frames, into, hash }: DecodeJob): Promise<DecodeResult> {
  const instance = readInstance(bytes);
  const digest = hash ? createHash('sha256') : null;
  let min = Infinity;
  let max = -Infinity;
  for (const [i, index] of frames.entries()) {
    const frame = await decodeFrame(instance, index);
    const { data } = frame;
    digest?.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    const range = into ? mapFrame(frame, into.perFrame[i]!, into, into.offsets[i]!) : storedRange(frame);
    min = Math.min(min, range.min);
    max = Math.max(max, range.max);
  }
  return { min, max, layout: instance.layout, ...(digest ? { sha256: digest.digest('hex') } : {}) };
}
