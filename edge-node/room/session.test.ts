import { describe, expect, test } from 'vitest';
import { CLOSE, MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import {
  HELLO_MS,
  MESSAGE_RULE,
  PING_EVERY_MS,
  SILENCE_MS,
  createSession,
  parseMessage,
  type Session,
  type SessionOutput,
} from './session.ts';
import { admit, hashToken, type TokenTable } from './tokens.ts';

const HOUR = 3_600_000;
const table: TokenTable = {
  hostHash: hashToken('host'),
  rooms: new Map([
    [
      hashToken('room'),
      { scope: 'room', role: 'member', roomId: 'r', studyInstanceUid: '1.2', expiresMs: 24 * HOUR },
    ],
  ]),
};
const open = (): Session => createSession((token, nowMs) => admit(table, token, nowMs), 0);
const say = (session: Session, value: unknown, nowMs = 1): readonly SessionOutput[] => {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return session.step({ kind: 'text', text, bytes: Buffer.byteLength(text) }, nowMs);
};
const hello = {
  kind: 'hello',
  version: PROTOCOL_VERSION,
  token: 'room',
  name: 'A',
  device: 'desktop',
} as const;
const joined = (): Session => {
  const session = open();
  expect(say(session, hello)[0]).toMatchObject({ kind: 'join', access: { roomId: 'r', role: 'member' } });
  return session;
};
const presence = { kind: 'presence', presence: { head: null, hands: [] } };

test('S1 nothing before hello', () => {
  expect(say(open(), presence)).toMatchObject([{ kind: 'close', code: CLOSE.malformed }]);
});

test('S1 no hello within 5 s closes', () => {
  const session = open();
  expect(session.step({ kind: 'tick' }, HELLO_MS - 1)).toEqual([]);
  expect(session.step({ kind: 'tick' }, HELLO_MS)).toMatchObject([{ kind: 'close', code: CLOSE.forbidden }]);
});

describe('S2 what is no message closes', () => {
  for (const [what, text] of Object.entries({
    'not JSON': '{',
    'a number': '7',
    null: 'null',
    'an unknown kind': '{"kind":"root"}',
    'a prototype key': '{"__proto__":{"kind":"bye"}}',
    'a bad field': JSON.stringify({ ...presence, presence: { head: { position: [1, 2], rotation: [] } } }),
    'a number beyond reason': JSON.stringify({
      kind: 'op',
      id: 1,
      base: 1,
      op: { kind: 'set-clip', clip: { normalLps: [0, 0, 1], pointLpsMm: [1e30, 0, 0] } },
    }),
  }))
    test(what, () => {
      expect(say(joined(), text)).toMatchObject([{ kind: 'close', code: CLOSE.malformed }]);
    });
  test('binary', () => {
    expect(joined().step({ kind: 'binary' }, 2)).toMatchObject([{ code: CLOSE.malformed }]);
  });
});

test('S3 too long closes before it is parsed', () => {
  const text = 'x'.repeat(MAX_MESSAGE_BYTES + 1);
  expect(say(joined(), text)).toMatchObject([{ code: CLOSE.tooLarge }]);
  expect(say(joined(), JSON.stringify(presence).padEnd(MAX_MESSAGE_BYTES))).toMatchObject([
    { kind: 'message' },
  ]);
});

test('S4 another version is refused in words', () => {
  const [output] = say(open(), { ...hello, version: PROTOCOL_VERSION + 1 });
  expect(output).toMatchObject({ kind: 'close', code: CLOSE.versionMismatch });
  expect((output as { reason: string }).reason).toContain(String(PROTOCOL_VERSION + 1));
});

test('S5 wrong, empty, expired and host tokens enter no room', () => {
  expect(say(open(), { ...hello, token: 'wrong' })).toMatchObject([{ code: CLOSE.forbidden }]);
  expect(say(open(), { ...hello, token: '' })).toMatchObject([{ code: CLOSE.forbidden }]);
  expect(say(open(), { ...hello, token: 'host' })).toMatchObject([{ code: CLOSE.forbidden }]);
  const late = createSession((token, nowMs) => admit(table, token, nowMs), 24 * HOUR);
  expect(say(late, hello, 24 * HOUR)).toMatchObject([{ code: CLOSE.expired }]);
  const inTime = createSession((token, nowMs) => admit(table, token, nowMs), 24 * HOUR - 1);
  expect(say(inTime, hello, 24 * HOUR - 1)).toMatchObject([{ kind: 'join' }]);
});

test('S6 a second hello closes', () => {
  expect(say(joined(), hello)).toMatchObject([{ code: CLOSE.malformed }]);
});

test('S7 a flood closes; the honest rate does not', () => {
  const flooded = joined();
  const outputs = Array.from({ length: MESSAGE_RULE.burst + 1 }, () => say(flooded, presence)).flat();
  expect(outputs.at(-1)).toMatchObject({ kind: 'close', code: CLOSE.tooFast });
  const steady = joined();
  for (let ms = 10; ms < 60_000; ms += 10)
    expect(say(steady, presence, ms)).toMatchObject([{ kind: 'message' }]);
});

test('S7 many bytes close too', () => {
  const session = joined();
  const big = JSON.stringify(presence).padEnd(MAX_MESSAGE_BYTES);
  const outputs = Array.from({ length: 17 }, () => say(session, big)).flat();
  expect(outputs.at(-1)).toMatchObject({ code: CLOSE.tooFast });
});

test('S8 a token that expires while inside closes', () => {
  const session = joined();
  for (let ms = 1; ms < 24 * HOUR; ms += HOUR / 2) session.step({ kind: 'pong' }, ms);
  expect(session.step({ kind: 'tick' }, 24 * HOUR)).toMatchObject([{ code: CLOSE.expired }]);
});

test('S9 pings; a peer that answers none is gone', () => {
  const session = joined();
  expect(session.step({ kind: 'tick' }, PING_EVERY_MS)).toEqual([{ kind: 'ping' }]);
  session.step({ kind: 'pong' }, PING_EVERY_MS + 1);
  expect(session.step({ kind: 'tick' }, SILENCE_MS + PING_EVERY_MS)).toMatchObject([{ kind: 'ping' }]);
  expect(session.step({ kind: 'tick' }, SILENCE_MS + PING_EVERY_MS + 1)).toMatchObject([{ code: 1001 }]);
});

test('S10 nothing after the end', () => {
  const session = joined();
  say(session, '{');
  expect(say(session, presence)).toEqual([]);
  expect(session.step({ kind: 'tick' }, 1e9)).toEqual([]);
});

test('S11 bye closes in peace', () => {
  expect(say(joined(), { kind: 'bye' })).toMatchObject([{ kind: 'close', code: 1000 }]);
});

test('any text becomes a message or a reason', () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff;
  const base = JSON.stringify({ kind: 'op', id: 1, base: 1, op: { kind: 'set-phase', phase: 3 } });
  for (let round = 0; round < 3000; round++) {
    const bytes = [...base].map((c) =>
      random() < 0.05 ? String.fromCharCode(Math.floor(random() * 300)) : c,
    );
    const result = parseMessage(bytes.join('').slice(0, Math.floor(random() * 2 * base.length)));
    expect('message' in result || result.reason.length > 0).toBe(true);
  }
});
