/** What the room tests share: a service on the small embedded patient, and viewers that wait for messages, not for time. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { WebSocket } from 'ws';
import { openSource } from '../../edge-node/ingest/index.ts';
import type { Source } from '../../edge-node/ingest/types.ts';
import { startServiceWith } from '../../edge-node/room/service.rim.ts';
import type { RoomEffects } from '../../edge-node/room/effects.ts';
import { realEffects } from '../../edge-node/room/wire.ts';
import type { LogSink, Service, ServiceOptions } from '../../edge-node/room/types.ts';
import { PROTOCOL_VERSION, type FromNode, type NewRoom } from '../../shared/protocol/messages.ts';
import type { StudiesAnswer } from '../../shared/protocol/studies.ts';
import type { Listing } from '../../shared/volume.ts';

export interface Bench extends AsyncDisposable {
  readonly service: Service;
  readonly source: Source;
  readonly home: string;
  readonly log: { readonly event: string; readonly fields: unknown }[];
  /** How often the real parts were asked, and what is held now. */
  readonly counts: { opened: number; prepared: number; held: number; thumbnails: number };
  /** Moves the service's clock. */
  advance(ms: number): void;
  ask(pathname: string, init?: RequestInit & { readonly token?: string | null }): Promise<Response>;
  studies(): Promise<Listing>;
  newRoom(body: object): Promise<NewRoom>;
}

/** The small patient is made once for all tests of this machine; its folder is named by its generator's version. */
export const openSmallPatient = (): Promise<Source> =>
  openSource('embedded', { home: path.join(tmpdir(), 'anteroom-small-patient'), embeddedSize: 'small' });

/** The real effects, counted. */
function counted(effects: RoomEffects, counts: Bench['counts']): RoomEffects {
  return {
    ...effects,
    async holdSeries(...args) {
      counts.opened++;
      const held = await effects.holdSeries(...args);
      counts.held++;
      let gone = false;
      return {
        series: held.series,
        release() {
          if (!gone) counts.held--;
          gone = true;
          held.release();
        },
      };
    },
    prepareTwin(...args) {
      counts.prepared++;
      return effects.prepareTwin(...args);
    },
    openSeries(...args) {
      counts.thumbnails++;
      return effects.openSeries(...args);
    },
  };
}

export async function openBench(options: Partial<ServiceOptions> = {}): Promise<Bench> {
  const home = options.home ?? mkdtempSync(path.join(tmpdir(), 'anteroom-room-'));
  const source = options.source ?? (await openSmallPatient());
  const log: Bench['log'] = [];
  const sink: LogSink = (_level, event, fields) => void log.push({ event, fields });
  const counts = { opened: 0, prepared: 0, held: 0, thumbnails: 0 };
  let offsetMs = 0;
  const service = await startServiceWith(
    {
      host: '127.0.0.1',
      port: 0,
      clientDir: null,
      tls: null,
      log: sink,
      now: () => Date.now() + offsetMs,
      ...options,
      source,
      home,
    },
    counted(realEffects(options.encoder), counts),
  );
  const ask: Bench['ask'] = (pathname, { token = service.hostToken, ...init } = {}) =>
    fetch(service.origin + pathname, {
      ...init,
      headers: { ...(token === null ? {} : { authorization: `Bearer ${token}` }), ...init.headers },
    });
  return {
    service,
    source,
    home,
    log,
    counts,
    advance: (ms) => void (offsetMs += ms),
    ask,
    async studies() {
      const next = async (where: string) => (await (await ask(where)).json()) as StudiesAnswer;
      let answer = await next('/api/studies');
      while (answer.reading) answer = await next(`/api/studies/after/${answer.reading.next}`);
      return answer;
    },
    async newRoom(body) {
      const answer = await ask('/api/rooms', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      if (answer.status !== 201) throw new Error(`no room: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as NewRoom;
    },
    async [Symbol.asyncDispose]() {
      await service.close();
      if (!options.source) await source[Symbol.asyncDispose]();
      if (!options.home) rmSync(home, { recursive: true, force: true });
    },
  };
}

type Kind = FromNode['kind'];
type Of<K extends Kind> = Extract<FromNode, { kind: K }>;

export interface Viewer {
  readonly ws: WebSocket;
  readonly received: FromNode[];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  send(message: object): void;
  /** The next message of that kind (that passes), also among those that came already; each is given once. */
  next<K extends Kind>(kind: K, passes?: (message: Of<K>) => boolean): Promise<Of<K>>;
  close(): Promise<void>;
}

export async function openSocket(origin: string, options: WebSocket.ClientOptions = {}): Promise<Viewer> {
  const ws = new WebSocket(`${origin.replace(/^http/, 'ws')}/ws/room`, options);
  const received: FromNode[] = [];
  const taken = new Set<FromNode>();
  const waiting = new Set<() => void>();
  let over: { readonly code: number; readonly reason: string } | null = null;
  ws.on('message', (data) => {
    received.push(JSON.parse(String(data)) as FromNode);
    waiting.forEach((look) => look());
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) =>
    ws.on('close', (code, reason) => {
      over = { code, reason: String(reason) };
      resolve(over);
      waiting.forEach((look) => look());
    }),
  );
  ws.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => ws.once('open', resolve).once('error', reject));
  return {
    ws,
    received,
    closed,
    send: (message) => ws.send(JSON.stringify(message)),
    next<K extends Kind>(kind: K, passes: (message: Of<K>) => boolean = () => true): Promise<Of<K>> {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const found = received.find(
            (message): message is Of<K> =>
              message.kind === kind && !taken.has(message) && passes(message as Of<K>),
          );
          if (!found && !over) return;
          waiting.delete(look);
          if (!found) return reject(new Error(`closed with ${over!.code} before '${kind}': ${over!.reason}`));
          taken.add(found);
          resolve(found);
        };
        waiting.add(look);
        look();
      });
    },
    async close() {
      ws.close();
      await closed;
    },
  };
}

/** A socket that has said hello. */
export async function join(
  origin: string,
  token: string,
  name = 'viewer',
  options: WebSocket.ClientOptions = {},
): Promise<Viewer> {
  const viewer = await openSocket(origin, options);
  viewer.send({ kind: 'hello', version: PROTOCOL_VERSION, token, name, device: 'desktop' });
  return viewer;
}
