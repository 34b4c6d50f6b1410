/**
 * Receives a stream and counts frames at a wrong pose: for each decoded frame, RTP timestamp, id strip and, where
 * there is one, the picture's own pattern against the ring of poses sent; and beside it the naive reading.
 */
import { encodeAck, encodeKeyRequest, encodePose, RTP_STEP } from '../../../shared/protocol/channel.ts';
import { pictureLayout } from '../../../shared/protocol/picture.ts';
import { readStrip } from '../../../shared/protocol/strip.ts';
import { jumpingPose, nextCode, orbitPose } from './head-paths.ts';
import { judge, type Sent } from './judge.ts';
import { readNaively } from './naive-reading.ts';
import { connectStream, eachFrame, lumaOf, rtpTimestampOf } from './stream-client.ts';

/** One decoded frame, on the page's clock since the first pose. */
export interface FrameSample {
  readonly atMs: number;
  readonly poseToDecodedMs: number;
  readonly renderedWidth: number;
  readonly converged: boolean;
}

export interface PageResult {
  readonly checked: number;
  readonly wrong: number;
  readonly unreadable: number;
  readonly unknownTick: number;
  /** The check's own proof: pictures judged under the name of the frame before, and how many it refused. */
  readonly swapped: number;
  readonly swappedRefused: number;
  readonly naiveChecked: number;
  readonly naiveWrong: number;
  readonly keysAsked: number;
  /** What the decoder takes the colours for: 'bt709 limited'. */
  readonly colours: string;
  readonly fps: number;
  readonly longestGapMs: number;
  readonly samples: readonly FrameSample[];
}

export interface PageOptions {
  readonly eyeSize: number;
  /** 'jump': the head jumps, and the picture's pattern must show where to. 'orbit': it goes around a real twin. */
  readonly head: 'jump' | 'orbit';
  /** The run ends after so many frames, or after so long. */
  readonly frames: number;
  readonly forMs: number;
  /** The head of an orbit rests from then on. */
  readonly restFromMs: number;
  readonly poseHz: number;
  readonly firstTick: number;
  /** Null: no naive reading. Else its long tasks in ms: what makes it wrong. */
  readonly naiveLoadMs: number | null;
}

const NO_PICTURE_MS = 150;
const KEY_INTERVAL_MS = 500;

async function run(options: PageOptions): Promise<PageResult> {
  const layout = pictureLayout(options.eyeSize, options.eyeSize);
  const client = connectStream();
  const ring = new Map<number, Sent>();
  let tick = options.firstTick;
  let code = 0;
  let lastNewMs = 0;
  let lastKeyMs = 0;
  let keysAsked = 0;

  const stream = await client.stream;
  await client.connected;
  const startMs = performance.now();
  const timer = setInterval(() => {
    const sampleMs = performance.now();
    const jumps = options.head === 'jump';
    tick = (tick + 1) >>> 0;
    code = nextCode(tick, code);
    const motionMs = Math.min(sampleMs - startMs, options.restFromMs);
    const pose = jumps ? jumpingPose(tick, code, sampleMs) : orbitPose(tick, motionMs, sampleMs);
    ring.set((tick * RTP_STEP) % 2 ** 32, { tick, sampleMs, code: jumps ? code : null });
    if (ring.size > 2000) ring.delete(ring.keys().next().value!);
    client.send(encodePose(pose));
    if (lastNewMs > 0 && sampleMs - lastNewMs > NO_PICTURE_MS && sampleMs - lastKeyMs > KEY_INTERVAL_MS) {
      lastKeyMs = sampleMs;
      keysAsked++;
      client.send(encodeKeyRequest());
    }
  }, 1000 / options.poseHz);
  const naive =
    options.naiveLoadMs === null
      ? null
      : readNaively(stream, layout, (timestamp) => ring.get(timestamp)?.tick, options.naiveLoadMs);

  const result = { checked: 0, wrong: 0, unreadable: 0, unknownTick: 0, swapped: 0, swappedRefused: 0 };
  const samples: FrameSample[] = [];
  const bytes = new Uint8Array((layout.width * layout.height * 3) / 2 + 65536);
  let previous: Sent | null = null;
  let longestGapMs = 0;
  let colours = '';
  await eachFrame(stream, options.forMs, async (frame) => {
    const decodedMs = performance.now();
    const { luma, stride } = await lumaOf(frame, bytes);
    const sent = ring.get(rtpTimestampOf(frame)!);
    result.checked++;
    colours ||= `${frame.colorSpace.matrix} ${frame.colorSpace.fullRange ? 'full' : 'limited'}`;
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
      const poseToDecodedMs = decodedMs - sent.sampleMs;
      client.send(encodeAck(sent.tick, poseToDecodedMs));
      const reading = readStrip(luma, layout, stride);
      const { renderedWidth, converged } =
        reading.kind === 'read' ? reading.id : { renderedWidth: 0, converged: false };
      samples.push({ atMs: decodedMs - startMs, poseToDecodedMs, renderedWidth, converged });
    }
    return result.checked < options.frames;
  });
  clearInterval(timer);
  naive?.stop();
  const seconds = (performance.now() - startMs) / 1000;
  return {
    ...result,
    naiveChecked: naive?.counts.checked ?? 0,
    naiveWrong: naive?.counts.wrong ?? 0,
    keysAsked,
    colours,
    fps: result.checked / seconds,
    longestGapMs,
    samples,
  };
}

Object.assign(globalThis, { run, connectStream });
