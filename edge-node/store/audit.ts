/** The audit is a hash chain: an entry cannot be changed, dropped or moved without all later ones saying so. */
import { createHash } from 'node:crypto';
import type { AuditEntry, AuditEvent } from './types.ts';

export const CHAIN_START = '0'.repeat(64);

/** Hex SHA-256 over the hash before and the event, each field by its length, so that no two events read alike. */
export function chainHash(previousHash: string, sequence: number, event: AuditEvent): string {
  const hash = createHash('sha256');
  for (const field of [
    previousHash,
    String(sequence),
    String(event.atMs),
    event.kind,
    event.roomId,
    event.detail,
  ])
    hash.update(`${Buffer.byteLength(field)}:${field}`);
  return hash.digest('hex');
}

/** The entry that follows `last` (null: the first of the chain). */
export function nextEntry(last: AuditEntry | null, event: AuditEvent): AuditEntry {
  const sequence = last ? last.sequence + 1 : 1;
  return { ...event, sequence, hash: chainHash(last?.hash ?? CHAIN_START, sequence, event) };
}

/** Sequence number of the first entry that does not follow from those before it; null where all do. */
export function firstBrokenEntry(entries: readonly AuditEntry[]): number | null {
  let previousHash = CHAIN_START;
  for (const [index, entry] of entries.entries()) {
    if (entry.sequence !== index + 1) return index + 1;
    if (entry.hash !== chainHash(previousHash, entry.sequence, entry)) return entry.sequence;
    previousHash = entry.hash;
  }
  return null;
}
