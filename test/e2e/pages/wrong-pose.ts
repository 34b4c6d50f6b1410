/**
 * Counts frames shown at a wrong pose: for each decoded frame, RTP timestamp, id strip and the picture's own pattern
 * against the ring of poses sent; and the same by the naive reading, `requestVideoFrameCallback` with `drawImage`.
 */
import { encodeAck, encodeKeyRequest, encodePose, RTP_STEP } from '../../../shared/protocol/channel.ts';
import { pictureLayout, type PictureLayout } from '../../../shared/protocol/picture.ts';
import { readStrip } from '../../../shared/protocol/strip.ts';
import { poseAt, readPose } from './pose-pattern.ts';
import { connectStream, eachFrame, lumaOf, rtpTimestampOf } from './stream-client.ts';

export interface WrongPoseResult {
  readonly checked: number;
  readonly wrong: number;
  readonly unreadable: number;
  readonly unknownTick: number;
  /** The detector's proof: pictures judged under the name of the frame before, and how many it refused. */
  readonly swapped: number;
  readonly swappedRefused: number;
  readonly naiveChecked: number;
  readonly naiveWrong: number;
  readonly keysAsked: number;
  readonly fps: number;
  readonly latencyMs: readonly number[];
  readonly longestGapMs: number;
}

interface Options {
  readonly frames: number;
  readonly eyeSize: number;
  readonly poseHz: number;
  readonly firstTick: number;
  /** Main-thread work in ms, now and then: what makes the naive reading wrong. */
  readonly loadMs: number;
}

function nextCode(tick: number, before: number): number {
  // Every fourth second the head rests for half a second: the node holds its picture under new ticks.
  if (tick % 240 > 210) return before;
  return (before + 1 + ((tick * 2654435761) >>> 22)) & 0xfff;
}

interface Sent {
  readonly code: number;
  readonly tick: number;
  readonly sampleMs: number;
}

/** Whether a picture is the one that was asked for: its strip names the tick, its pattern shows the pose. */
function judge(
  luma: Uint8Array,
  stride: number,
  sent: Sent,
  layout: PictureLayout,
): 'right' | 'wrong' | 'unreadable' {
  const reading = readStrip(luma, layout, stride);
  if (reading.kind === 'unreadable') return 'unreadable';
  if (reading.id.tick !== (sent.tick & 0xffffff)) return 'wrong';
  return readPose(luma, layout, stride) === sent.code ? 'right' : 'wrong';
}

async function run(options: Options): Promise<WrongPoseResult> {
  const layout = pictureLayout(options.eyeSize, options.eyeSize);
  const client = connectStream();
  const ring = new Map<number, Sent>();
  const timestampOf = (tick: number): number => (tick * RTP_STEP) % 2 ** 32;
  let tick = options.firstTick;
  let code = 0;
  let running = true;
  let lastNewMs = 0;
  let lastKeyMs = 0;
  let keysAsked = 0;

  const stream = await client.stream;
  await client.connected;
  const timer = setInterval(() => {
    const sampleMs = performance.now();
    tick = (tick + 1) >>> 0;
    code = nextCode(tick, code);
    ring.set(timestampOf(tick), { code, tick, sampleMs });
    if (ring.size > 2000) ring.delete(ring.keys().next().value!);
    client.send(encodePose(poseAt(tick, code, sampleMs)));
    if (lastNewMs > 0 && sampleMs - lastNewMs > 150 && sampleMs - lastKeyMs > 500) {
      lastKeyMs = sampleMs;
      keysAsked++;
      client.send(encodeKeyRequest());
    }
  }, 1000 / options.poseHz);

  const naive = { checked: 0, wrong: 0 };
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  document.body.append(video);
  void video.play().catch(() => {});
  const canvas = new OffscreenCanvas(layout.width, layout.height);
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  const grey = new Uint8Array(layout.width * layout.height);
  const onFrame = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
    if (!running) return;
    context.drawImage(video, 0, 0);
    const { strip } = layout;
    const { data } = context.getImageData(0, strip.y, strip.width, strip.height);
    const offset = strip.y * layout.width;
    for (let i = 0; i < strip.width * strip.height; i++) grey[offset + i] = data[4 * i + 1]!;
    const reading = readStrip(grey, layout);
    if (reading.kind === 'read') {
      naive.checked++;
      const known = ring.get(metadata.rtpTimestamp!);
      if (!known || (known.tick & 0xffffff) !== reading.id.tick) naive.wrong++;
    }
    // Load of the kind a viewer has: now and then a long task between snapshot and draw of the next one.
    if (options.loadMs > 0 && metadata.presentedFrames % 7 === 0) {
      const until = performance.now() + options.loadMs;
      while (performance.now() < until);
    }
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);

  const result = { checked: 0, wrong: 0, unreadable: 0, unknownTick: 0, swapped: 0, swappedRefused: 0 };
  const latencyMs: number[] = [];
  const bytes = new Uint8Array((layout.width * layout.height * 3) / 2 + 65536);
  let previous: Sent | null = null;
  let longestGapMs = 0;
  const startedMs = performance.now();
  await eachFrame(stream, async (frame) => {
    const decodedMs = performance.now();
    const { luma, stride } = await lumaOf(frame, bytes);
    const sent = ring.get(rtpTimestampOf(frame)!);
    result.checked++;
    if (lastNewMs > 0) longestGapMs = Math.max(longestGapMs, decodedMs - lastNewMs);
    lastNewMs = decodedMs;
    if (!sent) result.unknownTick++;
    else {
      const verdict = judge(luma, stride, sent, layout);
      if (verdict === 'unreadable') result.unreadable++;
      if (verdict === 'wrong') result.wrong++;
      if (previous && verdict === 'right') {
        result.swapped++;
        if (judge(luma, stride, previous, layout) === 'wrong') result.swappedRefused++;
      }
      previous = sent;
      latencyMs.push(decodedMs - sent.sampleMs);
      client.send(encodeAck(sent.tick, decodedMs - sent.sampleMs));
    }
    return result.checked < options.frames;
  });
  running = false;
  clearInterval(timer);
  const seconds = (performance.now() - startedMs) / 1000;
  client.peer.destroy();
  return {
    ...result,
    naiveChecked: naive.checked,
    naiveWrong: naive.wrong,
    keysAsked,
    fps: result.checked / seconds,
    latencyMs,
    longestGapMs,
  };
}

Object.assign(globalThis, { run });
