/** Serves one small page of a bench or test, bundled from TypeScript by vite, with a WebSocket at /signal, on a free port. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { build } from 'vite';
import { WebSocketServer, type WebSocket } from 'ws';

export interface PageServer extends AsyncDisposable {
  /** 'http://127.0.0.1:40123' */
  readonly origin: string;
  close(): Promise<void>;
}

/** One script for a plain <script> tag. `entry` is an absolute path. */
export async function bundlePage(entry: string): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: 'warn',
    root: path.dirname(entry),
    build: {
      write: false,
      minify: false,
      modulePreload: false,
      lib: { entry, formats: ['iife'], name: 'page', fileName: 'page' },
    },
  });
  const outputs = Array.isArray(result) ? result : [result];
  for (const output of outputs)
    if ('output' in output)
      for (const part of output.output) if (part.type === 'chunk' && part.isEntry) return part.code;
  throw new Error(`vite made no script of ${entry}`);
}

/** `body` is the page's markup; `onSocket` gets each socket that the page opens at /signal. */
export async function servePage(options: {
  readonly entry: string;
  readonly body?: string;
  onSocket?(socket: WebSocket): void;
}): Promise<PageServer> {
  const script = await bundlePage(options.entry);
  const html = `<!doctype html><meta charset="utf-8"><title>test</title><body>${options.body ?? ''}<script src="/page.js"></script></body>`;
  const server = createServer((request, response) => {
    const isScript = request.url === '/page.js';
    response.writeHead(200, {
      'content-type': isScript ? 'text/javascript; charset=utf-8' : 'text/html; charset=utf-8',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
    });
    response.end(isScript ? script : html);
  });
  const sockets = new WebSocketServer({ server, path: '/signal' });
  sockets.on('connection', (socket) => options.onSocket?.(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    for (const socket of sockets.clients) socket.terminate();
    sockets.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://127.0.0.1:${port}`, close, [Symbol.asyncDispose]: close };
}
