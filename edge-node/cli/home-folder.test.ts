/** ANTEROOM_HOME: made where it can be, and words where it cannot. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { usableHome } from './home-folder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'anteroom-home-'));
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});
const home = (name: string): string => {
  const at = path.join(folder, name);
  vi.stubEnv('ANTEROOM_HOME', at);
  return at;
};

test('a home that is not there is made, whole', () => {
  const at = home('a/b/c');
  expect(usableHome()).toBe(at);
  expect(existsSync(at)).toBe(true);
  expect(usableHome()).toBe(at);
});

test('a file in its place, or on the way to it: in words', () => {
  writeFileSync(path.join(folder, 'file'), '');
  for (const name of ['file', 'file/below']) {
    const at = home(name);
    expect(usableHome).toThrow(
      `keeps its state in ${at}, and it cannot be used: ${folder}/file is a file. Set`,
    );
  }
});

// mkdir's own recursion goes on for ever here.
test.skipIf(!existsSync('/proc/self'))('a place that takes no folders is refused, and at once', () => {
  vi.stubEnv('ANTEROOM_HOME', '/proc/anteroom/home');
  expect(usableHome).toThrow(/cannot be used: .*Set ANTEROOM_HOME to a folder of yours/);
});
