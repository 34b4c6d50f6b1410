/**
 * Annex B to RTP packets. Source: RFC 3550 §5.1, RFC 8285 §4.2 (one-byte extension headers), RFC 6184 §5.6
 * (single NAL unit), §5.8 (FU-A); the playout-delay extension of WebRTC (12 bit min, 12 bit max, in 10 ms).
 */

/** Payload of a packet, extension and header not counted: leaves room below an MTU of 1,200 for SRTP and TURN. */
export const MAX_PAYLOAD_BYTES = 1100;
export const PLAYOUT_DELAY_ID = 5;
export const TRANSPORT_CC_ID = 3;
/** Fixed header, extension head, transport-cc (1 + 2), playout-delay (1 + 3), padding to four. */
export const HEADER_BYTES = 12 + 4 + 8;
export const MAX_PACKET_BYTES = HEADER_BYTES + MAX_PAYLOAD_BYTES;

export interface RtpState {
  readonly ssrc: number;
  readonly payloadType: number;
  /** Of the next packet, 16 bit. */
  readonly sequence: number;
  /** Transport-wide number of the next packet, 16 bit; resent packets take a number of their own. */
  readonly transportSequence: number;
}

export interface RtpPacket {
  readonly sequence: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The NAL units of an Annex B stream, without start codes and without the zeros that trail them. */
export function nalUnits(annexB: Uint8Array): Uint8Array[] {
  const starts: { readonly code: number; readonly nal: number }[] = [];
  for (let at = annexB.indexOf(1, 2); at !== -1; at = annexB.indexOf(1, at + 1))
    if (annexB[at - 1] === 0 && annexB[at - 2] === 0) starts.push({ code: at - 2, nal: at + 1 });
  return starts.flatMap(({ nal }, index) => {
    let end = starts[index + 1]?.code ?? annexB.length;
    while (end > nal && annexB[end - 1] === 0) end--;
    return end > nal ? [annexB.subarray(nal, end)] : [];
  });
}

/** What one packet carries: a whole NAL unit, or bytes of one behind the two that say which (FU-A). */
interface Piece {
  readonly bytes: Uint8Array;
  readonly fragment: readonly [indicator: number, header: number] | null;
}

/** One access unit in order, each piece a packet's payload. */
function piecesOf(annexB: Uint8Array): Piece[] {
  return nalUnits(annexB).flatMap((nal) => {
    if (nal.length <= MAX_PAYLOAD_BYTES) return [{ bytes: nal, fragment: null }];
    const head = nal[0]!;
    const room = MAX_PAYLOAD_BYTES - 2;
    const pieces: Piece[] = [];
    for (let at = 1; at < nal.length; at += room) {
      const ends = (at === 1 ? 0x80 : 0) | (at + room >= nal.length ? 0x40 : 0);
      pieces.push({
        bytes: nal.subarray(at, at + room),
        fragment: [(head & 0xe0) | 28, ends | (head & 0x1f)],
      });
    }
    return pieces;
  });
}

/** Sets the transport-wide number of a packet made here: each sending has its own. */
export function stampTransportSequence(packet: Uint8Array, transportSequence: number): void {
  packet[17] = (transportSequence >>> 8) & 0xff;
  packet[18] = transportSequence & 0xff;
}

/**
 * The packets of one picture, one after the other, all with its timestamp, the last one marked. Each carries playout
 * delay 0/0 (show at once) and its transport-wide sequence number. `roomFor` gives MAX_PACKET_BYTES to write each into:
 * some twenty packets a picture would leave the collector as many buffers, and its work shows as a late picture.
 */
export function* packetize(
  annexB: Uint8Array,
  timestamp: number,
  state: RtpState,
  roomFor: (sequence: number) => Uint8Array<ArrayBuffer>,
): Generator<RtpPacket> {
  const pieces = piecesOf(annexB);
  for (const [index, piece] of pieces.entries()) {
    const sequence = (state.sequence + index) & 0xffff;
    const payloadAt = HEADER_BYTES + (piece.fragment ? 2 : 0);
    const bytes = roomFor(sequence).subarray(0, payloadAt + piece.bytes.length);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    bytes[0] = 0x90; // version 2, extension
    bytes[1] = (index === pieces.length - 1 ? 0x80 : 0) | state.payloadType;
    view.setUint16(2, sequence);
    view.setUint32(4, timestamp >>> 0);
    view.setUint32(8, state.ssrc >>> 0);
    view.setUint16(12, 0xbede);
    view.setUint16(14, 2);
    bytes[16] = (TRANSPORT_CC_ID << 4) | 1;
    stampTransportSequence(bytes, (state.transportSequence + index) & 0xffff);
    bytes[19] = (PLAYOUT_DELAY_ID << 4) | 2; // then three zeros: 0 ms to 0 ms, and one of padding
    bytes.fill(0, 20, HEADER_BYTES);
    if (piece.fragment) bytes.set(piece.fragment, HEADER_BYTES);
    bytes.set(piece.bytes, payloadAt);
    yield { sequence, bytes };
  }
}
