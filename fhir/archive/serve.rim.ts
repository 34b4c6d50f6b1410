/** The archive's HTTP server: loopback only, every request needs the bearer token. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { boundaryOf, createMultipartParser, MULTIPART_LIMITS, MultipartError } from '../clients/multipart.ts';
import { refusal, type Answer, type AnswerPart } from './answer.ts';
import type { ArchiveFolder } from './archive-folder.rim.ts';
import { outcome } from './fhir.ts';
import { DICOMWEB_PATH, FHIR_PATH, route } from './route.ts';
import { storeAnswer, storeParts, type Incoming } from './stow.ts';

export interface RunningServer {
  readonly dicomwebUrl: string;
  readonly fhirUrl: string;
  readonly token: string;
  close(): Promise<void>;
}

/** One object to be stored may have this many bytes. */
const MAX_PART = 1024 * 1024 * 1024;

export async function serveArchive(folder: ArchiveFolder): Promise<RunningServer> {
  const token = randomBytes(32).toString('base64url');
  const expected = Buffer.from(`Bearer ${token}`);
  let origin = '';
  const server = createServer({ keepAliveTimeout: 30_000 }, (request, response) => {
    handle(request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else
        send(
          refusal(500, error instanceof Error ? error.message : String(error)),
          request,
          response,
          folder,
        ).catch(() => response.destroy());
    });
  });

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      response.setHeader('www-authenticate', 'Bearer realm="Anteroom embedded archive"');
      request.resume();
      return send(refusal(401, 'This archive answers only with its token.'), request, response, folder);
    }
    const url = new URL(request.url ?? '/', origin);
    let path: string;
    try {
      path = decodeURIComponent(url.pathname);
    } catch {
      return send(refusal(400, 'The address cannot be read.'), request, response, folder);
    }
    const { accept = '', prefer } = request.headers;
    const asked = {
      method: request.method ?? 'GET',
      path,
      params: url.searchParams,
      accept,
      prefer: String(prefer ?? ''),
      origin,
    };
    const form = await readSearchForm(request, asked);
    if (form !== null && !(form instanceof URLSearchParams)) return send(form, request, response, folder);
    // A search that was posted is the search that it would be in an address.
    const question = form ? { ...asked, method: 'GET', params: form } : asked;
    const answer = await route(question, folder.holdings, (record) => folder.openPixels(record));
    if (answer.kind !== 'store') return send(answer, request, response, folder);
    return send(
      await store(request, answer.studyUid, origin + DICOMWEB_PATH, folder),
      request,
      response,
      folder,
    );
  };

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.unref();
  return {
    dicomwebUrl: origin + DICOMWEB_PATH,
    fhirUrl: origin + FHIR_PATH,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The longest search that is posted. */
const MAX_FORM = 64 * 1024;

/** Parameters of a FHIR search by POST (R4 3.1.0.9), of address and body together; null for any other request. */
async function readSearchForm(
  request: IncomingMessage,
  { method, path, params }: { method: string; path: string; params: URLSearchParams },
): Promise<URLSearchParams | Answer | null> {
  if (method !== 'POST' || !path.startsWith(`${FHIR_PATH}/`) || !/\/_search\/?$/.test(path)) return null;
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    request.resume();
    return outcome(415, 'not-supported', 'A search is posted as application/x-www-form-urlencoded.');
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of request) {
    size += (piece as Buffer).length;
    if (size > MAX_FORM) return outcome(413, 'too-long', `A search has at most ${MAX_FORM} bytes.`);
    pieces.push(piece as Buffer);
  }
  return new URLSearchParams([...params, ...new URLSearchParams(Buffer.concat(pieces).toString('utf8'))]);
}

async function store(
  request: IncomingMessage,
  studyUid: string | undefined,
  root: string,
  folder: ArchiveFolder,
): Promise<Answer> {
  async function* incoming(): AsyncGenerator<Incoming> {
    const boundary = boundaryOf(request.headers['content-type'] ?? null);
    const parser = createMultipartParser(boundary, { ...MULTIPART_LIMITS, partBytes: MAX_PART });
    for await (const chunk of request)
      for (const part of parser.push(chunk as Uint8Array))
        yield { contentType: part.headers.get('content-type') ?? '', bytes: part.bytes };
    parser.end();
  }
  try {
    const judged = await storeParts(incoming(), studyUid, root, (instance, bytes) =>
      folder.keep(instance, bytes),
    );
    if (judged.stored.length + judged.failed.length === 0)
      return refusal(400, 'The request holds no object to store.');
    return storeAnswer(judged, root, studyUid);
  } catch (error) {
    request.resume();
    if (error instanceof MultipartError)
      return refusal(
        error.code === 'no-boundary' ? 415 : 400,
        `The request cannot be read: ${error.message}.`,
      );
    throw error;
  }
}

async function send(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  folder: ArchiveFolder,
): Promise<void> {
  response.setHeader('cache-control', 'no-store');
  response.setHeader('x-content-type-options', 'nosniff');
  if (answer.kind === 'empty') {
    response.writeHead(answer.status, answer.headers).end();
    return;
  }
  if (answer.kind === 'json') {
    const body = Buffer.from(JSON.stringify(answer.body));
    response.writeHead(answer.status, {
      'content-type': answer.type,
      'content-length': body.length,
      ...answer.headers,
    });
    response.end(request.method === 'HEAD' ? undefined : body);
    return;
  }
  if (answer.kind === 'octets') {
    response.writeHead(200, { 'content-type': answer.type, 'content-length': answer.body.length });
    response.end(request.method === 'HEAD' ? undefined : answer.body);
    return;
  }
  if (answer.kind === 'file') {
    response.writeHead(200, { 'content-type': 'application/dicom', 'content-length': answer.record.bytes });
    if (request.method === 'HEAD') response.end();
    else await pipeline(createReadStream(folder.pathOf(answer.record)), response);
    return;
  }
  const boundary = `anteroom-${randomBytes(18).toString('hex')}`;
  response.writeHead(200, {
    'content-type': `multipart/related; type="${answer.type}"; boundary=${boundary}`,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(bodyOf(answer.parts, boundary, folder), response);
}

/** The body of a multipart answer; files are read as fast as the other end takes them. */
async function* bodyOf(
  parts: Iterable<AnswerPart> | AsyncIterable<AnswerPart>,
  boundary: string,
  folder: ArchiveFolder,
): AsyncGenerator<Uint8Array> {
  for await (const { contentType, location, body } of parts) {
    const length = body instanceof Uint8Array ? body.length : body.bytes;
    const head = [
      `--${boundary}`,
      `Content-Type: ${contentType}`,
      `Content-Length: ${length}`,
      ...(location ? [`Content-Location: ${location}`] : []),
    ];
    yield Buffer.from(`${head.join('\r\n')}\r\n\r\n`);
    if (body instanceof Uint8Array) yield body;
    else yield* createReadStream(folder.pathOf(body), { highWaterMark: 1 << 18 });
    yield Buffer.from('\r\n');
  }
  yield Buffer.from(`--${boundary}--\r\n`);
}
