/** Where this node keeps what it keeps: ANTEROOM_HOME, or ~/.anteroom. */
import { homedir } from 'node:os';
import path from 'node:path';

export const homeFolder = (): string =>
  path.resolve(process.env['ANTEROOM_HOME'] ?? path.join(homedir(), '.anteroom'));
