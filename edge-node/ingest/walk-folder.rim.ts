/** Every regular file below a folder, once, whatever links lead where. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { SourceError } from './types.ts';

/** Loops of links, pipes, sockets and devices are passed over. Rejects with 'bad-source' where there is no folder. */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<string[]> {
  const top = await stat(root).catch(() => null);
  if (!top)
    throw new SourceError('bad-source', `The folder ${root} is not there. Check the path given as --source.`);
  if (!top.isDirectory())
    throw new SourceError(
      'bad-source',
      `${root} is a file, not a folder. Name the folder that holds the study.`,
    );
  /** By where they really are: what is reached twice counts once, files before links to them. */
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  const folders = new Map<string, string>([[await realpath(root), root]]);
  // A map grows while it is walked: what is found on the way is visited too.
  for (const [real, folder] of folders) {
    signal?.throwIfAborted();
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (folder !== root) return [];
      const why = error instanceof Error ? error.message : String(error);
      throw new SourceError(
        'bad-source',
        `The folder ${root} cannot be read (${why}). Check its permissions.`,
        { cause: error },
      );
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const place = path.join(folder, entry.name);
      const own = path.join(real, entry.name);
      if (entry.isFile()) files.set(own, place);
      else if (entry.isDirectory()) {
        if (!folders.has(own)) folders.set(own, place);
      } else if (entry.isSymbolicLink()) {
        const target = await realpath(place).catch(() => null);
        const kind = target === null ? null : await stat(target).catch(() => null);
        if (target !== null && kind?.isDirectory() && !folders.has(target)) folders.set(target, place);
        if (target !== null && kind?.isFile()) links.set(target, place);
      }
    }
  }
  for (const [real, place] of links) if (!files.has(real)) files.set(real, place);
  return [...files.values()];
}
