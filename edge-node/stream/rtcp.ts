/**
 * What the browser says in RTCP. Compound packets; anything cut short or unknown is left out, never thrown.
 * Source: RFC 3550 §6.4 (RR), RFC 4585 §6.2.1 (generic NACK), §6.3.1 (PLI), RFC 5104 §4.3.1 (FIR),
 * draft-holmer-rmcat-transport-wide-cc-extensions-01 §3.1 (TWCC).
 */
export type RtcpEvent =
  | { readonly kind: 'nack'; readonly ssrc: number; readonly sequences: readonly number[] }
  | { readonly kind: 'pli'; readonly ssrc: number }
  | { readonly kind: 'fir'; readonly ssrc: number; readonly command: number }
  /** `lost` is the share of packets lost since the last report, 0..1. */
  | {
      readonly kind: 'report';
      readonly ssrc: number;
      readonly lost: number;
      readonly highestSequence: number;
      readonly jitter: number;
    }
  /** Seen, and for rate control to come: base sequence, how many packets it speaks of, and its own bytes. */
  | {
      readonly kind: 'transport-cc';
      readonly base: number;
      readonly count: number;
      readonly bytes: Uint8Array;
    };

/** At most this many sequence numbers are taken from one compound packet: more is no honest receiver. */
export const MAX_NACKED = 2048;

function nacked(view: DataView, from: number, end: number): number[] {
  const sequences: number[] = [];
  for (let at = from; at + 4 <= end; at += 4) {
    const pid = view.getUint16(at);
    const mask = view.getUint16(at + 2);
    sequences.push(pid);
    for (let bit = 0; bit < 16; bit++) if (mask & (1 << bit)) sequences.push((pid + bit + 1) & 0xffff);
  }
  return sequences;
}

function feedback(view: DataView, at: number, end: number, type: number, format: number): RtcpEvent[] {
  if (end - at < 12) return [];
  const ssrc = view.getUint32(at + 8);
  if (type === 205 && format === 1) return [{ kind: 'nack', ssrc, sequences: nacked(view, at + 12, end) }];
  if (type === 205 && format === 15 && end - at >= 20)
    return [
      {
        kind: 'transport-cc',
        base: view.getUint16(at + 12),
        count: view.getUint16(at + 14),
        bytes: new Uint8Array(view.buffer, view.byteOffset + at, end - at),
      },
    ];
  if (type === 206 && format === 1) return [{ kind: 'pli', ssrc }];
  if (type === 206 && format === 4) {
    const events: RtcpEvent[] = [];
    for (let entry = at + 12; entry + 8 <= end; entry += 8)
      events.push({ kind: 'fir', ssrc: view.getUint32(entry), command: view.getUint8(entry + 4) });
    return events;
  }
  return []; // REMB (206/15) among them: it follows no clean link's rate, so nothing is built on it
}

function receiverReport(view: DataView, at: number, end: number, blocks: number): RtcpEvent[] {
  const events: RtcpEvent[] = [];
  for (let block = 0; block < blocks; block++) {
    const from = at + 8 + block * 24;
    if (from + 24 > end) break;
    events.push({
      kind: 'report',
      ssrc: view.getUint32(from),
      lost: view.getUint8(from + 4) / 256,
      highestSequence: view.getUint32(from + 8),
      jitter: view.getUint32(from + 12),
    });
  }
  return events;
}

/** Any bytes into the events they hold; never throws. */
export function parseRtcp(bytes: Uint8Array): RtcpEvent[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const events: RtcpEvent[] = [];
  let sequences = 0;
  for (let at = 0; at + 8 <= bytes.length;) {
    const first = view.getUint8(at);
    if (first >> 6 !== 2) break;
    const type = view.getUint8(at + 1);
    let end = at + 4 * (view.getUint16(at + 2) + 1);
    const next = end;
    if (end > bytes.length) break;
    if (first & 0x20) {
      const padding = view.getUint8(end - 1);
      if (padding === 0 || padding > end - at - 4) break;
      end -= padding;
    }
    if (type === 205 || type === 206)
      for (const event of feedback(view, at, end, type, first & 0x1f)) {
        if (event.kind === 'nack' && (sequences += event.sequences.length) > MAX_NACKED) return events;
        events.push(event);
      }
    else if (type === 201) events.push(...receiverReport(view, at, end, first & 0x1f));
    at = next;
  }
  return events;
}
