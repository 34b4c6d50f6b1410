/**
 * Packets kept to answer NACKs: the newest 1,024 of the last second. What is older is not sent again: a picture that
 * late helps nobody, and the client asks for a key frame instead.
 */
export const STORE_PACKETS = 1024;
export const STORE_MS = 1000;

export interface StoredPacket {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sentMs: number;
}

export interface PacketStore {
  put(packet: StoredPacket): void;
  /** The packet of this sequence number, or undefined where it was never sent, is too old or was overtaken. */
  find(sequence: number, nowMs: number): StoredPacket | undefined;
  clear(): void;
}

export function createPacketStore(): PacketStore {
  const slots: (StoredPacket | undefined)[] = Array.from({ length: STORE_PACKETS });
  return {
    put(packet) {
      slots[packet.sequence % STORE_PACKETS] = packet;
    },
    find(sequence, nowMs) {
      const packet = slots[sequence % STORE_PACKETS];
      if (!packet || packet.sequence !== sequence || nowMs - packet.sentMs > STORE_MS) return undefined;
      return packet;
    },
    clear() {
      slots.fill(undefined);
    },
  };
}
