/** Every regular file below a folder, once, whatever links lead where. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { SourceError } from './types.ts';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Loops of links, pipes, sockets and devices are passed over. Rejects with 'bad-source' where there is no folder. */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<FoundFile[]> {
  const seen = new Set<string>();
  const found: FoundFile[] = [];
  const fresh = async (place: string): Promise<boolean> => {
    const real = await realpath(place).catch(() => null);
    if (real === null || seen.has(real)) return false;
    seen.add(real);
    return true;
  };
  const top = await stat(root).catch(() => null);
  if (!top)
    throw new SourceError('bad-source', `The folder ${root} is not there. Check the path given as --source.`);
  if (!top.isDirectory())
    throw new SourceError(
      'bad-source',
      `${root} is a file, not a folder. Name the folder that holds the study.`,
    );
  const folders = [root];
  await fresh(root);
  for (let at = 0; at < folders.length; at++) {
    signal?.throwIfAborted();
    const folder = folders[at]!;
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (at === 0)
        throw new SourceError(
          'bad-source',
          `The folder ${root} cannot be read (${(error as Error).message}). Check its permissions.`,
          { cause: error },
        );
      return [];
    });
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const place = path.join(folder, entry.name);
      if (entry.isSymbolicLink()) {
        const target = await stat(place).catch(() => null);
        if (target?.isDirectory() && (await fresh(place))) folders.push(place);
        else if (target?.isFile() && (await fresh(place)))
          found.push({ path: place, size: target.size, mtimeMs: target.mtimeMs });
      } else if (entry.isDirectory()) {
        if (await fresh(place)) folders.push(place);
      } else if (entry.isFile()) found.push({ path: place, size: -1, mtimeMs: -1 });
    }
  }
  return found;
}
