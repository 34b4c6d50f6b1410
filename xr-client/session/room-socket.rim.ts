/**
 * The room's WebSocket: says hello, hands on what comes, comes back by itself after a cut. Knows no meaning of the
 * messages; nothing is sent before the welcome.
 */
import type { FromClient, FromNode } from '../../shared/protocol/messages.ts';
import type { Op } from '../../shared/scene/scene.ts';
import { backOffMs, endWords } from './back-off.ts';
import type { Connection } from './viewer-state.ts';

/** As in messages.ts, whose schemas (and their library) the page does without. */
export const PROTOCOL_VERSION = 2;

export interface RoomSocketOptions {
  readonly url: string;
  readonly token: string;
  readonly name: string;
  readonly device: 'desktop' | 'tablet' | 'headset';
  onConnection(connection: Connection): void;
  onMessage(message: FromNode): void;
}

/** A message to the node; edits as the scene has them (the schema's own type forgets that they are read-only). */
export type ToNode =
  | Exclude<FromClient, { kind: 'op' }>
  | { readonly kind: 'op'; readonly id: number; readonly base: number; readonly op: Op };

export interface RoomSocket {
  /** False where the room is not joined now: the message is dropped, not kept. */
  send(message: ToNode): boolean;
  /** Says bye and closes; nothing comes back afterwards. */
  close(): void;
}

/** Longer without welcome is a failed try. */
const WELCOME_MS = 8000;
/**
 * The node reports on a running stream twice a second. So long without a word is a connection that ended without
 * saying so (a network that went away): the browser itself would notice after minutes.
 */
export const SILENT_MS = 8000;

export function openRoomSocket(options: RoomSocketOptions): RoomSocket {
  let socket: WebSocket | null = null;
  let joined = false;
  let ended = false;
  let attempt = 0;
  /** As the node calls this person: who comes back after a cut is nobody else. */
  let { name } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function connect(): void {
    clearTimeout(timer);
    joined = false;
    const mine = new WebSocket(options.url);
    socket = mine;
    let patience = setTimeout(() => lose(1006, ''), WELCOME_MS);
    let reports = false;
    const lose = (code: number, reason: string): void => {
      clearTimeout(patience);
      if (mine !== socket || ended) return;
      // What it still says, and its own end, are nobody's from here on.
      socket = null;
      joined = false;
      mine.close();
      const end = endWords(code, reason);
      if (end) {
        ended = true;
        options.onConnection({ kind: 'ended', ...end });
        return;
      }
      attempt += 1;
      const retryInMs = backOffMs(attempt, Math.random());
      options.onConnection({ kind: 'reconnecting', attempt, retryInMs });
      timer = setTimeout(connect, retryInMs);
    };
    mine.addEventListener('open', () => {
      const hello: FromClient = {
        kind: 'hello',
        version: PROTOCOL_VERSION,
        token: options.token,
        name,
        device: options.device,
      };
      mine.send(JSON.stringify(hello));
    });
    mine.addEventListener('message', (event: MessageEvent) => {
      if (mine !== socket || ended || typeof event.data !== 'string') return;
      let message: FromNode;
      try {
        message = JSON.parse(event.data) as FromNode;
      } catch {
        mine.close();
        return;
      }
      if (message.kind === 'report') reports = true;
      // A stream that ended reports no more.
      if (message.kind === 'failure') reports = false;
      if (joined || message.kind === 'welcome') clearTimeout(patience);
      if (reports) patience = setTimeout(() => lose(1006, ''), SILENT_MS);
      if (message.kind === 'welcome') {
        joined = true;
        attempt = 0;
        name = message.people.find((one) => one.viewerId === message.viewerId)?.name ?? name;
        options.onConnection({ kind: 'joined' });
      }
      options.onMessage(message);
    });
    mine.addEventListener('close', (event) => lose(event.code, event.reason));
  }

  options.onConnection({ kind: 'connecting' });
  connect();
  return {
    send: (message) => {
      if (!joined || !socket || socket.readyState !== WebSocket.OPEN) return false;
      socket.send(JSON.stringify(message));
      return true;
    },
    close: () => {
      if (ended) return;
      ended = true;
      clearTimeout(timer);
      if (joined && socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ kind: 'bye' }));
      socket?.close(1000);
      options.onConnection({ kind: 'ended', code: 'left', text: 'You have left the room.' });
    },
  };
}
