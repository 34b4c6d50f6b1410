import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { changedMs } from './built-client.rim.ts';

test('the newest source counts, at any depth; what was built of them does not', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-built-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const put = (name: string, seconds: number): void => {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, '');
    utimesSync(file, seconds, seconds);
  };
  put('client/a.ts', 1000);
  put('client/scene/deep/b.ts', 3000);
  put('client/dist/built.js', 9000);
  put('client/dist-words.ts', 2000);
  put('shared/c.ts', 2500);
  const [client, shared] = [path.join(folder, 'client'), path.join(folder, 'shared')];
  const dist = path.join(client, 'dist');
  expect(changedMs([client, shared], dist)).toBe(3000_000);
  put('shared/c.ts', 4000);
  expect(changedMs([client, shared], dist)).toBe(4000_000);
  put('client/dist-words.ts', 5000);
  expect(changedMs([client, shared], dist)).toBe(5000_000);
});
