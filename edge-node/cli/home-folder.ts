/** Where this node keeps what it keeps: ANTEROOM_HOME, or ~/.anteroom. */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { FailureError } from './errors.ts';

export const homeFolder = (): string =>
  path.resolve(process.env['ANTEROOM_HOME'] ?? path.join(homedir(), '.anteroom'));

/** The nearest folder above `file`, or itself, that is there. Throws where it is no folder, or may not be written to. */
export function nearestFolder(file: string): string {
  let folder = file;
  while (!existsSync(folder) && folder !== path.dirname(folder)) folder = path.dirname(folder);
  if (!statSync(folder).isDirectory()) throw new Error(`${folder} is a file`);
  accessSync(folder, constants.W_OK | constants.X_OK);
  return folder;
}

/** The home, made if it is not there. Throws FailureError 'home' where it cannot be used. */
export function usableHome(): string {
  const home = homeFolder();
  try {
    const there = nearestFolder(home);
    // One by one: the recursion of mkdir itself never ends where a folder takes no new ones (/proc).
    let folder = there;
    for (const name of path.relative(there, home).split(path.sep).filter(Boolean)) {
      folder = path.join(folder, name);
      if (!existsSync(folder)) mkdirSync(folder);
    }
  } catch (error) {
    throw new FailureError(
      'home',
      `Anteroom keeps its state in ${home}, and it cannot be used: ${error instanceof Error ? error.message : String(error)}. Set ANTEROOM_HOME to a folder of yours.`,
      { cause: error },
    );
  }
  return home;
}
