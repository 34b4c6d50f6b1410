/** Hostile peers: each ends its own socket, with a code, and two honest viewers beside it notice nothing. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HELLO_MS } from '../../edge-node/room/session.ts';
import { CLOSE, MAX_MESSAGE_BYTES, PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import { join, openBench, openSocket, type Bench, type Viewer } from './room-harness.ts';

let bench: Bench;
let token: string;
let honest: readonly [Viewer, Viewer];
let beat = 0;

beforeAll(async () => {
  bench = await openBench();
  const { studies } = await bench.studies();
  ({ token } = await bench.newRoom({ studyInstanceUid: studies[0]!.studyInstanceUid }));
  honest = [await join(bench.service.origin, token, 'a'), await join(bench.service.origin, token, 'b')];
  await Promise.all(honest.map((viewer) => viewer.next('shown')));
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

/** What one honest viewer says still reaches the other. */
async function unharmed(): Promise<void> {
  const x = ++beat;
  honest[0].send({
    kind: 'presence',
    presence: { head: { position: [x, 0, 0], rotation: [0, 0, 0, 1] }, hands: [] },
  });
  await honest[1].next('presence', (message) => message.presence.head?.position[0] === x);
  expect((await bench.ask('/api/session')).status).toBe(200);
}
beforeEach(unharmed);

const origin = (): string => bench.service.origin;
const hello = (): string =>
  JSON.stringify({ kind: 'hello', version: PROTOCOL_VERSION, token, name: 'x', device: 'desktop' });
const inside = async (): Promise<Viewer> => {
  const viewer = await join(origin(), token, 'x');
  await viewer.next('welcome');
  return viewer;
};
const scene = { kind: 'op', id: 1, base: 1, op: { kind: 'set-clip', clip: null } };

const cases: Readonly<Record<string, { readonly send: (viewer: Viewer) => void; readonly code: number }>> = {
  'text that is no JSON': { send: ({ ws }) => ws.send('\u0000{{{'), code: CLOSE.malformed },
  'deep JSON': { send: ({ ws }) => ws.send('['.repeat(30_000)), code: CLOSE.malformed },
  binary: { send: ({ ws }) => ws.send(Buffer.alloc(100)), code: CLOSE.malformed },
  'an unknown message': { send: (v) => v.send({ kind: 'shutdown' }), code: CLOSE.malformed },
  'too much text': {
    send: ({ ws }) => ws.send('x'.repeat(MAX_MESSAGE_BYTES + 1)),
    code: CLOSE.tooLarge,
  },
  'far too much text': { send: ({ ws }) => ws.send('x'.repeat(8_000_000)), code: 1009 },
  'a second hello': { send: ({ ws }) => ws.send(hello()), code: CLOSE.malformed },
  'an edit of a version to come': { send: (v) => v.send({ ...scene, base: 1e6 }), code: CLOSE.malformed },
  'the same edit twice': {
    send: (v) => [0, 1].forEach(() => v.send({ ...scene, id: 7 })),
    code: CLOSE.malformed,
  },
  'a signal before start-stream': {
    send: (v) => v.send({ kind: 'signal', signal: { type: 'answer', sdp: 'v=0' } }),
    code: CLOSE.malformed,
  },
  'an eye of a million pixels': {
    send: (v) => v.send({ kind: 'start-stream', eyeWidth: 1e6, eyeHeight: 1e6 }),
    code: CLOSE.malformed,
  },
  'a flood': {
    send: (v) => {
      for (let i = 0; i < 2000; i++) v.send({ kind: 'presence', presence: { head: null, hands: [] } });
    },
    code: CLOSE.tooFast,
  },
};

test.each(Object.entries(cases))('%s', async (_name, { send, code }) => {
  const viewer = await inside();
  send(viewer);
  expect((await viewer.closed).code).toBe(code);
  await unharmed();
});

test('anything before hello', async () => {
  for (const text of ['{}', JSON.stringify(scene), 'x', '']) {
    const viewer = await openSocket(origin());
    viewer.ws.send(text);
    expect((await viewer.closed).code).toBe(CLOSE.malformed);
  }
});

test('another protocol version is refused in words', async () => {
  const viewer = await openSocket(origin());
  viewer.ws.send(hello().replace(`"version":${PROTOCOL_VERSION}`, '"version":99'));
  const { code, reason } = await viewer.closed;
  expect(code).toBe(CLOSE.versionMismatch);
  expect(reason).toMatch(/reload/);
});

/** A raw connection; `until` resolves with all it said when it ends. */
function raw(bytes: string | Buffer): { readonly socket: Socket; readonly ended: Promise<string> } {
  const { port } = new URL(origin());
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('error', () => undefined);
  let said = '';
  socket.on('data', (data) => (said += data.toString('latin1')));
  socket.write(bytes);
  return { socket, ended: new Promise((resolve) => socket.on('close', () => resolve(said))) };
}
const upgrade = (extra = ''): string =>
  `GET /ws/room HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${extra}\r\n`;

test('a peer that opens and says nothing is let go after 5 s', async () => {
  const { ended } = raw(upgrade());
  const quiet = await openSocket(origin());
  bench.advance(HELLO_MS + 1000);
  expect((await quiet.closed).code).toBe(CLOSE.forbidden);
  expect(await ended).toMatch(/^HTTP\/1.1 101/);
});

test('frames that are no WebSocket end that socket', async () => {
  // An unmasked frame, a reserved opcode, text that is no UTF-8, a control frame that is too long.
  for (const frame of [
    [0x81, 0x02, 0x68, 0x69],
    [0x8f, 0x80, 0, 0, 0, 0],
    [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe],
    [0x89, 0xfe, 0x01, 0x00, 0, 0, 0, 0],
  ]) {
    const { socket, ended } = raw(upgrade());
    socket.write(Buffer.from(frame));
    // ws answers 1002 or 1007; a raw peer that does not close is then cut.
    socket.once('data', () => setImmediate(() => socket.end()));
    expect(await ended).toMatch(/^HTTP\/1.1 101/);
  }
  await unharmed();
});

test('a handshake that is none is refused', async () => {
  expect(await raw(upgrade().replace('/ws/room', '/ws/other')).ended).toMatch(/^HTTP\/1.1 404/);
  expect(await raw(upgrade('Origin: https://evil.example\r\n')).ended).toMatch(/^HTTP\/1.1 403/);
  expect(await raw('GARBAGE\r\n\r\n').ended).toMatch(/^HTTP\/1.1 400/);
  expect(await raw(`GET / HTTP/1.1\r\nHost: x\r\nA: ${'x'.repeat(100_000)}\r\n\r\n`).ended).toMatch(
    /^HTTP\/1.1 4(00|31)/,
  );
});

test('an address that cannot be read is refused, and the node lives on', async () => {
  for (const address of ['//', 'http://', 'http://[', '//a:b/ws/room', '/\\\\:']) {
    const { ended } = raw(upgrade().replace('/ws/room', address));
    expect(await ended, address).toMatch(/^HTTP\/1.1 40[04]/);
    expect(await raw(`GET ${address} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`).ended).toMatch(
      /^HTTP\/1.1 40[04]/,
    );
    await unharmed();
  }
});

test('a body that is too long, said or unsaid', async () => {
  const post = (body: string): Promise<Response> =>
    bench.ask('/api/rooms', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect((await post('x'.repeat(1_000_000))).status).toBe(413);
  const chunked = `POST /api/rooms HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${bench.service.hostToken}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const chunk = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
  expect(await raw(chunked + chunk.repeat(4)).ended).toMatch(/^HTTP\/1.1 413/);
  expect((await post('{"studyInstanceUid":"../../etc"}')).status).toBe(400);
  expect((await post('{')).status).toBe(400);
  await unharmed();
});

test('many hostile peers at once', async () => {
  const viewers = await Promise.all(Array.from({ length: 40 }, () => openSocket(origin())));
  viewers.forEach(({ ws }, index) =>
    ws.send(index % 2 ? Buffer.alloc(1000, index) : 'x'.repeat(index * 100)),
  );
  const codes = await Promise.all(viewers.map(async (viewer) => (await viewer.closed).code));
  expect(new Set(codes)).toEqual(new Set([CLOSE.malformed]));
  await unharmed();
});
