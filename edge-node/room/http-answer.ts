/** Answers of the HTTP API and the headers that every answer carries. Pure. */

/** What a route decided; the rim writes it. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** A refusal with a code for the page and words for the person. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, text: string, options?: ErrorOptions) {
    super(text, options);
    this.status = status;
    this.code = code;
  }
}

const NEVER_STORED = { 'cache-control': 'no-store' };

export const jsonAnswer = (value: unknown, status = 200): Answer => ({
  status,
  headers: { ...NEVER_STORED, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(value),
});

export const pngAnswer = (png: Uint8Array): Answer => ({
  status: 200,
  headers: { 'cache-control': 'private, no-store', 'content-type': 'image/png' },
  body: png,
});

export function refusalAnswer(refusal: Refusal): Answer {
  const answer = jsonAnswer({ code: refusal.code, text: refusal.message }, refusal.status);
  if (refusal.status !== 401) return answer;
  return { ...answer, headers: { ...answer.headers, 'www-authenticate': 'Bearer realm="anteroom"' } };
}

/**
 * Only our own code runs in the page (WebAssembly and workers from blobs included), nothing frames it, nothing is
 * sent elsewhere; isolation gives it SharedArrayBuffer. `host` is what the browser asked for: older ones do not
 * count a socket to the same host as 'self'.
 */
export function pageHeaders(host: string | null): Record<string, string> {
  const sockets = host && /^[\w.:[\]-]+$/.test(host) ? ` ws://${host} wss://${host}` : '';
  return {
    'content-security-policy': [
      "default-src 'self'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "worker-src 'self' blob:",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' blob: data:",
      "media-src 'self' blob: mediastream:",
      "font-src 'self' data:",
      `connect-src 'self' blob: data:${sockets}`,
      "object-src 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-embedder-policy': 'require-corp',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': 'xr-spatial-tracking=(self), camera=(), microphone=(), geolocation=()',
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
  };
}

/** The bearer token of an Authorization header, or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer ([\w.~+/=-]{1,256})$/i.exec(header ?? '')?.[1] ?? null;
}

/** May a page of that origin talk to this host? Programs send no origin: their token speaks for them. */
export function sameOrigin(origin: string | undefined, host: string | undefined): boolean {
  if (origin === undefined) return true;
  try {
    return (
      host !== undefined && new URL(origin).host === new URL(`${new URL(origin).protocol}//${host}`).host
    );
  } catch {
    return false;
  }
}
