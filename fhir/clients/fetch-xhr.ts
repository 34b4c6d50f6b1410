/**
 * The part of XMLHttpRequest that dicomweb-client calls, over one server of ours: so its requests have our retries,
 * credentials, limits and words. Node has no XMLHttpRequest of its own.
 */
import { ArchiveError } from './errors.ts';
import type { Server } from './http.rim.ts';

/** JSON and STOW answers are held whole; more than this is refused. */
const WHOLE_BYTES = 512 * 1024 * 1024;

export interface Exchange {
  /** What to hand to dicomweb-client as `request.instance`. */
  readonly xhr: object;
  /** What went wrong, in our words: the client's own error says only 'request failed'. */
  failure(): ArchiveError | null;
  status(): number;
  body(): unknown;
  header(name: string): string | null;
}

export function createExchange(server: Server, what: string, signal: AbortSignal | undefined): Exchange {
  let failure: ArchiveError | null = null;
  let method = 'GET';
  let url = '';
  let headers = new Headers();
  const requestHeaders: Record<string, string> = {};
  const xhr = {
    readyState: 0,
    status: 0,
    statusText: '',
    responseType: '',
    response: null as unknown,
    withCredentials: false,
    onreadystatechange: null as (() => void) | null,
    open(newMethod: string, newUrl: string): void {
      method = newMethod.toUpperCase();
      url = newUrl;
    },
    setRequestHeader(name: string, value: string): void {
      requestHeaders[name] = value;
    },
    getResponseHeader: (name: string): string | null => headers.get(name),
    getAllResponseHeaders: (): string =>
      [...headers].map(([name, value]) => `${name}: ${value}`).join('\r\n'),
    abort(): void {
      // Aborting is the signal's.
    },
    async send(body?: BodyInit): Promise<void> {
      try {
        const request = {
          what,
          method,
          headers: requestHeaders,
          signal,
          ...(body === undefined ? {} : { body }),
        };
        const answer = await server.askWhole(url, request, WHOLE_BYTES);
        headers = answer.headers;
        xhr.status = answer.status;
        xhr.response = readBody(answer.bytes, xhr.responseType);
      } catch (error) {
        failure =
          error instanceof ArchiveError
            ? error
            : new ArchiveError(
                'bad-answer',
                `${what}: ${error instanceof Error ? error.message : String(error)}`,
                {
                  cause: error,
                },
              );
        xhr.status = 0;
      }
      xhr.readyState = 4;
      xhr.onreadystatechange?.();
    },
  };
  return {
    xhr,
    failure: () => failure,
    status: () => xhr.status,
    body: () => xhr.response,
    header: xhr.getResponseHeader,
  };
}

/** As XMLHttpRequest: JSON that is none becomes null, which the caller's schema refuses in words. */
function readBody(bytes: Buffer<ArrayBuffer>, responseType: string): unknown {
  if (responseType === 'arraybuffer')
    return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const text = bytes.toString('utf8');
  if (responseType !== 'json') return text;
  try {
    return text === '' ? null : (JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
