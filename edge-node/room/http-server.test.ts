import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { createHttpServer } from './http-server.rim.ts';
import type { Access } from './tokens.ts';

test('a page that leaves while it waits for news ends its question, and is no failure in the log', async () => {
  const access: Access = { scope: 'host', role: 'surgeon', roomId: null, studyInstanceUid: null, expiresMs: null }; // prettier-ignore
  const logged: unknown[] = [];
  const [waiting, ended] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let fails = false;
  const server = createHttpServer({
    clientDir: null,
    tls: null,
    api: {
      rooms: { admit: () => ({ ok: true, access }), create: () => expect.unreachable() },
      listing: {
        searchable: false,
        studies: (_now, _question, gone) =>
          fails
            ? Promise.reject(new Error('broken'))
            : new Promise((_, reject) => {
                gone!.addEventListener('abort', () => {
                  reject(gone!.reason as Error);
                  ended.resolve();
                });
                waiting.resolve();
              }),
        study: () => expect.unreachable(),
      },
      thumbnails: { get: () => expect.unreachable() },
      sourceLabel: '',
    },
    origin: () => '',
    onUpgrade: () => undefined,
    now: () => 0,
    log: (...line) => void logged.push(line),
    onError: (error) => void logged.push(error),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/studies`;
  try {
    const page = new AbortController();
    const question = fetch(address, { signal: page.signal });
    await waiting.promise;
    page.abort();
    await expect(question).rejects.toThrow();
    await ended.promise;
    await new Promise((resolve) => setImmediate(resolve));
    expect(logged).toEqual([]);
    fails = true;
    expect((await fetch(address)).status).toBe(500);
    expect(logged).toHaveLength(2);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});
