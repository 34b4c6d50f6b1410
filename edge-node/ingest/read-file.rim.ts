/** A whole file and its state at the moment of reading. */
import { open } from 'node:fs/promises';

const LARGEST_FILE = 4 * 2 ** 30;

export interface ReadFile {
  /** Alone in their buffer, so that a worker may take them away. */
  readonly bytes: Uint8Array;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Rejects with the disk's error, or RangeError beyond 4 GiB. */
export async function readWholeFile(file: string): Promise<ReadFile> {
  await using handle = await open(file, 'r');
  const { size, mtimeMs } = await handle.stat();
  if (size > LARGEST_FILE) throw new RangeError(`it has ${size} bytes, and ${LARGEST_FILE} are the most`);
  const bytes = new Uint8Array(size);
  let at = 0;
  while (at < size) {
    const { bytesRead } = await handle.read(bytes, at, size - at, at);
    if (bytesRead === 0) break;
    at += bytesRead;
  }
  return { bytes: at === size ? bytes : bytes.slice(0, at), size, mtimeMs };
}
