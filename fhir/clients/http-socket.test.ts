/** Against a real socket: what a scripted network cannot show. */
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { openServer } from './http.rim.ts';

const BODY = Buffer.alloc(4 << 20, 'a');

/** Answers every request with `head` and the body, and closes. */
async function answering(head: string, body: Buffer) {
  const closed: Promise<void>[] = [];
  const server = createServer((socket: Socket) => {
    closed.push(new Promise((resolve) => void socket.once('close', () => resolve())));
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from(head), body])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    root: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}

// A closed connection that finds the reader behind once ended the process: nodejs/undici issue 5360.
test.each([
  ['with its length', `HTTP/1.1 200 OK\r\nContent-Length: ${BODY.length}\r\nConnection: close\r\n\r\n`],
  ['that ends with the connection', 'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n'],
])('an answer %s arrives whole, however slowly it is read', async (_, head) => {
  await using network = await answering(head, BODY);
  const server = openServer({ kind: 'archive', root: network.root });
  const answer = await server.askFor('/series', { what: 'the series' });
  // Everything that the system's buffers take is there, and the end of it, before anything is read.
  for (let i = 0; i < 2000; i++) await turn();
  let size = 0;
  for await (const piece of answer.chunks()) {
    size += piece.length;
    for (let i = 0; i < 20; i++) await turn();
  }
  expect(size).toBe(BODY.length);
});

test('an answer shorter than it says is cut short, not whole', async () => {
  await using network = await answering(
    `HTTP/1.1 200 OK\r\nContent-Length: ${2 * BODY.length}\r\nConnection: close\r\n\r\n`,
    BODY,
  );
  const server = openServer({ kind: 'archive', root: network.root });
  const answer = await server.askFor('/series', { what: 'the series' });
  for (let i = 0; i < 2000; i++) await turn();
  const read = async (): Promise<void> => {
    for await (const _ of answer.chunks()) for (let i = 0; i < 20; i++) await turn();
  };
  await expect(read()).rejects.toMatchObject({ code: 'cut-short' });
});
