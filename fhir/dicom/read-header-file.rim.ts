/** A header from a file on disk, without reading its pixels. */
import { open } from 'node:fs/promises';
import { DicomError } from './errors.ts';
import { readHeader } from './read-instance.ts';
import type { ReadHeader } from './read-instance.ts';

const FIRST = 64 << 10;

/** Reads the file's start, and eight times more as long as its header goes on. Throws as `readHeader`, or the disk's error. */
export async function readHeaderFromFile(path: string): Promise<ReadHeader> {
  await using file = await open(path, 'r');
  const { size } = await file.stat();
  for (let want = FIRST; ; want *= 8) {
    const length = Math.min(want, size);
    const bytes = new Uint8Array(length);
    const { bytesRead } = await file.read(bytes, 0, length, 0);
    try {
      return readHeader(bytes.subarray(0, bytesRead));
    } catch (error) {
      // A start that is no DICOM stays none; anything else may only have been cut by us.
      const final = length >= size || (error instanceof DicomError && error.code === 'not-dicom');
      if (final) throw error;
    }
  }
}
