/** Where `--out` may be written to. */
import { realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { FailureError } from './errors.ts';

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/**
 * The file that `--out` means, absolute and behind its links, looked at before anything long begins. A file is written
 * beside its place and renamed into it, and a rename takes the place of whatever stands there: a device or a pipe would
 * be gone, for the whole machine. Rejects with FailureError 'not-written'.
 */
export async function checkOut(out: string): Promise<string> {
  const refuse = (why: string, cause?: unknown): never => {
    throw new FailureError('not-written', `${out} could not be written: ${why}`, { cause });
  };
  const given = path.resolve(out);
  const there = await stat(given).catch((error: unknown) =>
    codeOf(error) === 'ENOENT' ? null : refuse(`${codeOf(error)}. Give another file with --out.`, error),
  );
  if (there?.isDirectory()) refuse('it is a folder. Give the file to write in it.');
  if (there && !there.isFile())
    refuse('it is a device or a pipe, and only a file can be written whole or not at all. Give a file.');
  const folder = await stat(path.dirname(given)).catch(() => null);
  if (!folder?.isDirectory())
    refuse(`there is no folder ${path.dirname(given)}. Make it first, or give another file with --out.`);
  return there ? await realpath(given) : given;
}
