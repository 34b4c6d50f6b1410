/**
 * The reading that must not be used: `requestVideoFrameCallback`, its metadata and `drawImage`. The element may step
 * on to its next picture in between, so that pixels are taken for another pose's. Counted here, never shown.
 */
import type { PictureLayout } from '../../../shared/protocol/picture.ts';
import { readStrip } from '../../../shared/protocol/strip.ts';

export interface NaiveReading {
  readonly counts: { checked: number; wrong: number };
  stop(): void;
}

/** `tickOf` is what an RTP timestamp stands for; `loadMs` is a long task after each seventh picture. */
export function readNaively(
  stream: MediaStream,
  layout: PictureLayout,
  tickOf: (timestamp: number) => number | undefined,
  loadMs: number,
): NaiveReading {
  const counts = { checked: 0, wrong: 0 };
  let running = true;
  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  document.body.append(video);
  // Not awaited: it resolves with the first picture, which waits for the first pose.
  void video.play().catch(() => {});
  const { strip, width } = layout;
  const context = new OffscreenCanvas(width, layout.height).getContext('2d', { willReadFrequently: true })!;
  const luma = new Uint8Array(width * layout.height);
  const onFrame = (_now: number, metadata: VideoFrameCallbackMetadata): void => {
    if (!running) return;
    context.drawImage(video, 0, 0);
    const { data } = context.getImageData(0, strip.y, strip.width, strip.height);
    for (let i = 0; i < strip.width * strip.height; i++) luma[strip.y * width + i] = data[4 * i + 1]!;
    const reading = readStrip(luma, layout);
    if (reading.kind === 'read') {
      counts.checked++;
      const tick = tickOf(metadata.rtpTimestamp!);
      if (tick === undefined || (tick & 0xffffff) !== reading.id.tick) counts.wrong++;
    }
    if (loadMs > 0 && metadata.presentedFrames % 7 === 0) {
      const until = performance.now() + loadMs;
      while (performance.now() < until);
    }
    video.requestVideoFrameCallback(onFrame);
  };
  video.requestVideoFrameCallback(onFrame);
  return {
    counts,
    stop() {
      running = false;
      video.remove();
    },
  };
}
