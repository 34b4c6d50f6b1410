import { expect, test } from 'vitest';
import {
  boundaryOf,
  createMultipartParser,
  MultipartError,
  type MultipartLimits,
  type Part,
} from './multipart.ts';

/** mulberry32: the same cuts for the same seed. */
function seeded(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const BOUNDARY = 'a-b';
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');

interface Made {
  readonly data: Buffer;
  readonly sized: boolean;
}

/** Data that likes to look like the delimiter. */
function madePart(random: () => number, sized: boolean): Made {
  const pieces = [
    '\r\n',
    '--',
    `\r\n--${BOUNDARY}x`,
    `\r\n--a-`,
    '\r',
    'plain',
    '\0\xff',
    `\r\n--${BOUNDARY}`.slice(0, 6),
  ];
  let text = '';
  for (let n = Math.floor(random() * 40); n > 0; n--) text += pieces[Math.floor(random() * pieces.length)]!;
  return { data: bytesOf(text), sized };
}

function bodyOf(parts: readonly Made[], random: () => number): Buffer {
  const out: Buffer[] = [];
  if (random() < 0.3) out.push(bytesOf('preamble to be passed over\r\n'));
  parts.forEach((part, index) => {
    out.push(
      bytesOf(
        `${index === 0 && out.length === 0 ? '' : '\r\n'}--${BOUNDARY}${random() < 0.2 ? ' \t' : ''}\r\n`,
      ),
    );
    out.push(bytesOf(`Content-Type: application/dicom\r\nX-Index: ${index}\r\n`));
    if (part.sized) out.push(bytesOf(`content-length: ${part.data.length}\r\n`));
    out.push(bytesOf('\r\n'), part.data);
  });
  out.push(bytesOf(`\r\n--${BOUNDARY}--\r\nepilogue`));
  return Buffer.concat(out);
}

function parse(body: Buffer, random: () => number, limits?: MultipartLimits): Part[] {
  const parser = createMultipartParser(BOUNDARY, limits);
  const parts: Part[] = [];
  for (let at = 0; at < body.length;) {
    const size = 1 + Math.floor(random() ** 3 * 200);
    // Each chunk is overwritten after it was given: a parser that kept a view of it would show it.
    const chunk = Uint8Array.from(body.subarray(at, at + size));
    parts.push(...parser.push(chunk));
    chunk.fill(0x21);
    at += size;
  }
  parser.end();
  return parts;
}

const codeOf = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    if (error instanceof MultipartError) return error.code;
    throw error;
  }
  return 'none';
};

test('M1 M2 M3 M6: any body, cut anywhere, gives its parts back', () => {
  for (let seed = 1; seed <= 400; seed++) {
    const random = seeded(seed);
    const made = Array.from({ length: Math.floor(random() * 6) + 1 }, () => madePart(random, random() < 0.5));
    const parts = parse(bodyOf(made, random), random);
    expect(parts.map((part) => Buffer.from(part.bytes))).toEqual(made.map((part) => part.data));
    expect(parts.map((part) => part.headers.get('x-index'))).toEqual(made.map((_, index) => String(index)));
    for (const part of parts) expect(part.bytes.buffer.byteLength).toBe(part.bytes.length);
  }
});

test('M4: a body cut anywhere before its closing delimiter is an error', () => {
  const random = seeded(7);
  const made = [true, false, true].map((sized) => madePart(random, sized));
  const body = bodyOf(made, () => 0.9);
  const whole = body.lastIndexOf(`--${BOUNDARY}--`) + BOUNDARY.length + 4;
  for (let length = 0; length < whole; length++)
    expect(
      codeOf(() => parse(body.subarray(0, length), random)),
      `cut at ${length}`,
    ).toBe('cut-short');
  expect(parse(body.subarray(0, whole), random)).toHaveLength(3);
});

test('M1: a length that lies is an error', () => {
  for (const claimed of [2, 4, 5, 7, 400]) {
    const body = bytesOf(`--${BOUNDARY}\r\nContent-Length: ${claimed}\r\n\r\nabc\r\n--${BOUNDARY}--\r\n`);
    expect(codeOf(() => parse(body, seeded(claimed)))).toBe(claimed > 40 ? 'cut-short' : 'wrong-length');
  }
  const longer = bytesOf(
    `--${BOUNDARY}\r\nContent-Length: 3\r\n\r\nabc\r\n--${BOUNDARY}x\r\n--${BOUNDARY}--\r\n`,
  );
  expect(codeOf(() => parse(longer, seeded(9)))).toBe('wrong-length');
  const lies = (value: string) =>
    bytesOf(`--${BOUNDARY}\r\nContent-Length: ${value}\r\n\r\nabc\r\n--${BOUNDARY}--`);
  expect(codeOf(() => parse(lies('-3'), seeded(1)))).toBe('malformed');
  expect(codeOf(() => parse(lies('3e2'), seeded(1)))).toBe('malformed');
  expect(codeOf(() => parse(lies('99999999999'), seeded(1)))).toBe('too-large');
});

test('M5: preamble, headers and parts have limits', () => {
  const limits = { partBytes: 100, headerBytes: 200, preambleBytes: 300 };
  const long = 'y'.repeat(4000);
  expect(codeOf(() => parse(bytesOf(long), seeded(1), limits))).toBe('too-large');
  expect(codeOf(() => parse(bytesOf(`--${BOUNDARY}\r\nA: ${long}`), seeded(2), limits))).toBe('too-large');
  expect(codeOf(() => parse(bytesOf(`--${BOUNDARY}\r\nA: b\r\n\r\n${long}`), seeded(3), limits))).toBe(
    'too-large',
  );
  expect(codeOf(() => parse(bytesOf(`--${BOUNDARY}\r\nnonsense\r\n\r\n${long}`), seeded(4), limits))).toBe(
    'malformed',
  );
});

test('M5: a claimed length gets no memory before its bytes', () => {
  const before = process.memoryUsage().arrayBuffers;
  const parsers = Array.from({ length: 8 }, () => {
    const parser = createMultipartParser(BOUNDARY);
    parser.push(bytesOf(`--${BOUNDARY}\r\nContent-Length: ${0x7fff_ffff}\r\n\r\nabc`));
    return parser;
  });
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(8 * 80 * 1024 * 1024);
  for (const parser of parsers) expect(() => parser.end()).toThrow('ended before its closing boundary');
});

test('a dead parser stays dead; an empty multipart has no parts', () => {
  const parser = createMultipartParser(BOUNDARY);
  expect(() => parser.push(bytesOf(`--${BOUNDARY}\r\nContent-Length: x\r\n\r\n`))).toThrow(MultipartError);
  expect(() => parser.push(bytesOf('more'))).toThrow('already refused');
  expect(parse(bytesOf(`--${BOUNDARY}--`), seeded(1))).toEqual([]);
});

test('the boundary of a content type', () => {
  const type = 'multipart/related; type="application/dicom; transfer-syntax=*"; boundary=';
  expect(boundaryOf(`${type}abc`)).toBe('abc');
  expect(boundaryOf(`${type}"a b=;c"; start="x"`)).toBe('a b=;c');
  expect(boundaryOf('Multipart/Related;boundary=q; type="application/dicom"')).toBe('q');
  expect(codeOf(() => boundaryOf('application/dicom'))).toBe('no-boundary');
  expect(codeOf(() => boundaryOf(null))).toBe('no-boundary');
  expect(codeOf(() => boundaryOf('text/plain; boundary=x'))).toBe('no-boundary');
});
