/** The smallest receiver of a stream: simple-peer, poses out, frames in by MediaStreamTrackProcessor. For the bench's and the tests' pages. */
import type SimplePeer from 'simple-peer';
// The self-contained build: the package's own entry wants Node's modules. It has no types of its own.
// @ts-ignore
import PeerConstructor from 'simple-peer/simplepeer.min.js';

interface FrameReader {
  readonly readable: ReadableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor: new (init: {
  track: MediaStreamTrack;
  maxBufferSize?: number;
}) => FrameReader;

export interface StreamClient {
  readonly peer: SimplePeer.Instance;
  readonly connected: Promise<void>;
  readonly stream: Promise<MediaStream>;
  send(bytes: Uint8Array<ArrayBuffer>): void;
}

export function connectStream(): StreamClient {
  const socket = new WebSocket(`${location.origin.replace('http', 'ws')}/signal`);
  const peer = new (PeerConstructor as unknown as SimplePeer.SimplePeer)({
    initiator: false,
    trickle: true,
    config: { iceServers: [] },
  });
  const early: string[] = [];
  socket.onopen = () => early.splice(0).forEach((text) => socket.send(text));
  socket.onmessage = (event) => peer.signal(JSON.parse(String(event.data)) as SimplePeer.SignalData);
  peer.on('signal', (signal) => {
    const text = JSON.stringify(signal);
    if (socket.readyState === WebSocket.OPEN) socket.send(text);
    else early.push(text);
  });
  return {
    peer,
    connected: new Promise((resolve) => peer.on('connect', () => resolve())),
    stream: new Promise((resolve) => peer.on('stream', resolve)),
    send(bytes) {
      try {
        peer.send(bytes);
      } catch {
        // Closing: the loop that sends is about to end.
      }
    },
  };
}

/** The RTP timestamp that a frame carries itself. */
export function rtpTimestampOf(frame: VideoFrame): number | undefined {
  const metadata = (frame as unknown as { metadata(): { rtpTimestamp?: number } }).metadata();
  return metadata.rtpTimestamp;
}

/** The luma plane of a frame and its bytes a row. */
export async function lumaOf(
  frame: VideoFrame,
  into: Uint8Array<ArrayBuffer>,
): Promise<{ luma: Uint8Array; stride: number }> {
  const layout = await frame.copyTo(into);
  return { luma: into.subarray(layout[0]!.offset), stride: layout[0]!.stride };
}

/**
 * Calls `visit` with each frame of the stream's video, in order, and closes it after; ends when `visit` says false, or
 * after `forMs`, also where no frame comes.
 */
export async function eachFrame(
  stream: MediaStream,
  forMs: number,
  visit: (frame: VideoFrame) => Promise<boolean>,
): Promise<void> {
  const track = stream.getVideoTracks()[0]!;
  const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 4 }).readable.getReader();
  const over = setTimeout(() => void reader.cancel(), forMs);
  for (;;) {
    const { value: frame, done } = await reader.read();
    if (done) return;
    let more = false;
    try {
      more = await visit(frame);
    } finally {
      frame.close();
    }
    if (!more) {
      clearTimeout(over);
      return;
    }
  }
}
