/**
 * One WebRTC peer by node-datachannel: a video track out, a pose channel in. The node makes the offer. DTLS-SRTP
 * always; RTP and RTCP are ours, byte for byte.
 */
import type { Signal } from '../../shared/protocol/messages.ts';
import { PLAYOUT_DELAY_ID, TRANSPORT_CC_ID } from './rtp.ts';

export const PAYLOAD_TYPE = 96;
const PROFILE = 'level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f';
/** A peer that has not connected by then never will. */
const CONNECT_MS = 20_000;
/** Longer than any message of ours: the rest is not looked at. */
const MAX_CANDIDATES = 64;

export interface PeerOptions {
  readonly name: string;
  readonly ssrc: number;
  readonly bindAddress: string;
  sendSignal(signal: Signal): void;
  onOpen(): void;
  onChannel(bytes: Uint8Array): void;
  onRtcp(bytes: Uint8Array): void;
  /** At most once, and never after `close`. */
  onEnd(reason: string): void;
}

export interface Peer {
  onSignal(signal: Signal): void;
  /** One RTP or RTCP packet; false where the transport did not take it. */
  send(bytes: Uint8Array<ArrayBuffer>): boolean;
  close(): Promise<void>;
}

export async function openPeer(options: PeerOptions): Promise<Peer> {
  const { PeerConnection, Video } = await import('node-datachannel');
  // Without disableAutoNegotiation the offer is made, and lost, before anybody listens.
  const connection = new PeerConnection(options.name, {
    iceServers: [],
    bindAddress: options.bindAddress,
    disableAutoNegotiation: true,
  });
  const video = new Video('video', 'SendOnly');
  video.addH264Codec(PAYLOAD_TYPE, PROFILE);
  video.addSSRC(options.ssrc, 'anteroom', 'picture', 'picture');
  video.parseSdpLine(
    `a=extmap:${PLAYOUT_DELAY_ID} http://www.webrtc.org/experiments/rtp-hdrext/playout-delay`,
  );
  video.parseSdpLine(
    `a=extmap:${TRANSPORT_CC_ID} http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`,
  );
  video.parseSdpLine(`a=rtcp-fb:${PAYLOAD_TYPE} transport-cc`);
  const track = connection.addTrack(video);
  const channel = connection.createDataChannel('pose', { unordered: true, maxRetransmits: 0 });

  let closed = false;
  let isOpen = false;
  let answered = false;
  let waiting: (Signal & { type: 'candidate' })[] = [];
  /**
   * Our candidates, until the answer is in. A viewer that learned them sooner could begin its DTLS handshake while
   * the answer with its fingerprint is still being read, and be refused for it: seen on busy machines.
   */
  let ours: Signal[] = [];
  const end = (reason: string): void => {
    if (closed) return;
    closed = true;
    clearTimeout(patience);
    options.onEnd(reason);
  };
  const patience = setTimeout(
    () =>
      end(`the viewer did not connect within ${CONNECT_MS / 1000} s: is UDP to ${options.bindAddress} open?`),
    CONNECT_MS,
  );
  const opened = (): void => {
    if (isOpen || closed || !track.isOpen() || !channel.isOpen()) return;
    isOpen = true;
    clearTimeout(patience);
    options.onOpen();
  };

  connection.onLocalDescription((sdp, type) => {
    if (!closed && type === 'offer') options.sendSignal({ type, sdp });
  });
  connection.onLocalCandidate((candidate, mid) => {
    if (closed) return;
    const signal: Signal = { type: 'candidate', candidate: { candidate, sdpMid: mid, sdpMLineIndex: 0 } };
    if (answered) options.sendSignal(signal);
    else ours.push(signal);
  });
  connection.onStateChange((state) => {
    if (state === 'failed' || state === 'closed' || state === 'disconnected')
      end(`the connection to the viewer is ${state}`);
  });
  track.onOpen(opened);
  track.onMessage((bytes) => !closed && options.onRtcp(bytes));
  channel.onOpen(opened);
  channel.onMessage((bytes) => {
    if (closed) return;
    // Text is no message of ours: an empty one is malformed, and counted as such.
    if (typeof bytes === 'string') options.onChannel(new Uint8Array(0));
    else options.onChannel(bytes instanceof ArrayBuffer ? new Uint8Array(bytes) : bytes);
  });
  channel.onClosed(() => end('the viewer closed its pose channel'));
  connection.setLocalDescription('offer');

  const addCandidate = ({ candidate }: Signal & { type: 'candidate' }): void => {
    // Names that only the browser's own machine resolves: its checks teach us its address.
    if (candidate.candidate === '' || candidate.candidate.includes('.local ')) return;
    try {
      connection.addRemoteCandidate(candidate.candidate, candidate.sdpMid ?? 'video');
    } catch {
      // A candidate that cannot be read is one way less to the viewer, no failure.
    }
  };

  return {
    onSignal(signal) {
      if (closed || signal.type === 'offer') return;
      if (signal.type === 'candidate') {
        if (answered) addCandidate(signal);
        else if (waiting.length < MAX_CANDIDATES) waiting.push(signal);
        return;
      }
      try {
        connection.setRemoteDescription(signal.sdp, 'answer');
        answered = true;
        for (const candidate of waiting) addCandidate(candidate);
        for (const candidate of ours) options.sendSignal(candidate);
        [waiting, ours] = [[], []];
      } catch (error) {
        end(`the viewer's answer could not be used: ${(error as Error).message}`);
      }
    },
    send: (bytes) => {
      if (closed || !track.isOpen()) return false;
      try {
        return track.sendMessageBinary(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      } catch {
        return false; // it closed between the question and the call
      }
    },
    async close() {
      closed = true;
      clearTimeout(patience);
      // In this order, and with time to end: closing all at once aborts inside the library.
      if (channel.isOpen()) channel.close();
      if (!track.isClosed()) track.close();
      connection.close();
      await new Promise((resolve) => setTimeout(resolve, 50));
    },
  };
}
