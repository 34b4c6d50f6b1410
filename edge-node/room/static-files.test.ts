import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findFile, sendFile } from './static-files.rim.ts';

let root: string;
let folder: string;
let server: Server;
let origin: string;
const script = 'export const a = 1;\n'.repeat(500);

beforeAll(async () => {
  root = mkdtempSync(path.join(tmpdir(), 'anteroom-static-'));
  folder = path.join(root, 'dist');
  mkdirSync(path.join(folder, 'assets'), { recursive: true });
  writeFileSync(path.join(folder, 'index.html'), '<!doctype html>');
  writeFileSync(path.join(folder, 'assets', 'main-abc.js'), script);
  writeFileSync(path.join(folder, '.secret'), 'secret');
  writeFileSync(path.join(root, 'outside.txt'), 'outside');
  symlinkSync(path.join(root, 'outside.txt'), path.join(folder, 'link.txt'));
  server = createServer((request, response) => {
    void sendFile(folder, request.url!, request, response).then(
      (sent) => sent || response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(root, { recursive: true });
});

test('files below the folder are found, the index for a folder', async () => {
  expect(await findFile(folder, '/')).toMatch(/index\.html$/);
  expect(await findFile(folder, '/assets/main-abc.js')).toMatch(/main-abc\.js$/);
});

test.each([
  '/../outside.txt',
  '/%2e%2e/outside.txt',
  '/..%2foutside.txt',
  '/assets/../../outside.txt',
  '/..\\outside.txt',
  '//etc/passwd',
  '/%00index.html',
  '/%ff',
  '/.secret',
  '/link.txt',
  '/assets',
  '/nothing.js',
])('%s is not', async (pathname) => {
  expect(await findFile(folder, pathname)).toBeNull();
});

/** As sent, without a client that tidies the path. */
function raw(line: string): Promise<string> {
  return new Promise((resolve) => {
    let said = '';
    const socket = connect(Number(new URL(origin).port), '127.0.0.1');
    socket.on('data', (data) => (said += String(data))).on('close', () => resolve(said));
    socket.write(`GET ${line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
  });
}

test('nor over the wire', async () => {
  expect(await raw('/../outside.txt')).toMatch(/^HTTP\/1.1 404/);
  expect(await raw('/../outside.txt')).not.toContain('outside');
  expect(await raw('/index.html')).toMatch(/^HTTP\/1.1 200/);
});

test('pressed for who takes it, the same bytes for all; hashed names are kept for good', async () => {
  const plain = await fetch(`${origin}/assets/main-abc.js`, { headers: { 'accept-encoding': 'identity' } });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(script);
  const small = await fetch(`${origin}/assets/main-abc.js`, { headers: { 'accept-encoding': 'br' } });
  expect(small.headers.get('content-encoding')).toBe('br');
  expect(Number(small.headers.get('content-length'))).toBeLessThan(script.length / 10);
  expect(await small.text()).toBe(script);
  expect(small.headers.get('cache-control')).toMatch(/immutable/);
  expect(small.headers.get('content-type')).toMatch(/^text\/javascript/);
  const page = await fetch(origin);
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const again = await fetch(origin, { headers: { 'if-none-match': page.headers.get('etag')! } });
  expect(again.status).toBe(304);
});
