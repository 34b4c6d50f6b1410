/** What the node keeps: rooms and the audit. */
import type { Role } from '../../shared/roles.ts';
import type { Scene } from '../../shared/scene/index.ts';

/** One room: what it shows, and who may enter by its link. The token itself is never kept, only its hash. */
export interface RoomRecord {
  readonly roomId: string;
  /** Hex SHA-256 of the token's text. */
  readonly tokenHash: string;
  readonly role: Role;
  readonly createdMs: number;
  readonly expiresMs: number;
  readonly scene: Scene;
}

export type AuditKind =
  'room-created' | 'room-expired' | 'joined' | 'left' | 'edited' | 'loaded' | 'load-failed' | 'released';

/** One thing that happened. `detail` is a word of the product ('set-clip', a role, an error code), never data. */
export interface AuditEvent {
  readonly atMs: number;
  readonly kind: AuditKind;
  readonly roomId: string;
  readonly detail: string;
}

/** An event in its chain: `hash` covers the event and the hash before it, so a change anywhere shows. */
export interface AuditEntry extends AuditEvent {
  readonly sequence: number;
  readonly hash: string;
}

export interface Store extends Disposable {
  rooms(): readonly RoomRecord[];
  saveRoom(room: RoomRecord): void;
  saveScene(roomId: string, scene: Scene): void;
  deleteRoom(roomId: string): void;
  /** Appends to the chain. */
  audit(event: AuditEvent): void;
  auditTrail(): readonly AuditEntry[];
}
