/** Every regular file below a folder, once, whatever links lead where and whatever bytes names are written in. */
import { readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import type { QuarantineRecord } from '../../shared/volume.ts';
import { unreadWords } from './read-file.rim.ts';
import { SourceError } from './types.ts';

/** How the disk is asked: in bytes where a name is no UTF-8, as on old discs with umlauts. */
export type Place = string | Buffer;

export interface WalkedFolder {
  /** By the name that people see, in no order that matters. */
  readonly files: ReadonlyMap<string, Place>;
  /** Folders that could not be looked into: what they hold is missing, and that is said. */
  readonly unread: readonly QuarantineRecord[];
}

const asPlace = (bytes: Buffer): Place => {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text : bytes;
};
const below = (folder: Place, name: Buffer): Place => {
  const text = asPlace(name);
  if (typeof folder === 'string' && typeof text === 'string') return path.join(folder, text);
  return Buffer.concat([Buffer.from(folder as string), Buffer.from(path.sep), name]);
};

/** What is no UTF-8 is most likely Latin-1. */
function nameOf(place: Place): string {
  if (typeof place === 'string') return place;
  const parts = place.toString('latin1').split(path.sep);
  return parts
    .map((part) => {
      const bytes = Buffer.from(part, 'latin1');
      return typeof asPlace(bytes) === 'string' ? bytes.toString('utf8') : part;
    })
    .join(path.sep);
}

/** Loops of links, pipes, sockets and devices are passed over. Rejects with 'bad-source' where there is no folder. */
export async function walkFolder(root: string, signal?: AbortSignal): Promise<WalkedFolder> {
  const top = await stat(root).catch(() => null);
  if (!top)
    throw new SourceError('bad-source', `The folder ${root} is not there. Check the path given as --source.`);
  if (!top.isDirectory())
    throw new SourceError(
      'bad-source',
      `${root} is a file, not a folder. Name the folder that holds the study.`,
    );
  /** By where they really are: what is reached twice counts once, files before links to them. */
  const files = new Map<string, Place>();
  const links = new Map<string, Place>();
  const real = async (place: Place): Promise<Place> => asPlace(await realpath(place, 'buffer'));
  const first = await real(root);
  const folders = new Map<string, { readonly own: Place; readonly place: Place }>([
    [nameOf(first), { own: first, place: root }],
  ]);
  const unread: QuarantineRecord[] = [];
  const enter = (own: Place, place: Place): void => {
    if (!folders.has(nameOf(own))) folders.set(nameOf(own), { own, place });
  };
  // A map grows while it is walked: what is found on the way is visited too.
  for (const { own: folder, place: shown } of folders.values()) {
    signal?.throwIfAborted();
    const entries = await readdir(shown, { withFileTypes: true, encoding: 'buffer' }).catch(
      (error: unknown) => {
        if (shown !== root) {
          const reason = `The folder could not be read: ${unreadWords(error)}. What it holds is missing here.`;
          unread.push({ object: nameOf(shown), reason });
          return [];
        }
        const why = error instanceof Error ? error.message : String(error);
        throw new SourceError(
          'bad-source',
          `The folder ${root} cannot be read (${why}). Check its permissions.`,
          { cause: error },
        );
      },
    );
    entries.sort((a, b) => Buffer.compare(a.name, b.name));
    for (const entry of entries) {
      const place = below(shown, entry.name);
      const own = below(folder, entry.name);
      if (entry.isFile()) files.set(nameOf(own), place);
      else if (entry.isDirectory()) enter(own, place);
      else if (entry.isSymbolicLink()) {
        const target = await real(place).catch(() => null);
        const kind = target === null ? null : await stat(target).catch(() => null);
        if (target !== null && kind?.isDirectory()) enter(target, place);
        if (target !== null && kind?.isFile()) links.set(nameOf(target), place);
      }
    }
  }
  for (const [own, place] of links) if (!files.has(own)) files.set(own, place);
  return { files: new Map([...files.values()].map((place) => [nameOf(place), place])), unread };
}
