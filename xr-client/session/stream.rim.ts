/** One WebRTC stream: poses out on the data channel, checked pictures in. The node offers, the browser answers. */
import SimplePeer from 'simple-peer/simplepeer.min.js';
import { encodeAck, encodeKeyRequest, encodePose, type Pose } from '../../shared/protocol/channel.ts';
import type { Signal } from '../../shared/protocol/messages.ts';
import { readStrip, type FrameId } from '../../shared/protocol/strip.ts';
import { layoutOfPicture } from '../picture/picture-size.ts';
import type { PicturePlanes } from '../picture/plane-textures.ts';
import { createPoseRing } from '../pose/pose-ring.ts';
import { createKeyAsker, judgeFrame } from './frame-check.ts';
import { readFrames, type FrameReader } from './frame-reader.rim.ts';

export interface StreamCounts {
  framesShown: number;
  framesRefused: number;
  framesUnreadable: number;
  framesLate: number;
  keyRequests: number;
  posesSent: number;
  posesHeld: number;
}

export interface StreamOptions {
  readonly rtpStep: number;
  sendSignal(signal: Signal): void;
  /** A checked picture; its planes live until this returns. */
  onPicture(planes: PicturePlanes, pose: Pose, id: FrameId): void;
  /** What a picture lately waited from decoded to drawn, ms: the node is to know the age that is seen. */
  drawDelayMs(): number;
  onTransport(state: 'connecting' | 'connected' | 'failed'): void;
  onProblem(text: string): void;
}

export interface Stream {
  onSignal(signal: Signal): void;
  /** Keeps the pose in the ring and sends it, unless older ones still wait to leave: then it is dropped. */
  sendPose(pose: Pose): void;
  /** Once per display frame: asks for a key frame when pictures stay away. */
  watch(nowMs: number): void;
  readonly counts: Readonly<StreamCounts>;
  /** Pose sampled to picture decoded, ms, of the newest 120 pictures. */
  readonly latenciesMs: readonly number[];
  close(): void;
}

export function openStream(options: StreamOptions): Stream {
  const ring = createPoseRing();
  const asker = createKeyAsker(performance.now());
  const counts: StreamCounts = {
    framesShown: 0,
    framesRefused: 0,
    framesUnreadable: 0,
    framesLate: 0,
    keyRequests: 0,
    posesSent: 0,
    posesHeld: 0,
  };
  const latenciesMs: number[] = [];
  let shownTick = 0;
  let offered = false;
  let connected = false;
  let closed = false;
  let reader: FrameReader | null = null;

  const peer = new SimplePeer({ initiator: false, trickle: true, config: { iceServers: [] } });
  /** simple-peer keeps its channel to itself; how much waits in it decides whether a pose may go. */
  const waiting = (): number =>
    (peer as unknown as { _channel?: RTCDataChannel | null })._channel?.bufferedAmount ?? 0;

  peer.on('signal', (signal) => options.sendSignal(signal as Signal));
  peer.on('connect', () => {
    connected = true;
    options.onTransport('connected');
  });
  peer.on('stream', (stream: MediaStream) => {
    if (closed || reader) return;
    playAtOnce(peer);
    reader = readFrames(
      stream,
      ({ planes, rtpTimestamp, atMs }) => take(planes, rtpTimestamp, atMs),
      options.onProblem,
    );
  });
  const fail = (): void => {
    connected = false;
    if (!closed) options.onTransport('failed');
  };
  peer.on('error', fail);
  peer.on('close', fail);
  options.onTransport('connecting');

  function take(planes: PicturePlanes, rtpTimestamp: number | null, atMs: number): void {
    const layout = layoutOfPicture(planes.width, planes.height);
    if (!layout) {
      counts.framesUnreadable++;
      return;
    }
    const strip = readStrip(planes.y, layout, planes.strideY);
    const verdict = judgeFrame(strip, rtpTimestamp, ring, options.rtpStep, shownTick);
    if (verdict.kind === 'unreadable') counts.framesUnreadable++;
    else if (verdict.kind === 'refused') counts.framesRefused++;
    else if (verdict.kind === 'late') counts.framesLate++;
    else {
      shownTick = verdict.pose.tick;
      counts.framesShown++;
      asker.shown(atMs);
      options.onPicture(planes, verdict.pose, verdict.id);
      const latency = atMs - verdict.pose.sampleTimeMs;
      latenciesMs.push(latency);
      if (latenciesMs.length > 120) latenciesMs.shift();
      if (connected && waiting() === 0) peer.send(encodeAck(shownTick, latency + options.drawDelayMs()));
    }
  }

  return {
    counts,
    latenciesMs,
    onSignal: (signal) => {
      if (closed || peer.destroyed) return;
      // Leftovers of a stream before this one come without their offer.
      if (signal.type === 'offer') offered = true;
      if (offered) peer.signal(signal as SimplePeer.SignalData);
    },
    sendPose: (pose) => {
      if (!connected || closed) return;
      if (waiting() > 0) {
        counts.posesHeld++;
        return;
      }
      ring.put(pose);
      peer.send(encodePose(pose));
      counts.posesSent++;
    },
    watch: (nowMs) => {
      if (!connected || closed || !asker.step(nowMs)) return;
      peer.send(encodeKeyRequest());
      counts.keyRequests++;
    },
    close: () => {
      closed = true;
      connected = false;
      reader?.close();
      peer.destroy();
    },
  };
}

/** No jitter buffer: a late picture is worth less than none. The packets' playout-delay extension says the same. */
function playAtOnce(peer: SimplePeer.Instance): void {
  const connection = (peer as unknown as { _pc?: RTCPeerConnection })._pc;
  for (const receiver of connection?.getReceivers() ?? [])
    if ('jitterBufferTarget' in receiver) receiver.jitterBufferTarget = 0;
}
