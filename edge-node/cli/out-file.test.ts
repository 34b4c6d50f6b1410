/** `--out`: a file in a folder that is there, and nothing that a rename would take from the machine. */
import { spawnSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { FailureError } from './errors.ts';
import { checkOut } from './out-file.ts';

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'anteroom-out-')));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const at = (...names: string[]): string => path.join(folder, ...names);
const refusal = (out: string): Promise<unknown> =>
  checkOut(out).then(
    (file) => `taken as ${file}`,
    (error: unknown) => (error instanceof FailureError ? `${error.code}: ${error.message}` : error),
  );

test('a new file, an older one, and one behind a link are taken', async () => {
  writeFileSync(at('old.nrrd'), 'old');
  symlinkSync(at('old.nrrd'), at('link.nrrd'));
  expect(await checkOut(at('new.nrrd'))).toBe(at('new.nrrd'));
  expect(await checkOut(at('old.nrrd'))).toBe(at('old.nrrd'));
  // The link stays a link: what it leads to is written.
  expect(await checkOut(at('link.nrrd'))).toBe(at('old.nrrd'));
});

test('a folder, and a file in no folder, are refused in words', async () => {
  mkdirSync(at('folder'));
  expect(await refusal(at('folder'))).toMatch(/^not-written: .* it is a folder/);
  expect(await refusal(at('no', 'such', 'x.nrrd'))).toMatch(/^not-written: .* there is no folder .*no\/such/);
  expect(await refusal(at('folder', 'x.nrrd'))).toBe(`taken as ${at('folder', 'x.nrrd')}`);
  expect(await refusal(at('old.nrrd', 'x.nrrd'))).toMatch(/^not-written: .* ENOTDIR/);
});

test('a device or a pipe is refused and stays what it is', async () => {
  expect(await refusal('/dev/null')).toMatch(
    /^not-written: \/dev\/null could not be written: it is a device/,
  );
  if (spawnSync('mkfifo', [at('pipe')]).status === 0) {
    expect(await refusal(at('pipe'))).toContain('device or a pipe');
    expect(lstatSync(at('pipe')).isFIFO()).toBe(true);
  }
  expect(existsSync('/dev/null')).toBe(true);
});
