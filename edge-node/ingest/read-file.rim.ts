/**
 * Files read with their state at that moment. Plain descriptors: a handle object for each of thousands of small files
 * costs more than the reading, and nobody waits for a close.
 */
import { close, fstat, open, read } from 'node:fs';
import { promisify } from 'node:util';
import { DicomError, readHeader } from '../../fhir/dicom/index.ts';
import type { ReadHeader } from '../../fhir/dicom/index.ts';

const [openFile, stateOf, readInto] = [promisify(open), promisify(fstat), promisify(read)];

const LARGEST_FILE = 4 * 2 ** 30;
/** A header is mostly within this; eight times more is read as long as it goes on. */
const FIRST_BYTES = 32 << 10;

export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

const DISK_WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'it is no longer there',
  EACCES: 'this node has no right to read it',
  EPERM: 'this node has no right to read it',
  EIO: 'its disk failed',
  EMFILE: 'too many files are open',
};

/** Why a file was not read, without its path: the disk's own message holds it, and a path may name the patient. */
export function unreadWords(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!('syscall' in error && 'code' in error)) return error.message;
  return DISK_WORDS[String(error.code)] ?? `the disk answered ${String(error.code)}`;
}

async function withFile<T>(
  file: string | Buffer,
  work: (fd: number, state: FileState) => Promise<T>,
): Promise<T> {
  const fd = await openFile(file, 'r');
  try {
    const { size, mtimeMs } = await stateOf(fd);
    return await work(fd, { size, mtimeMs });
  } finally {
    close(fd, () => {});
  }
}

async function readUpTo(fd: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let at = 0;
  while (at < length) {
    const { bytesRead } = await readInto(fd, bytes, at, length - at, at);
    if (bytesRead === 0) return bytes.slice(0, at);
    at += bytesRead;
  }
  return bytes;
}

/** The bytes stand alone in their buffer, so that a worker may take them away. RangeError beyond 4 GiB. */
export const readWholeFile = (file: string | Buffer): Promise<FileState & { readonly bytes: Uint8Array }> =>
  withFile(file, async (fd, state) => {
    if (state.size > LARGEST_FILE)
      throw new RangeError(`it has ${state.size} bytes, and ${LARGEST_FILE} are the most`);
    return { ...state, bytes: await readUpTo(fd, state.size) };
  });

/** The header, without reading pixels; `error` is what `readHeader` or the disk said where there is none. */
export async function readFileHeader(
  file: string | Buffer,
): Promise<FileState & ({ readonly header: ReadHeader } | { readonly error: unknown })> {
  try {
    return await withFile(file, async (fd, state) => {
      for (let want = FIRST_BYTES; ; want *= 8) {
        const length = Math.min(want, state.size);
        const bytes = await readUpTo(fd, length);
        try {
          return { ...state, header: readHeader(bytes) };
        } catch (error) {
          // A start that is no DICOM stays none; anything else may only have been cut by us.
          const final = length >= state.size || (error instanceof DicomError && error.code === 'not-dicom');
          if (final) return { ...state, error };
        }
      }
    });
  } catch (error) {
    return { size: -1, mtimeMs: -1, error };
  }
}
