import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../test/e2e/harness/seeded-random.ts';
import { MAX_NACKED, parseRtcp } from './rtcp.ts';

/** One RTCP packet: format or count, type, and 32-bit words after the head. */
function packet(format: number, type: number, words: readonly number[]): number[] {
  const bytes = new Uint8Array(4 + 4 * words.length);
  const view = new DataView(bytes.buffer);
  bytes[0] = 0x80 | format;
  bytes[1] = type;
  view.setUint16(2, words.length);
  words.forEach((word, index) => view.setUint32(4 + 4 * index, word >>> 0));
  return [...bytes];
}
const parse = (...packets: number[][]): ReturnType<typeof parseRtcp> =>
  parseRtcp(Uint8Array.from(packets.flat()));
const ME = 1;
const SSRC = 0xcafe0001;

describe('RTCP', () => {
  test('PLI (RFC 4585 §6.3.1) and FIR (RFC 5104 §4.3.1)', () => {
    expect(parse(packet(1, 206, [ME, SSRC]))).toEqual([{ kind: 'pli', ssrc: SSRC }]);
    expect(parse(packet(4, 206, [ME, 0, SSRC, 9 << 24]))).toEqual([{ kind: 'fir', ssrc: SSRC, command: 9 }]);
  });
  test('NACK (RFC 4585 §6.2.1): the packet and the sixteen after it, across the wrap', () => {
    const events = parse(packet(1, 205, [ME, SSRC, (65534 << 16) | 0b1000000000000101, (7 << 16) | 0]));
    expect(events).toEqual([{ kind: 'nack', ssrc: SSRC, sequences: [65534, 65535, 1, 14, 7] }]);
  });
  test('receiver report (RFC 3550 §6.4.2)', () => {
    const events = parse(packet(1, 201, [ME, SSRC, (64 << 24) | 5, 70_000, 12, 0, 0]));
    expect(events).toEqual([{ kind: 'report', ssrc: SSRC, lost: 0.25, highestSequence: 70_000, jitter: 12 }]);
  });
  test('transport-wide feedback is seen, REMB is let pass', () => {
    const twcc = packet(15, 205, [ME, SSRC, (100 << 16) | 20, 1 << 8, 0x20140000]);
    expect(parse(twcc)).toMatchObject([{ kind: 'transport-cc', base: 100, count: 20 }]);
    expect(parse(packet(15, 206, [ME, 0, 0x52454d42, 0x01000000, SSRC]))).toEqual([]);
  });
  test('a compound packet gives all it holds, in order', () => {
    const kinds = parse(
      packet(1, 201, [ME, SSRC, 0, 0, 0, 0, 0]),
      packet(0, 202, [ME]),
      packet(1, 205, [ME, SSRC, 5 << 16]),
      packet(1, 206, [ME, SSRC]),
    ).map((event) => event.kind);
    expect(kinds).toEqual(['report', 'nack', 'pli']);
  });
  test('what is cut short, of another version or of absurd length gives nothing of itself', () => {
    const pli = packet(1, 206, [ME, SSRC]);
    expect(parse(pli.slice(0, 11))).toEqual([]);
    expect(parse([0x41, ...pli.slice(1)])).toEqual([]);
    expect(parse([0x81, 206, 0xff, 0xff, 0, 0, 0, 1])).toEqual([]);
    expect(parse(packet(31, 201, [ME]))).toEqual([]);
    expect(parse([])).toEqual([]);
  });
  test('a flood of NACKs is taken up to a limit', () => {
    const flood = packet(1, 205, [ME, SSRC, ...Array.from({ length: 300 }, (_, i) => (i << 16) | 0xffff)]);
    expect(parse(flood)).toEqual([]);
    expect(300 * 17).toBeGreaterThan(MAX_NACKED);
  });
  test.each([1, 2, 3, 4])('any bytes, seed %i: never thrown, never beyond 16 bits', (seed) => {
    const random = seededRandom(seed);
    for (let round = 0; round < 3000; round++) {
      const bytes = Uint8Array.from({ length: Math.floor(random() * 200) }, () => Math.floor(random() * 256));
      if (bytes.length > 4 && random() < 0.8) {
        bytes[0] = 0x80 | (bytes[0]! & 0x3f);
        bytes[1] = [201, 205, 206][Math.floor(random() * 3)]!;
        bytes[2] = 0;
        bytes[3] = Math.floor(random() * (bytes.length / 4));
      }
      for (const event of parseRtcp(bytes))
        if (event.kind === 'nack') expect(event.sequences.every((n) => n >= 0 && n < 65536)).toBe(true);
    }
  });
});
