/**
 * Packets kept to answer NACKs: the newest 1,024 of the last second. What is older is not sent again: a picture that
 * late helps nobody, and the client asks for a key frame instead. Their bytes lie in one piece of memory for as long as
 * the stream lasts.
 */
import { MAX_PACKET_BYTES } from './rtp.ts';

export const STORE_PACKETS = 1024;
export const STORE_MS = 1000;

export interface StoredPacket {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sentMs: number;
}

export interface PacketStore {
  /** MAX_PACKET_BYTES to write the packet of this sequence number into: what lay there is overtaken. */
  roomFor(sequence: number): Uint8Array<ArrayBuffer>;
  put(packet: StoredPacket): void;
  /** The packet of this sequence number, or undefined where it was never sent, is too old or was overtaken. */
  find(sequence: number, nowMs: number): StoredPacket | undefined;
}

export function createPacketStore(): PacketStore {
  const slots: (StoredPacket | undefined)[] = Array.from({ length: STORE_PACKETS });
  const memory = new Uint8Array(STORE_PACKETS * MAX_PACKET_BYTES);
  const rooms = slots.map((_, slot) =>
    memory.subarray(slot * MAX_PACKET_BYTES, (slot + 1) * MAX_PACKET_BYTES),
  );
  return {
    roomFor(sequence) {
      slots[sequence % STORE_PACKETS] = undefined;
      return rooms[sequence % STORE_PACKETS]!;
    },
    put(packet) {
      slots[packet.sequence % STORE_PACKETS] = packet;
    },
    find(sequence, nowMs) {
      const packet = slots[sequence % STORE_PACKETS];
      if (!packet || packet.sequence !== sequence || nowMs - packet.sentMs > STORE_MS) return undefined;
      return packet;
    },
  };
}
