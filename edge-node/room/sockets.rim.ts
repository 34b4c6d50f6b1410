/** The rooms' WebSockets: one session machine per socket, and the room it leads to. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { CLOSE, MAX_MESSAGE_BYTES, type FromNode } from '../../shared/protocol/messages.ts';
import { Refusal, sameOrigin } from './http-answer.ts';
import type { RoomHost, Seat } from './room-host.rim.ts';
import type { Rooms } from './rooms.rim.ts';
import { createSession, type RoomMessage, type SessionInput, type SessionOutput } from './session.ts';
import type { LogSink } from './types.ts';

export const MAX_SOCKETS = 256;
/** Sockets that have not said hello yet. */
const MAX_WAITING = 64;
/** What may wait for a peer that reads slowly; above, what is only of the moment is dropped, then the peer is. */
const SLOW_BYTES = 128 * 1024;
const STUCK_BYTES = 4 * 1024 * 1024;
const OF_THE_MOMENT: ReadonlySet<FromNode['kind']> = new Set(['presence', 'report', 'progress']);
/** A message while its room is being started waits here. */
const MAX_EARLY = 64;

/** A close reason holds 123 bytes of UTF-8. */
export function closeReason(text: string): string {
  let cut = text;
  while (Buffer.byteLength(cut) > 123) cut = cut.slice(0, -1);
  return cut.replace(/[\ud800-\udbff]$/, '');
}

export interface Sockets {
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  tick(): void;
  close(): void;
}

interface Connection {
  take(input: SessionInput): void;
  end(code: number, reason: string): void;
  readonly waiting: boolean;
}

export interface SocketsOptions {
  readonly rooms: Rooms;
  now(): number;
  log: LogSink;
  onError(error: unknown): void;
}

export function openSockets({ rooms, now, log, onError }: SocketsOptions): Sockets {
  const connections = new Set<Connection>();
  // Text above MAX_MESSAGE_BYTES is answered with our own code; what is far above, ws itself refuses (1009) unread.
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: 2 * MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    clientTracking: false,
  });

  function refuse(socket: Duplex, status: string): void {
    socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  function accept(ws: WebSocket): void {
    const session = createSession((token, nowMs) => rooms.admit(token, nowMs), now());
    const viewerId = randomBytes(6).toString('base64url');
    const early: RoomMessage[] = [];
    let host: RoomHost | null = null;
    let joining = false;
    let ended = false;

    function end(code: number, reason: string): void {
      if (ended) return;
      ended = true;
      connections.delete(connection);
      session.step({ kind: 'gone' }, now());
      if (code !== 1000) log('warn', 'socket-closed', { code });
      ws.close(code, closeReason(reason));
      // A peer that does not answer the close keeps no socket of ours.
      setTimeout(() => ws.terminate(), 2000).unref();
      host?.leave(viewerId);
    }

    const seat: Seat = {
      send(message) {
        if (ended || ws.readyState !== ws.OPEN) return;
        if (ws.bufferedAmount > STUCK_BYTES) return end(CLOSE.tooFast, 'this peer reads too slowly');
        if (ws.bufferedAmount > SLOW_BYTES && OF_THE_MOMENT.has(message.kind)) return;
        ws.send(JSON.stringify(message));
      },
      close: end,
    };

    async function join({ access, hello }: Extract<SessionOutput, { kind: 'join' }>): Promise<void> {
      joining = true;
      try {
        const entered = await rooms.enter(access.roomId);
        if (ended) return;
        host = entered;
        entered.join(viewerId, seat, access, hello);
        for (const message of early.splice(0)) entered.message(viewerId, message);
      } catch (error) {
        onError(error);
        const { code, text } = roomFailure(error);
        seat.send({ kind: 'failure', code, text });
        end(error instanceof Refusal ? CLOSE.forbidden : CLOSE.nodeFailed, text);
      }
    }

    function carryOut(output: SessionOutput): void {
      switch (output.kind) {
        case 'join':
          return void join(output);
        case 'message':
          if (host) return host.message(viewerId, output.message);
          if (early.length >= MAX_EARLY) return end(CLOSE.tooFast, 'too many messages before welcome');
          return void early.push(output.message);
        case 'ping':
          return ws.ping();
        case 'close':
          return end(output.code, output.reason);
      }
    }

    const connection: Connection = {
      end,
      get waiting() {
        return !joining;
      },
      take(input) {
        try {
          session.step(input, now()).forEach(carryOut);
        } catch (error) {
          onError(error);
          log('error', 'socket-failed', { error: error instanceof Error ? error.name : 'unknown' });
          end(CLOSE.nodeFailed, 'The node failed on this message. Reload the page.');
        }
      },
    };
    connections.add(connection);

    ws.on('message', (data, isBinary) => {
      if (isBinary) return connection.take({ kind: 'binary' });
      const bytes = data as Buffer;
      connection.take({ kind: 'text', text: bytes.toString('utf8'), bytes: bytes.length });
    });
    ws.on('pong', () => connection.take({ kind: 'pong' }));
    // ws has already answered with its own code (1002, 1007, 1009); only our side is left to tidy.
    ws.on('error', () => log('warn', 'socket-error'));
    ws.on('close', () => {
      if (ended) return;
      ended = true;
      connections.delete(connection);
      session.step({ kind: 'gone' }, now());
      host?.leave(viewerId);
    });
  }

  return {
    upgrade(request, socket, head) {
      socket.on('error', () => socket.destroy());
      // Nothing a peer sends may be thrown out of here: it would end the whole node.
      try {
        const url = request.url ?? '/';
        if (!URL.canParse(url, 'http://node')) return refuse(socket, '400 Bad Request');
        if (new URL(url, 'http://node').pathname !== '/ws/room') return refuse(socket, '404 Not Found');
        if (!sameOrigin(request.headers.origin, request.headers.host)) return refuse(socket, '403 Forbidden');
        const waiting = [...connections].filter((one) => one.waiting).length;
        if (connections.size >= MAX_SOCKETS || waiting >= MAX_WAITING)
          return refuse(socket, '503 Service Unavailable');
        server.handleUpgrade(request, socket, head, accept);
      } catch (error) {
        onError(error);
        log('error', 'upgrade-failed', { error: error instanceof Error ? error.name : 'unknown' });
        socket.destroy();
      }
    },
    tick: () => connections.forEach((connection) => connection.take({ kind: 'tick' })),
    close() {
      for (const connection of connections) connection.end(1001, 'this node is stopping');
      server.close();
    },
  };
}

function roomFailure(error: unknown): { readonly code: string; readonly text: string } {
  if (error instanceof Refusal) return { code: error.code, text: error.message };
  return {
    code: 'node-failed',
    text: 'This room could not be opened: the archive did not answer. Try again in a moment.',
  };
}
