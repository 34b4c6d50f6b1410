/** All rooms of this node: made by hosts, found by tokens, run while somebody is inside, kept in the store. */
import { randomBytes } from 'node:crypto';
import type { NewRoom } from '../../shared/protocol/messages.ts';
import type { Role } from '../../shared/roles.ts';
import { openStore, type AuditKind, type RoomRecord, type Store } from '../store/index.ts';
import { Refusal } from './http-answer.ts';
import type { ListingCache } from './listing-cache.ts';
import { openingScene } from './opening-scene.ts';
import { openRoomHost, type RoomHost, type RoomSurroundings } from './room-host.rim.ts';
import { ROOM_TOKEN_MS, TOKEN_BYTES, admit, hashToken, type Access, type Admission } from './tokens.ts';

/** More rooms than a host makes by hand in a day. */
const MAX_ROOMS = 1000;

export interface RoomsOptions extends RoomSurroundings {
  readonly home: string;
  readonly listing: ListingCache;
}

export interface Rooms {
  readonly hostToken: string;
  admit(token: string | null, nowMs: number): Admission;
  create(request: {
    readonly studyInstanceUid: string;
    readonly seriesInstanceUid?: string | undefined;
    readonly role: Role;
    readonly origin: string;
  }): Promise<NewRoom>;
  /** The running room, started where it rests. Rejects with a Refusal where its study is gone. */
  enter(roomId: string): Promise<RoomHost>;
  tick(): void;
  close(): Promise<void>;
}

const randomToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

export function openRooms(options: RoomsOptions): Rooms {
  const { listing, now, log } = options;
  const store: Store = openStore(options.home);
  const hostToken = randomToken();
  const records = new Map<string, RoomRecord>();
  const tokens = new Map<string, Access>();
  const running = new Map<string, Promise<RoomHost>>();

  /** A full disk must not take a picture from somebody: what could not be written is said in the log. */
  function keep(what: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      options.onError(error);
      log('error', 'store-failed', { what });
    }
  }
  const audit = (roomId: string, kind: AuditKind, detail: string): void =>
    keep('audit', () => store.audit({ atMs: now(), kind, roomId, detail }));

  function remember(record: RoomRecord): void {
    records.set(record.roomId, record);
    tokens.set(record.tokenHash, {
      scope: 'room',
      role: record.role,
      roomId: record.roomId,
      studyInstanceUid: record.scene.studyInstanceUid,
      expiresMs: record.expiresMs,
    });
  }
  store.rooms().forEach(remember);

  /** A room whose link ended an hour ago is forgotten; till then its link can still say that it has expired. */
  function forgetExpired(nowMs: number): void {
    for (const record of records.values()) {
      if (nowMs < record.expiresMs + 3_600_000 || running.has(record.roomId)) continue;
      records.delete(record.roomId);
      tokens.delete(record.tokenHash);
      keep('room', () => store.deleteRoom(record.roomId));
      audit(record.roomId, 'room-expired', '');
    }
  }

  async function run(record: RoomRecord): Promise<RoomHost> {
    const study = await listing.study(record.scene.studyInstanceUid);
    if (!study)
      throw new Refusal(
        404,
        'no-study',
        'The study of this room is no longer in the archive. Ask whoever sent the link.',
      );
    const { roomId } = record;
    const host: RoomHost = openRoomHost({
      ...options,
      study,
      scene: record.scene,
      audit: (kind, detail) => audit(roomId, kind, detail),
      saveScene(scene) {
        records.set(roomId, { ...record, scene });
        keep('scene', () => store.saveScene(roomId, scene));
      },
      onRelease() {
        running.delete(roomId);
        log('info', 'room-released', { room: roomId });
        void host.close();
      },
    });
    log('info', 'room-opened', { room: roomId });
    return host;
  }

  return {
    hostToken,
    admit: (token, nowMs) => admit({ hostHash: hashToken(hostToken), rooms: tokens }, token, nowMs),
    async create({ studyInstanceUid, seriesInstanceUid, role, origin }) {
      forgetExpired(now());
      if (records.size >= MAX_ROOMS)
        throw new Refusal(429, 'too-many-rooms', `This node keeps ${MAX_ROOMS} rooms; the oldest end first.`);
      const study = await listing.study(studyInstanceUid);
      if (!study) throw new Refusal(404, 'no-study', 'There is no such study in this archive.');
      const scene = openingScene(study, seriesInstanceUid);
      if (!scene)
        throw new Refusal(
          422,
          'nothing-to-show',
          seriesInstanceUid === undefined
            ? 'This study holds no series that could be shown as a volume.'
            : 'This series cannot be shown as a volume.',
        );
      const token = randomToken();
      const record: RoomRecord = {
        roomId: randomBytes(9).toString('base64url'),
        tokenHash: hashToken(token),
        role,
        createdMs: now(),
        expiresMs: now() + ROOM_TOKEN_MS,
        scene,
      };
      store.saveRoom(record);
      remember(record);
      audit(record.roomId, 'room-created', role);
      return {
        roomId: record.roomId,
        token,
        link: `${origin}/#token=${token}`,
        expires: new Date(record.expiresMs).toISOString(),
      };
    },
    enter(roomId) {
      const record = records.get(roomId);
      if (!record) return Promise.reject(new Refusal(404, 'no-room', 'This room is gone.'));
      let host = running.get(roomId);
      if (!host) {
        host = run(record);
        running.set(roomId, host);
        host.catch(() => running.delete(roomId));
      }
      return host;
    },
    tick() {
      forgetExpired(now());
      for (const host of running.values())
        host.then(
          (one) => one.tick(),
          () => undefined,
        );
    },
    async close() {
      const hosts = await Promise.allSettled(running.values());
      await Promise.allSettled(
        hosts.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
      );
      running.clear();
      store[Symbol.dispose]();
    },
  };
}
