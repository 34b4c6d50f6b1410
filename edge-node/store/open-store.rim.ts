/** The store in SQLite: `<home>/anteroom.db`, readable by its owner alone. */
import { chmodSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ROLES, type Role } from '../../shared/roles.ts';
import type { Scene } from '../../shared/scene/index.ts';
import { nextEntry } from './audit.ts';
import type { AuditEntry, AuditKind, RoomRecord, Store } from './types.ts';

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA busy_timeout = 2000;
  CREATE TABLE IF NOT EXISTS room (
    roomId TEXT PRIMARY KEY, tokenHash TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
    createdMs INTEGER NOT NULL, expiresMs INTEGER NOT NULL, scene TEXT NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS audit (
    sequence INTEGER PRIMARY KEY, atMs INTEGER NOT NULL, kind TEXT NOT NULL,
    roomId TEXT NOT NULL, detail TEXT NOT NULL, hash TEXT NOT NULL
  ) STRICT;
  CREATE TRIGGER IF NOT EXISTS audit_keeps_entries BEFORE UPDATE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
  CREATE TRIGGER IF NOT EXISTS audit_keeps_order BEFORE DELETE ON audit
    BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
`;

type Row = Record<string, unknown>;

const roomFromRow = (row: Row): RoomRecord | null => {
  const role = ROLES.find((name) => name === row['role']);
  if (!role) return null;
  return {
    roomId: String(row['roomId']),
    tokenHash: String(row['tokenHash']),
    role: role satisfies Role,
    createdMs: Number(row['createdMs']),
    expiresMs: Number(row['expiresMs']),
    scene: JSON.parse(String(row['scene'])) as Scene,
  };
};

const entryFromRow = (row: Row): AuditEntry => ({
  sequence: Number(row['sequence']),
  atMs: Number(row['atMs']),
  kind: row['kind'] as AuditKind,
  roomId: String(row['roomId']),
  detail: String(row['detail']),
  hash: String(row['hash']),
});

/** Opens or makes the store below `home`. Throws where the folder cannot be written or the file is no database. */
export function openStore(home: string): Store {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const file = path.join(home, 'anteroom.db');
  const db = new DatabaseSync(file);
  db.exec(SCHEMA);
  chmodSync(file, 0o600);

  const selectRooms = db.prepare('SELECT * FROM room ORDER BY createdMs');
  const upsertRoom = db.prepare(
    'INSERT OR REPLACE INTO room (roomId, tokenHash, role, createdMs, expiresMs, scene) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const updateScene = db.prepare('UPDATE room SET scene = ? WHERE roomId = ?');
  const removeRoom = db.prepare('DELETE FROM room WHERE roomId = ?');
  const selectAudit = db.prepare('SELECT * FROM audit ORDER BY sequence');
  const selectLast = db.prepare('SELECT * FROM audit ORDER BY sequence DESC LIMIT 1');
  const insertAudit = db.prepare(
    'INSERT INTO audit (sequence, atMs, kind, roomId, detail, hash) VALUES (?, ?, ?, ?, ?, ?)',
  );

  return {
    rooms: () => selectRooms.all().flatMap((row) => roomFromRow(row) ?? []),
    saveRoom(room) {
      upsertRoom.run(
        room.roomId,
        room.tokenHash,
        room.role,
        room.createdMs,
        room.expiresMs,
        JSON.stringify(room.scene),
      );
    },
    saveScene: (roomId, scene) => void updateScene.run(JSON.stringify(scene), roomId),
    deleteRoom: (roomId) => void removeRoom.run(roomId),
    audit(event) {
      // Read and append in one transaction: two nodes on one home must not fork the chain.
      db.exec('BEGIN IMMEDIATE');
      try {
        const last = selectLast.get();
        const entry = nextEntry(last ? entryFromRow(last) : null, event);
        insertAudit.run(entry.sequence, entry.atMs, entry.kind, entry.roomId, entry.detail, entry.hash);
        db.exec('COMMIT');
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    auditTrail: () => selectAudit.all().map(entryFromRow),
    [Symbol.dispose]: () => db.close(),
  };
}
