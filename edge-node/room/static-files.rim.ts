/** The built client's files: public, and nothing of a patient. Only regular files below the folder are served. */
import { createReadStream } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants } from 'node:zlib';
import { pageHeaders } from './http-answer.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
  '.wasm': 'application/wasm',
  '.glb': 'model/gltf-binary',
  '.map': 'application/json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
};

/** The file that a path of the address names, or null: no dot files, nothing outside, not by links either. */
export async function findFile(folder: string, pathname: string): Promise<string | null> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return null;
  }
  const parts = decoded.split('/').filter((part) => part !== '');
  if (parts.some((part) => part.startsWith('.') || /[\0\\:]/.test(part))) return null;
  const wanted = parts.length === 0 || decoded.endsWith('/') ? [...parts, 'index.html'] : parts;
  try {
    const root = await realpath(folder);
    const file = await realpath(path.join(root, ...wanted));
    if (!file.startsWith(root + path.sep)) return null;
    return (await stat(file)).isFile() ? file : null;
  } catch {
    return null;
  }
}

const compress = promisify(brotliCompress);
/** Text of the page by file and version, pressed once: a headset's Wi-Fi is the narrowest part of its way. */
const pressed = new Map<string, Promise<Buffer>>();
const MAX_PRESSED = 512;

function pressedFile(file: string, etag: string): Promise<Buffer> {
  const name = `${file} ${etag}`;
  let bytes = pressed.get(name);
  if (!bytes) {
    if (pressed.size >= MAX_PRESSED) pressed.clear();
    const params = { [constants.BROTLI_PARAM_QUALITY]: 6 };
    bytes = readFile(file).then((plain) => compress(plain, { params }));
    pressed.set(name, bytes);
    bytes.catch(() => pressed.delete(name));
  }
  return bytes;
}

const isText = (file: string): boolean => /\.(html|m?js|css|json|svg|wasm|map|txt|webmanifest)$/.test(file);

/** Answers with the file; false where there is none (nothing was written then). */
export async function sendFile(
  folder: string,
  pathname: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const file = await findFile(folder, pathname);
  if (!file) return false;
  const { size, mtimeMs } = await stat(file);
  const etag = `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`;
  // Names below assets/ carry a hash of their content.
  const cache = pathname.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';
  const headers = {
    ...pageHeaders(request.headers.host ?? null),
    'cache-control': cache,
    'content-type': TYPES[path.extname(file)] ?? 'application/octet-stream',
    etag,
    vary: 'accept-encoding',
  };
  if (request.headers['if-none-match'] === etag) {
    response.writeHead(304, headers).end();
    return true;
  }
  if (isText(file) && size > 1400 && /\bbr\b/.test(String(request.headers['accept-encoding'] ?? ''))) {
    const body = await pressedFile(file, etag);
    response.writeHead(200, { ...headers, 'content-encoding': 'br', 'content-length': body.length });
    response.end(request.method === 'HEAD' ? undefined : body);
    return true;
  }
  response.writeHead(200, { ...headers, 'content-length': size });
  if (request.method === 'HEAD') {
    response.end();
    return true;
  }
  await pipeline(createReadStream(file), response).catch(() => response.destroy());
  return true;
}
