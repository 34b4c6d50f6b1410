/**
 * One socket, from its opening to its end. Knows no room: it lets through what is well formed and in order.
 *
 * S1  Nothing is let through before a valid hello; none within 5 s closes (forbidden).
 * S2  Only text, only JSON, only known messages: anything else closes (malformed).
 * S3  Text longer than MAX_MESSAGE_BYTES closes (tooLarge), before it is parsed.
 * S4  A hello of another protocol version closes (versionMismatch), saying both versions.
 * S5  A token that opens no room closes: forbidden, or expired where it once did.
 * S6  A second hello closes (malformed).
 * S7  More than 300 messages a second (bursts of 600) or 256 KiB a second (bursts of 1 MiB) closes (tooFast).
 * S8  A token that expires while inside closes (expired).
 * S9  A peer that answers no ping for 30 s is gone: closed with 1001.
 * S10 After closing, nothing comes out any more.
 * S11 bye closes with 1000.
 */
import {
  CLOSE,
  MAX_MESSAGE_BYTES,
  PROTOCOL_VERSION,
  fromClientSchema,
  type FromClient,
} from '../../shared/protocol/messages.ts';
import { fullBucket, take, type Bucket } from './bucket.ts';
import type { Access, Admission } from './tokens.ts';

export const HELLO_MS = 5000;
export const PING_EVERY_MS = 10_000;
export const SILENCE_MS = 30_000;
/** A clip plane dragged at 120 Hz with presence beside it is honest. */
export const MESSAGE_RULE = { perSecond: 300, burst: 600 };
export const BYTE_RULE = { perSecond: 256 * 1024, burst: 1024 * 1024 };
const GOING_AWAY = 1001;

export type Hello = Extract<FromClient, { kind: 'hello' }>;
/** What a session hands on: hello and bye end here. */
export type RoomMessage = Exclude<FromClient, { kind: 'hello' | 'bye' }>;
/** Access to one room. */
export type RoomAccess = Access & { readonly roomId: string; readonly studyInstanceUid: string };

export type SessionInput =
  | { readonly kind: 'text'; readonly text: string; readonly bytes: number }
  | { readonly kind: 'binary' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'gone' }
  | { readonly kind: 'tick' };

export type SessionOutput =
  | { readonly kind: 'join'; readonly hello: Hello; readonly access: RoomAccess }
  | { readonly kind: 'message'; readonly message: RoomMessage }
  | { readonly kind: 'ping' }
  | { readonly kind: 'close'; readonly code: number; readonly reason: string };

type State =
  | { readonly kind: 'waiting'; readonly deadlineMs: number }
  | { readonly kind: 'joined'; readonly expiresMs: number | null }
  | { readonly kind: 'closed' };

export interface Session {
  step(input: SessionInput, nowMs: number): readonly SessionOutput[];
}

type Parsed = { readonly message: FromClient } | { readonly reason: string };

/** Any text into a message or the reason why it is none; never throws. */
export function parseMessage(text: string): Parsed {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { reason: 'a message that is not JSON' };
  }
  const result = fromClientSchema.safeParse(value);
  if (result.success) return { message: result.data };
  const where = result.error.issues[0]?.path.join('.') ?? '';
  return { reason: where ? `a message with a bad '${where}'` : 'a message of no known kind' };
}

/** `admitToken` says what a token opens at that time. */
export function createSession(
  admitToken: (token: string, nowMs: number) => Admission,
  openedMs: number,
): Session {
  let state: State = { kind: 'waiting', deadlineMs: openedMs + HELLO_MS };
  let messages: Bucket = fullBucket(MESSAGE_RULE, openedMs);
  let bytes: Bucket = fullBucket(BYTE_RULE, openedMs);
  let heardMs = openedMs;
  let pingedMs = openedMs;

  const close = (code: number, reason: string): SessionOutput[] => {
    state = { kind: 'closed' };
    return [{ kind: 'close', code, reason }];
  };

  function onHello(hello: Hello, nowMs: number): SessionOutput[] {
    if (state.kind !== 'waiting') return close(CLOSE.malformed, 'hello came a second time');
    if (hello.version !== PROTOCOL_VERSION)
      return close(
        CLOSE.versionMismatch,
        `the page speaks version ${hello.version}, the node ${PROTOCOL_VERSION}: reload the page`,
      );
    const admission = admitToken(hello.token, nowMs);
    if (!admission.ok)
      return close(admission.code === 'expired' ? CLOSE.expired : CLOSE.forbidden, admission.text);
    const { access } = admission;
    const { roomId, studyInstanceUid } = access;
    if (roomId === null || studyInstanceUid === null)
      return close(CLOSE.forbidden, 'the host’s link opens no room by itself: open a study first');
    state = { kind: 'joined', expiresMs: access.expiresMs };
    return [{ kind: 'join', hello, access: { ...access, roomId, studyInstanceUid } }];
  }

  function onText(text: string, size: number, nowMs: number): SessionOutput[] {
    heardMs = nowMs;
    if (size > MAX_MESSAGE_BYTES)
      return close(CLOSE.tooLarge, `a message of ${size} bytes: at most ${MAX_MESSAGE_BYTES}`);
    const byCount = take(messages, MESSAGE_RULE, 1, nowMs);
    const bySize = take(bytes, BYTE_RULE, size, nowMs);
    messages = byCount.bucket;
    bytes = bySize.bucket;
    if (!byCount.ok || !bySize.ok) return close(CLOSE.tooFast, 'too many messages');
    const parsed = parseMessage(text);
    if ('reason' in parsed) return close(CLOSE.malformed, parsed.reason);
    const { message } = parsed;
    if (message.kind === 'hello') return onHello(message, nowMs);
    if (state.kind !== 'joined') return close(CLOSE.malformed, `'${message.kind}' came before hello`);
    if (message.kind === 'bye') return close(1000, 'bye');
    return [{ kind: 'message', message }];
  }

  function onTick(nowMs: number): SessionOutput[] {
    if (state.kind === 'waiting' && nowMs >= state.deadlineMs)
      return close(CLOSE.forbidden, `no hello within ${HELLO_MS / 1000} s`);
    if (state.kind === 'joined' && state.expiresMs !== null && nowMs >= state.expiresMs)
      return close(CLOSE.expired, 'This link has expired. Ask whoever sent it for a new one.');
    if (nowMs - heardMs >= SILENCE_MS) return close(GOING_AWAY, 'no answer for 30 s');
    if (nowMs - pingedMs < PING_EVERY_MS) return [];
    pingedMs = nowMs;
    return [{ kind: 'ping' }];
  }

  return {
    step(input, nowMs) {
      if (state.kind === 'closed') return [];
      switch (input.kind) {
        case 'text':
          return onText(input.text, input.bytes, nowMs);
        case 'binary':
          return close(CLOSE.malformed, 'binary data: this socket speaks text');
        case 'pong':
          heardMs = nowMs;
          return [];
        case 'gone':
          state = { kind: 'closed' };
          return [];
        case 'tick':
          return onTick(nowMs);
      }
    },
  };
}
