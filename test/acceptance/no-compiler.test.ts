/** A bare machine: the install ends with words that say what to get, and leaves what was built before as it was. */
import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, existsSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');

test('without a compiler, make and Python, the build names them and how to get them', () => {
  const built = path.join(ROOT, 'native/build/Release');
  const state = (): string[] =>
    existsSync(built)
      ? readdirSync(built).map((name) => `${name} ${statSync(path.join(built, name)).mtimeMs}`)
      : [];
  const before = state();
  const run = spawnSync(process.execPath, [path.join(ROOT, 'native/build.mjs')], {
    encoding: 'utf8',
    env: { PATH: path.join(ROOT, 'no-such-folder') },
  });
  expect(run.status).toBe(1);
  expect(run.stderr).toContain('a C++20 compiler, make, Python 3 not found');
  expect(run.stderr).toContain('apt-get install g++ make python3');
  expect(run.stderr).toContain('npm install');
  expect(state()).toEqual(before);
});
