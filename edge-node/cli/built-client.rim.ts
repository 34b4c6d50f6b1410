/** The built page: made where it is not there, and made anew where its sources are newer than it. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { FailureError } from './errors.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const CLIENT = path.join(ROOT, 'xr-client');
const DIST = path.join(CLIENT, 'dist');

/** When any file under `folders` was changed last, ms since 1970; what is under `not` does not count. */
export function changedMs(folders: readonly string[], not: string): number {
  let newest = 0;
  for (const folder of folders)
    for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || `${entry.parentPath}${path.sep}`.startsWith(`${not}${path.sep}`)) continue;
      newest = Math.max(newest, statSync(path.join(entry.parentPath, entry.name)).mtimeMs);
    }
  return newest;
}

/** Folder of the built page. Rejects with FailureError `no-client` where there is none and none can be built. */
export async function builtClient(say: (text: string) => void): Promise<string> {
  const page = path.join(DIST, 'index.html');
  const there = existsSync(page);
  if (there && statSync(page).mtimeMs >= changedMs([CLIENT, path.join(ROOT, 'shared')], DIST)) return DIST;
  say(there ? 'The page is older than its sources: building it anew ...' : 'Building the page, once ...');
  try {
    const { build } = await import('vite');
    await build({ root: CLIENT, logLevel: 'error' });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0] : 'unknown';
    const advice = "Run 'npm run build:client' to see why.";
    if (!there)
      throw new FailureError('no-client', `The page could not be built (${why}). ${advice}`, {
        cause: error,
      });
    say(`The page could not be built (${why}): the older one is served. ${advice}`);
  }
  return DIST;
}
