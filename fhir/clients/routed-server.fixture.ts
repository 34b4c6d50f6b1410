/** A server that is a function from request to answer, for tests of what speaks to it; its clock never waits. */
import { openServer, type HttpEffects, type Server } from './http.rim.ts';

export interface Routed {
  readonly server: Server;
  /** 'GET /studies?limit=1' with its Accept header, in order. */
  readonly asked: { readonly line: string; readonly accept: string }[];
  readonly effects: HttpEffects;
}

export const ROOT = 'https://pacs.example/rs';

export function routedServer(answer: (path: string, accept: string, init: RequestInit) => Response): Routed {
  const asked: { line: string; accept: string }[] = [];
  const effects: HttpEffects = {
    fetch: async (url, init) => {
      init.signal?.throwIfAborted();
      const path = url.slice(ROOT.length);
      const accept = new Headers(init.headers).get('accept') ?? '';
      asked.push({ line: `${init.method ?? 'GET'} ${path}`, accept });
      return answer(path, accept, init);
    },
    sleep: async (_ms, signal) => signal?.throwIfAborted(),
    alarm: () => ({ again: () => undefined, stop: () => undefined }),
    nowMs: () => 0,
    random: () => 0,
  };
  return { server: openServer({ kind: 'archive', root: ROOT, effects }), asked, effects };
}

/** The least that calls itself DICOM: preamble, mark, file meta and a data set of one element (SOP Instance UID). */
export function tinyObject(sopInstanceUid: string): Buffer {
  const element = (group: number, tag: number, vr: string, value: string): Buffer => {
    const padded = value.length % 2 === 0 ? value : `${value}\0`;
    const head = Buffer.alloc(8);
    head.writeUInt16LE(group, 0);
    head.writeUInt16LE(tag, 2);
    head.write(vr, 4, 'latin1');
    head.writeUInt16LE(padded.length, 6);
    return Buffer.concat([head, Buffer.from(padded, 'latin1')]);
  };
  const meta = Buffer.concat([element(2, 3, 'UI', '9.9.9'), element(2, 0x10, 'UI', '1.2.840.10008.1.2.1')]);
  const length = Buffer.alloc(12);
  length.writeUInt16LE(2, 0);
  length.write('UL', 4, 'latin1');
  length.writeUInt16LE(4, 6);
  length.writeUInt32LE(meta.length, 8);
  return Buffer.concat([
    Buffer.alloc(128),
    Buffer.from('DICM'),
    length,
    meta,
    element(8, 0x18, 'UI', sopInstanceUid),
  ]);
}

/** A multipart/related answer; `closed` false leaves the end away. */
export function multipartAnswer(parts: readonly Uint8Array[], closed = true): Response {
  const body: Uint8Array[] = parts.flatMap((part) => [
    Buffer.from(`--tail\r\nContent-Type: application/dicom\r\nContent-Length: ${part.length}\r\n\r\n`),
    part,
    Buffer.from('\r\n'),
  ]);
  if (closed) body.push(Buffer.from('--tail--\r\n'));
  return new Response(Uint8Array.from(Buffer.concat(body)), {
    headers: { 'content-type': 'multipart/related; type="application/dicom"; boundary=tail' },
  });
}
