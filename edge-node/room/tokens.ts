/** Tokens: 256 random bits in base64url. Kept and compared as hashes, in constant time. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Role } from '../../shared/roles.ts';

export const TOKEN_BYTES = 32;
/** A room's link works this long. */
export const ROOM_TOKEN_MS = 24 * 3_600_000;

/** What a token opens. */
export interface Access {
  readonly scope: 'host' | 'room';
  readonly role: Role;
  readonly roomId: string | null;
  /** The one study of a room's token; null: all (host). */
  readonly studyInstanceUid: string | null;
  readonly expiresMs: number | null;
}

export type Admission =
  | { readonly ok: true; readonly access: Access }
  | { readonly ok: false; readonly code: 'no-token' | 'wrong-token' | 'expired'; readonly text: string };

/** What is known of the tokens given out. `rooms` is keyed by hash. */
export interface TokenTable {
  readonly hostHash: string;
  readonly rooms: ReadonlyMap<string, Access>;
}

/** Hex SHA-256 of the token's text. */
export const hashToken = (token: string): string => createHash('sha256').update(token).digest('hex');

const sameHash = (a: string, b: string): boolean =>
  timingSafeEqual(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));

const clock = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** What this token opens now, or why it opens nothing. */
export function admit(table: TokenTable, token: string | null, nowMs: number): Admission {
  if (!token)
    return {
      ok: false,
      code: 'no-token',
      text: 'This address needs the link that came with it. Open the full link, with everything after the #.',
    };
  const hash = hashToken(token);
  if (sameHash(hash, table.hostHash))
    return {
      ok: true,
      access: { scope: 'host', role: 'host', roomId: null, studyInstanceUid: null, expiresMs: null },
    };
  const access = table.rooms.get(hash);
  if (!access)
    return {
      ok: false,
      code: 'wrong-token',
      text: 'This link opens nothing here. It may have been cut short, or the node was started anew: ask for a new link.',
    };
  if (access.expiresMs !== null && nowMs >= access.expiresMs)
    return {
      ok: false,
      code: 'expired',
      text: `This link has expired (it was valid until ${clock(access.expiresMs)}). Ask whoever sent it for a new one.`,
    };
  return { ok: true, access };
}

/** May this access see anything of that study? */
export const opensStudy = (access: Access, studyInstanceUid: string): boolean =>
  access.scope === 'host' || access.studyInstanceUid === studyInstanceUid;
