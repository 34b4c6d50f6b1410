/** The service: one source, one HTTP(S) server, rooms on top. Owns everything it opens except the source. */
import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RoomEffects } from './effects.ts';
import { createHttpServer } from './http-server.rim.ts';
import { createListingCache } from './listing-cache.ts';
import { MAX_EYE_PX } from './room.ts';
import { openRooms } from './rooms.rim.ts';
import { createShownVolumes } from './shown-volumes.ts';
import { openSockets } from './sockets.rim.ts';
import { createThumbnails } from './thumbnails.ts';
import { ServiceError, type Service, type ServiceOptions } from './types.ts';
import { realEffects } from './wire.ts';

const TICK_MS = 1000;

export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);

async function listen(server: Server, host: string, port: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen(port, host, resolve);
  try {
    await promise;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new ServiceError(
        'port-taken',
        `Port ${port} on ${host} is taken by another program. Stop that one, or choose another with --port (0 takes a free one).`,
        { cause: error },
      );
    throw new ServiceError(
      'bad-host',
      `Anteroom could not listen on ${host}, port ${port} (${code ?? 'unknown'}). Check --host and --port; ports below 1024 need rights.`,
      { cause: error },
    );
  } finally {
    server.off('error', reject);
  }
  return (server.address() as AddressInfo).port;
}

const inUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Starts the service; resolves when it listens. Rejects with ServiceError. */
export async function startServiceWith(options: ServiceOptions, effects: RoomEffects): Promise<Service> {
  const { source, host, home, tls, backend, clientDir } = options;
  const now = options.now ?? Date.now;
  const log = options.log ?? ((): void => undefined);
  const onError = options.onError ?? ((): void => undefined);
  if (!tls && !isLoopback(host))
    throw new ServiceError(
      'tls',
      `Serving on ${host} without a certificate would send patients' pictures in the clear. Give one, or serve on 127.0.0.1.`,
    );
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new ServiceError('no-home', `The folder ${home} cannot be made. Set ANTEROOM_HOME to another.`, {
      cause: error,
    });
  }

  const stop = new AbortController();
  const listing = createListingCache(source, stop.signal);
  const volumes = createShownVolumes(source, effects, backend);
  const thumbnails = createThumbnails({
    source,
    effects,
    kind: options.thumbnails ?? 'volume',
    backend,
    signal: stop.signal,
  });
  const rooms = openRooms({
    home,
    listing,
    volumes,
    thumbnails,
    openViewerStream: effects.openViewerStream,
    bindAddress: isLoopback(host) ? '127.0.0.1' : host === '::' ? '0.0.0.0' : host,
    eyeSize: options.eyeSize ?? [MAX_EYE_PX, MAX_EYE_PX],
    now,
    log,
    onError,
  });
  const sockets = openSockets({ rooms, now, log, onError });
  let origin = '';
  const server = createHttpServer({
    tls,
    clientDir,
    api: { rooms, listing, thumbnails, sourceLabel: source.label },
    origin: () => origin,
    onUpgrade: sockets.upgrade,
    now,
    log,
    onError,
  });
  try {
    const port = await listen(server, host, options.port);
    origin = `${tls ? 'https' : 'http'}://${inUrl(options.linkHost ?? host)}:${port}`;
  } catch (error) {
    await rooms.close();
    throw error;
  }
  const timer = setInterval(() => {
    sockets.tick();
    rooms.tick();
    effects.sweep();
  }, TICK_MS);
  log('info', 'listening', { tls: tls !== null });

  let closing: Promise<void> | null = null;
  const close = (): Promise<void> =>
    (closing ??= (async () => {
      clearInterval(timer);
      stop.abort();
      sockets.close();
      const ended = new Promise<void>((resolve) => server.close(() => resolve()));
      await rooms.close();
      server.closeAllConnections();
      await ended;
      await effects.close();
      log('info', 'closed');
    })());

  return {
    origin,
    hostToken: rooms.hostToken,
    link: `${origin}/#token=${rooms.hostToken}`,
    close,
    [Symbol.asyncDispose]: close,
  };
}

export const startService = (options: ServiceOptions): Promise<Service> =>
  startServiceWith(options, realEffects(options.encoder));
