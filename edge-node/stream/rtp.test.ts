import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../test/e2e/harness/seeded-random.ts';
import { createPacketSender } from './packet-sender.ts';
import {
  HEADER_BYTES,
  MAX_PACKET_BYTES,
  MAX_PAYLOAD_BYTES,
  nalUnits,
  packetize,
  type RtpState,
} from './rtp.ts';

const state: RtpState = { ssrc: 0xdeadbeef, payloadType: 96, sequence: 65534, transportSequence: 65535 };
const random = seededRandom(6184);

/** A NAL unit without start codes inside, as an encoder's emulation prevention leaves it. */
function nalOf(type: number, size: number): Uint8Array {
  const nal = Uint8Array.from({ length: size }, () => 1 + Math.floor(random() * 255));
  nal[0] = 0x60 | type;
  return nal;
}
function annexBOf(nals: readonly Uint8Array[], short = false): Uint8Array {
  return Uint8Array.from(nals.flatMap((nal) => [...(short ? [] : [0]), 0, 0, 1, ...nal]));
}

/** Each in memory that was used before: what is not written shows. */
const packetsOf = (annexB: Uint8Array, timestamp = 0) => [
  ...packetize(annexB, timestamp, state, () => new Uint8Array(MAX_PACKET_BYTES).fill(0xff)),
];
const payloads = (annexB: Uint8Array): Uint8Array[] =>
  packetsOf(annexB).map(({ bytes }) => bytes.slice(HEADER_BYTES));

/** RFC 6184 read backwards, on its own: what a receiver makes of the payloads. Null where it is not legal. */
function depacketize(parts: readonly Uint8Array[]): Uint8Array[] | null {
  const nals: Uint8Array[] = [];
  let open: number[] | null = null;
  for (const part of parts) {
    const type = part[0]! & 0x1f;
    if (type !== 28) {
      if (open || type === 0 || type > 23) return null;
      nals.push(part);
      continue;
    }
    const start = (part[1]! & 0x80) !== 0;
    const finish = (part[1]! & 0x40) !== 0;
    if (part[1]! & 0x20 || (start && finish)) return null;
    if (start === (open !== null)) return null;
    open ??= [(part[0]! & 0xe0) | (part[1]! & 0x1f)];
    for (const byte of part.subarray(2)) open.push(byte);
    if (finish) {
      nals.push(Uint8Array.from(open));
      open = null;
    }
  }
  return open ? null : nals;
}

describe('Annex B', () => {
  test('start codes of three and four bytes, zeros that trail, nothing at all', () => {
    const [a, b] = [Uint8Array.of(0x67, 1, 2), Uint8Array.of(0x68, 3)];
    expect(nalUnits(annexBOf([a, b]))).toEqual([a, b]);
    expect(nalUnits(annexBOf([a, b], true))).toEqual([a, b]);
    expect(nalUnits(Uint8Array.of(0, 0, 1, 0x67, 1, 0, 0, 0, 0, 0, 1, 0x68))).toEqual([
      Uint8Array.of(0x67, 1),
      Uint8Array.of(0x68),
    ]);
    expect(nalUnits(new Uint8Array(0))).toEqual([]);
    expect(nalUnits(Uint8Array.of(0, 0, 1))).toEqual([]);
    expect(nalUnits(Uint8Array.of(5, 5, 5))).toEqual([]);
  });
});

describe('RFC 6184', () => {
  test.each([1, 2, 1099, 1100, 1101, 1102, 2197, 2198, 2199, 2200, 50_000])(
    'a NAL unit of %i bytes comes back whole, in payloads that fit',
    (size) => {
      const nals = [nalOf(7, 12), nalOf(8, 4), nalOf(5, size)];
      const parts = payloads(annexBOf(nals));
      expect(Math.max(...parts.map((part) => part.length))).toBeLessThanOrEqual(MAX_PAYLOAD_BYTES);
      expect(Math.min(...parts.map((part) => part.length))).toBeGreaterThan(0);
      expect(depacketize(parts)).toEqual(nals);
    },
  );

  test('a lost fragment is not taken for a picture', () => {
    const parts = payloads(annexBOf([nalOf(5, 5000)]));
    expect(depacketize(parts.slice(1))).toBeNull();
    expect(depacketize(parts.slice(0, -1))).toBeNull();
  });
});

describe('RTP', () => {
  const packets = packetsOf(annexBOf([nalOf(7, 10), nalOf(1, 3000)]), 2 ** 32 - 1);

  test('version, type, source, timestamp; the last packet alone is marked; numbers wrap at 2^16', () => {
    expect(packets.map((packet) => packet.sequence)).toEqual([65534, 65535, 0, 1]);
    packets.forEach(({ bytes, sequence }, index) => {
      const view = new DataView(bytes.buffer);
      expect(bytes[0]).toBe(0x90);
      expect(bytes[1]).toBe(index === packets.length - 1 ? 0x80 | 96 : 96);
      expect(view.getUint16(2)).toBe(sequence);
      expect(view.getUint32(4)).toBe(2 ** 32 - 1);
      expect(view.getUint32(8)).toBe(0xdeadbeef);
      expect(bytes.length).toBeLessThanOrEqual(HEADER_BYTES + MAX_PAYLOAD_BYTES);
    });
  });

  test('extensions read by RFC 8285: transport-wide number (3), playout delay 0/0 (5)', () => {
    packets.forEach(({ bytes }, index) => {
      const view = new DataView(bytes.buffer);
      expect(view.getUint16(12)).toBe(0xbede);
      const end = 16 + 4 * view.getUint16(14);
      const found = new Map<number, number[]>();
      for (let at = 16; at < end;) {
        const id = bytes[at]! >> 4;
        if (id === 0) {
          at++;
          continue;
        }
        const length = (bytes[at]! & 15) + 1;
        found.set(id, [...bytes.subarray(at + 1, at + 1 + length)]);
        at += 1 + length;
      }
      const number = (65535 + index) & 0xffff;
      expect(found).toEqual(
        new Map([
          [3, [number >> 8, number & 255]],
          [5, [0, 0, 0]],
        ]),
      );
      expect(end).toBe(HEADER_BYTES);
    });
  });
});

describe('packets kept for NACKs', () => {
  test('the same packet again, but with a transport-wide number of its own', () => {
    const sent: { bytes: Uint8Array; again: boolean }[] = [];
    const sender = createPacketSender(state, (bytes, again) => {
      sent.push({ bytes: bytes.slice(), again });
      return true;
    });
    sender.sendPicture(annexBOf([nalOf(5, 4000)]), 1500, 0);
    const first = sent.length;
    expect(sender.resend([65535, 0], 900)).toBe(2);
    const [again, original] = [sent[first]!, sent[1]!];
    expect(again.again).toBe(true);
    expect(again.bytes.subarray(0, 17)).toEqual(original.bytes.subarray(0, 17));
    expect(again.bytes.subarray(19)).toEqual(original.bytes.subarray(19));
    expect(again.bytes.subarray(17, 19)).not.toEqual(original.bytes.subarray(17, 19));
  });

  test('not what is older than a second, was never sent, or was overtaken 1,024 packets later', () => {
    const sender = createPacketSender({ ...state, sequence: 0 }, () => true);
    sender.sendPicture(annexBOf([nalOf(5, 4000)]), 0, 0);
    expect(sender.resend([0], 1000)).toBe(1);
    expect(sender.resend([0], 1001)).toBe(0);
    expect(sender.resend([500], 0)).toBe(0);
    sender.sendPicture(annexBOf([nalOf(5, 1_200_000)]), 1500, 10);
    expect(sender.resend([0, 1], 20)).toBe(0);
    expect(sender.resend([1000], 20)).toBe(1);
    expect(sender.counts.unanswered).toBe(4);
  });
});
