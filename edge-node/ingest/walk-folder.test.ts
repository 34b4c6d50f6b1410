/** Names in any bytes, links that go round, and folders that do not open. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { walkFolder } from './walk-folder.rim.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'anteroom-walk-'));
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test.skipIf(process.platform !== 'linux')(
  'names that are no UTF-8 are read, and shown as Latin-1',
  async () => {
    const folder = Buffer.concat([Buffer.from(`${root}/`), Buffer.from('M\xfcller', 'latin1')]);
    mkdirSync(folder);
    writeFileSync(Buffer.concat([folder, Buffer.from('/Schädel')]), 'in utf-8');
    writeFileSync(Buffer.concat([folder, Buffer.from('/Sch\xe4del 2', 'latin1')]), 'in latin-1');
    const { files, unread } = await walkFolder(root);
    expect([...files.keys()].toSorted()).toEqual([`${root}/Müller/Schädel`, `${root}/Müller/Schädel 2`]);
    expect([...files.values()].map((place) => readFileSync(place, 'utf8')).toSorted()).toEqual([
      'in latin-1',
      'in utf-8',
    ]);
    expect(unread).toEqual([]);
  },
);

test('a file is met once, whatever links lead to it', async () => {
  mkdirSync(path.join(root, 'a'));
  writeFileSync(path.join(root, 'a', 'one'), '');
  symlinkSync('..', path.join(root, 'a', 'round'));
  symlinkSync(path.join(root, 'a', 'one'), path.join(root, 'again'));
  symlinkSync('/nowhere', path.join(root, 'dangling'));
  expect([...(await walkFolder(root)).files.keys()]).toEqual([path.join(root, 'a', 'one')]);
});

// Root reads everything.
test.skipIf(process.getuid?.() === 0)(
  'a folder that may not be read is a record, not a silence',
  async () => {
    const closed = path.join(root, 'closed');
    mkdirSync(closed);
    writeFileSync(path.join(root, 'one'), '');
    chmodSync(closed, 0);
    const { files, unread } = await walkFolder(root);
    chmodSync(closed, 0o700);
    expect(files.size).toBe(1);
    expect(unread).toEqual([{ object: closed, reason: expect.stringContaining('no right to read it') }]);
  },
);
