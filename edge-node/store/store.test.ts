import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Scene } from '../../shared/scene/index.ts';
import { firstBrokenEntry, nextEntry, openStore, type AuditEntry, type AuditEvent } from './index.ts';

let home: string;
beforeEach(() => void (home = mkdtempSync(path.join(tmpdir(), 'anteroom-store-'))));
afterEach(() => rmSync(home, { recursive: true, force: true }));

const scene: Scene = {
  version: 3,
  studyInstanceUid: '1.2',
  seriesInstanceUid: '1.2.3',
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
};
const event = (detail: string): AuditEvent => ({ atMs: 5, kind: 'edited', roomId: 'r', detail });

test('a room outlives the process, its token only as a hash', () => {
  {
    using store = openStore(home);
    store.saveRoom({
      roomId: 'r',
      tokenHash: 'ab'.repeat(32),
      role: 'member',
      createdMs: 1,
      expiresMs: 2,
      scene,
    });
    store.saveScene('r', { ...scene, version: 4 });
  }
  using again = openStore(home);
  expect(again.rooms()).toEqual([
    {
      roomId: 'r',
      tokenHash: 'ab'.repeat(32),
      role: 'member',
      createdMs: 1,
      expiresMs: 2,
      scene: { ...scene, version: 4 },
    },
  ]);
  again.deleteRoom('r');
  expect(again.rooms()).toEqual([]);
});

test('the audit goes on where it stopped, and its chain holds', () => {
  {
    using store = openStore(home);
    store.audit(event('a'));
    store.audit(event('b'));
  }
  using store = openStore(home);
  store.audit(event('c'));
  const trail = store.auditTrail();
  expect(trail.map((entry) => entry.detail)).toEqual(['a', 'b', 'c']);
  expect(firstBrokenEntry(trail)).toBeNull();
});

test('an entry that was changed, dropped or moved is named', () => {
  const trail: AuditEntry[] = [];
  for (const detail of ['a', 'b', 'c', 'd']) trail.push(nextEntry(trail.at(-1) ?? null, event(detail)));
  expect(firstBrokenEntry(trail)).toBeNull();
  expect(firstBrokenEntry(trail.with(1, { ...trail[1]!, detail: 'x' }))).toBe(2);
  expect(firstBrokenEntry(trail.toSpliced(2, 1))).toBe(3);
  expect(firstBrokenEntry([trail[1]!, trail[0]!, ...trail.slice(2)])).toBe(1);
});

test('the database itself refuses to rewrite the audit', () => {
  using store = openStore(home);
  store.audit(event('a'));
  const other = new DatabaseSync(path.join(home, 'anteroom.db'));
  expect(() => other.exec("UPDATE audit SET detail = 'x'")).toThrow(/append-only/);
  expect(() => other.exec('DELETE FROM audit')).toThrow(/append-only/);
  other.close();
});

test('the file is its owner’s alone', async () => {
  using store = openStore(home);
  store.audit(event('a'));
  const { statSync } = await import('node:fs');
  expect(statSync(path.join(home, 'anteroom.db')).mode & 0o077).toBe(0);
  expect(readFileSync(path.join(home, 'anteroom.db')).length).toBeGreaterThan(0);
});
