/**
 * multipart/related (RFC 2046, RFC 2387) as bytes arrive: a machine over chunks that holds one part at a time.
 * Rules:
 * M1 a part with Content-Length is copied straight into place, and must end at a delimiter;
 * M2 a part without one ends at the next delimiter line;
 * M3 a delimiter is CRLF, two hyphens and the boundary, then white space and CRLF, or two hyphens: anything else is data;
 * M4 the body ends with the closing delimiter; one that ends before is an error, whatever came whole before it;
 * M5 preamble, header block and part have limits; more is an error, and no length that a server merely claims is
 *    believed with memory before its bytes come;
 * M6 what comes after the closing delimiter is not looked at.
 */

export type MultipartErrorCode = 'no-boundary' | 'cut-short' | 'wrong-length' | 'too-large' | 'malformed';

export class MultipartError extends Error {
  readonly code: MultipartErrorCode;
  constructor(code: MultipartErrorCode, message: string) {
    super(message);
    this.name = 'MultipartError';
    this.code = code;
  }
}

export interface Part {
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  /** Over an ArrayBuffer of its own, so it may be transferred. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

export interface MultipartLimits {
  readonly partBytes: number;
  readonly headerBytes: number;
  readonly preambleBytes: number;
}

export const MULTIPART_LIMITS: MultipartLimits = {
  partBytes: 0x7fff_ffff,
  headerBytes: 16_384,
  preambleBytes: 65_536,
};

export interface MultipartParser {
  /** Takes the next bytes; returns the parts they completed. Throws MultipartError, after which the parser is dead. */
  push(chunk: Uint8Array): Part[];
  /** The body is over. Throws 'cut-short' where the closing delimiter has not been seen. */
  end(): void;
  readonly closed: boolean;
}

/** The boundary named in a Content-Type, quoted or not. Throws 'no-boundary' where it is no multipart type. */
export function boundaryOf(contentType: string | null): string {
  const match = /^\s*multipart\/[^;]+;(?:.*;)?\s*boundary=(?:"([^"]{1,256})"|([^\s;"]{1,256}))/is.exec(
    contentType ?? '',
  );
  const boundary = match?.[1] ?? match?.[2];
  if (!boundary)
    throw new MultipartError('no-boundary', `not multipart, or no boundary in it: '${contentType ?? ''}'`);
  return boundary;
}

/** How much memory a claimed length gets before its bytes come. */
const BELIEVED_BYTES = 64 * 1024 * 1024;
const FIRST_BYTES = 256 * 1024;
/** White space that may follow a boundary on its line. */
const PADDING_BYTES = 256;
const CRLF2 = Buffer.from('\r\n\r\n');

/** Bytes that grow towards a length that is known or not. */
class Growing {
  size = 0;
  readonly expected: number | null;
  private store: Buffer;
  constructor(expected: number | null) {
    this.expected = expected;
    this.store = Buffer.allocUnsafeSlow(Math.min(expected ?? FIRST_BYTES, BELIEVED_BYTES));
  }
  add(bytes: Uint8Array): void {
    const needed = this.size + bytes.length;
    if (needed > this.store.length) {
      const wanted = Math.max(needed, this.store.length * 2);
      const bigger = Buffer.allocUnsafeSlow(Math.min(wanted, Math.max(needed, this.expected ?? wanted)));
      this.store.copy(bigger, 0, 0, this.size);
      this.store = bigger;
    }
    this.store.set(bytes, this.size);
    this.size = needed;
  }
  take(): Uint8Array<ArrayBuffer> {
    let exact = this.store;
    if (exact.length !== this.size) {
      exact = Buffer.allocUnsafeSlow(this.size);
      this.store.copy(exact, 0, 0, this.size);
    }
    return new Uint8Array(exact.buffer as ArrayBuffer, 0, this.size);
  }
}

/** What follows a boundary on its line: a part, the end, not known yet, or no delimiter at all (M3). */
function afterBoundary(bytes: Buffer, at: number): { kind: 'part' | 'end'; next: number } | 'wait' | 'data' {
  if (bytes.length < at + 2) return 'wait';
  if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return { kind: 'end', next: at + 2 };
  let end = at;
  while (bytes[end] === 0x20 || bytes[end] === 0x09) if (++end - at > PADDING_BYTES) return 'data';
  if (end + 1 >= bytes.length) return end >= bytes.length || bytes[end] === 0x0d ? 'wait' : 'data';
  return bytes[end] === 0x0d && bytes[end + 1] === 0x0a ? { kind: 'part', next: end + 2 } : 'data';
}

function readHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of block.toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':');
    if (line === '') continue;
    if (colon < 1)
      throw new MultipartError('malformed', `a part's header line has no name: '${line.slice(0, 60)}'`);
    headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

type Mode = 'preamble' | 'headers' | 'sized' | 'unsized' | 'closed' | 'dead';

export function createMultipartParser(
  boundary: string,
  limits: MultipartLimits = MULTIPART_LIMITS,
): MultipartParser {
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  let mode: Mode = 'preamble';
  // A CRLF before the first delimiter makes it look like the others.
  let rest: Buffer = Buffer.from('\r\n');
  let skipped = 0;
  let headers = new Map<string, string>();
  let body = new Growing(0);

  const fail = (code: MultipartErrorCode, message: string): never => {
    mode = 'dead';
    rest = Buffer.alloc(0);
    throw new MultipartError(code, message);
  };

  const startPart = (block: Buffer): void => {
    try {
      headers = readHeaders(block);
    } catch (error) {
      mode = 'dead';
      throw error;
    }
    const claimed = headers.get('content-length');
    if (claimed !== undefined && !/^\d{1,15}$/.test(claimed))
      fail('malformed', `a part's Content-Length is no number: '${claimed.slice(0, 30)}'`);
    const length = claimed === undefined ? null : Number(claimed);
    if (length !== null && length > limits.partBytes)
      fail('too-large', `a part claims ${length} bytes; the limit is ${limits.partBytes}`);
    body = new Growing(length);
    mode = length === null ? 'unsized' : 'sized';
  };

  /** One step over `rest`; true where another may follow. */
  const step = (parts: Part[]): boolean => {
    if (mode === 'headers') {
      // A part without headers begins with the empty line itself.
      const bare = rest.length >= 2 && rest[0] === 0x0d && rest[1] === 0x0a;
      const end = bare ? 0 : rest.indexOf(CRLF2);
      if (end < 0 || rest.length < 2) {
        if (rest.length > limits.headerBytes)
          fail('too-large', `a part's headers are longer than ${limits.headerBytes} bytes`);
        return false;
      }
      const block = rest.subarray(0, end);
      rest = rest.subarray(end + (bare ? 2 : 4));
      startPart(block);
      return true;
    }
    if (mode === 'sized' && body.size < body.expected!) {
      const wanted = body.expected! - body.size;
      body.add(rest.subarray(0, wanted));
      rest = rest.subarray(wanted);
      if (body.size < body.expected!) return false;
    }
    if (mode === 'sized') {
      const head = rest.subarray(0, delimiter.length);
      if (!delimiter.subarray(0, head.length).equals(head))
        fail('wrong-length', `a part of ${body.size} bytes does not end where its Content-Length says`);
      if (head.length < delimiter.length) return false;
    }
    const found = rest.indexOf(delimiter);
    const tail = found < 0 ? Math.max(0, rest.length - delimiter.length + 1) : found;
    const line = found < 0 ? 'none' : afterBoundary(rest, found + delimiter.length);
    if (mode === 'sized' && line === 'data')
      fail('wrong-length', `a part of ${body.size} bytes does not end where its Content-Length says`);
    // What comes before the delimiter (or before what may become one) is data, or preamble.
    const passed = rest.subarray(0, line === 'data' ? found + 1 : tail);
    if (mode === 'preamble') {
      skipped += passed.length;
      if (skipped > limits.preambleBytes)
        fail('too-large', `no boundary in the first ${limits.preambleBytes} bytes`);
    } else if (passed.length > 0) {
      if (body.size + passed.length > limits.partBytes)
        fail('too-large', `a part is longer than the limit of ${limits.partBytes} bytes`);
      body.add(passed);
    }
    rest = rest.subarray(passed.length);
    if (line === 'none' || line === 'wait') return false;
    if (line === 'data') return true;
    if (mode !== 'preamble') parts.push({ headers, bytes: body.take() });
    body = new Growing(0);
    rest = rest.subarray(line.next - found);
    mode = line.kind === 'end' ? 'closed' : 'headers';
    return mode === 'headers';
  };

  return {
    get closed() {
      return mode === 'closed';
    },
    push(chunk) {
      if (mode === 'dead') throw new MultipartError('malformed', 'the body was already refused');
      if (mode === 'closed') return [];
      const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      rest = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const parts: Part[] = [];
      while (step(parts));
      const over = (mode as Mode) === 'closed';
      // What waits is small; a copy lets the caller's chunk go.
      rest = over ? Buffer.alloc(0) : Buffer.from(rest);
      return parts;
    },
    end() {
      if (mode === 'closed') return;
      const where = mode === 'preamble' ? 'before its first part' : 'before its closing boundary';
      fail('cut-short', `the multipart body ended ${where}`);
    },
  };
}
