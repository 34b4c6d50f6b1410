/** The HTTP(S) server: limits against slow, long and strange requests, static files, and the API. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Duplex } from 'node:stream';
import { answerApi, type ApiContext } from './api.ts';
import { failureWords } from './failure-words.ts';
import { Refusal, bearerToken, pageHeaders, refusalAnswer, sameOrigin, type Answer } from './http-answer.ts';
import { SourceError } from '../ingest/types.ts';
import { sendFile } from './static-files.rim.ts';
import type { LogSink } from './types.ts';

export const MAX_BODY_BYTES = 16 * 1024;
const LIMITS = {
  /** Whole header, then whole request, must be there in time. */
  headersTimeout: 10_000,
  requestTimeout: 15_000,
  keepAliveTimeout: 10_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
};
const MAX_CONNECTIONS = 1024;

export interface HttpOptions {
  readonly tls: { readonly cert: string; readonly key: string } | null;
  readonly clientDir: string | null;
  readonly api: ApiContext;
  origin(): string;
  onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  now(): number;
  log: LogSink;
  onError(error: unknown): void;
}

async function readBody(request: IncomingMessage): Promise<string> {
  const tooLarge = (): Refusal =>
    new Refusal(413, 'too-large', `A request's body has at most ${MAX_BODY_BYTES} bytes.`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  // The connection must live on for the answer: leaving the loop does not end it.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function write(response: ServerResponse, answer: Answer, head: boolean, host: string | null): void {
  if (response.headersSent || response.destroyed) return;
  const length = String(Buffer.byteLength(answer.body));
  response.writeHead(answer.status, { ...pageHeaders(host), ...answer.headers, 'content-length': length });
  response.end(head ? undefined : answer.body);
}

/** What went wrong, as a status and words: sources' failures are the archive's (502), the rest is ours (500). */
function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  const { code, text } = failureWords(error, 'answer this request');
  return new Refusal(
    error instanceof SourceError ? (error.code === 'not-found' ? 404 : 502) : 500,
    code,
    text,
  );
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  options: HttpOptions,
): Promise<void> {
  const method = request.method ?? 'GET';
  const head = method === 'HEAD';
  const host = request.headers.host ?? null;
  try {
    let pathname: string;
    try {
      ({ pathname } = new URL(request.url ?? '/', 'http://node'));
    } catch {
      throw new Refusal(400, 'malformed', 'This address cannot be read.');
    }
    if (pathname.startsWith('/api/')) {
      if (!sameOrigin(request.headers.origin, request.headers.host))
        throw new Refusal(403, 'foreign-origin', 'Pages of other sites may not ask this node.');
      const gone = new AbortController();
      response.on('close', () => gone.abort());
      const result = await answerApi(
        {
          method: head ? 'GET' : method,
          pathname,
          token: bearerToken(request.headers.authorization),
          contentType: request.headers['content-type'] ?? '',
          origin: options.origin(),
          signal: gone.signal,
          body: () => readBody(request),
        },
        options.api,
        options.now(),
      );
      return write(response, result, head, host);
    }
    if (method !== 'GET' && !head) throw new Refusal(405, 'wrong-method', 'This address answers GET only.');
    if (options.clientDir && (await sendFile(options.clientDir, pathname, request, response))) return;
    throw new Refusal(404, 'not-found', 'There is nothing at this address.');
  } catch (error) {
    const refusal = refusalOf(error);
    // Who has left is no failure.
    if (refusal.status >= 500 && !response.destroyed) {
      options.onError(error);
      options.log('error', 'request-failed', {
        status: refusal.status,
        code: refusal.code,
        error: error instanceof Error ? error.name : 'unknown',
      });
    }
    write(response, refusalAnswer(refusal), head, host);
    // What is still coming of a refused body is thrown away, for as long as the answer needs to arrive.
    if (!request.complete) {
      request.resume();
      setTimeout(() => request.complete || request.destroy(), 1000).unref();
    }
  }
}

/** The server, not listening yet. */
export function createHttpServer(options: HttpOptions): Server {
  const listener = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(request, response, options);
  const server = options.tls
    ? createTlsServer({ ...LIMITS, ...options.tls, minVersion: 'TLSv1.2' }, listener)
    : createServer(LIMITS, listener);
  server.maxConnections = MAX_CONNECTIONS;
  server.maxHeadersCount = 100;
  server.on('upgrade', options.onUpgrade);
  server.on('clientError', (_error, socket) => {
    if (socket.writable)
      socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return server;
}
