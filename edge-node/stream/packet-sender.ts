/**
 * Coded pictures out as RTP, and again what was lost: packets, store and their counts. `send` hands one datagram to
 * the transport, which copies it, and says whether it took it.
 */
import { createPacketStore } from './packet-store.ts';
import { packetize, stampTransportSequence, type RtpState } from './rtp.ts';

export interface PacketSender {
  sendPicture(annexB: Uint8Array, timestamp: number, nowMs: number): void;
  /** Answers each with the same packet, where it is still kept; returns how many were. */
  resend(sequences: readonly number[], nowMs: number): number;
  readonly counts: { sent: number; resent: number; unanswered: number; refused: number };
}

export function createPacketSender(
  first: RtpState,
  send: (bytes: Uint8Array<ArrayBuffer>, again: boolean) => boolean,
): PacketSender {
  let state = first;
  const store = createPacketStore();
  const counts = { sent: 0, resent: 0, unanswered: 0, refused: 0 };

  return {
    counts,
    sendPicture(annexB, timestamp, nowMs) {
      let packets = 0;
      for (const { sequence, bytes } of packetize(annexB, timestamp, state, store.roomFor)) {
        store.put({ sequence, bytes, sentMs: nowMs });
        packets++;
        counts.sent++;
        if (!send(bytes, false)) counts.refused++;
      }
      state = {
        ...state,
        sequence: (state.sequence + packets) & 0xffff,
        transportSequence: (state.transportSequence + packets) & 0xffff,
      };
    },
    resend(sequences, nowMs) {
      let answered = 0;
      for (const sequence of sequences) {
        const packet = store.find(sequence, nowMs);
        if (!packet) {
          counts.unanswered++;
          continue;
        }
        stampTransportSequence(packet.bytes, state.transportSequence);
        state = { ...state, transportSequence: (state.transportSequence + 1) & 0xffff };
        counts.resent++;
        answered++;
        send(packet.bytes, true);
      }
      return answered;
    },
  };
}
