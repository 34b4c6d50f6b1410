/**
 * Decoded pictures as planes, each bound to its own RTP timestamp. A `VideoFrame` is both in one object; the metadata
 * of requestVideoFrameCallback is not (it can name the frame before), so it only says when to look.
 */
import type { PicturePlanes } from '../picture/plane-textures.ts';

/** In desktop Chromium's windows, not in TypeScript's library. */
interface TrackProcessor {
  readonly readable: ReadableStream<VideoFrame>;
}
declare const MediaStreamTrackProcessor:
  (new (init: { track: MediaStreamTrack; maxBufferSize?: number }) => TrackProcessor) | undefined;

export interface ReadPicture {
  readonly planes: PicturePlanes;
  /** Null where this browser's VideoFrame does not say. */
  readonly rtpTimestamp: number | null;
  readonly atMs: number;
}

export interface FrameReader {
  readonly way: 'track-processor' | 'video-element';
  close(): void;
}

/** `onPicture` may use the planes until it returns: the buffer is used again. */
export function readFrames(
  stream: MediaStream,
  onPicture: (picture: ReadPicture) => void,
  onProblem: (text: string) => void,
): FrameReader {
  let closed = false;
  let buffer = new Uint8Array(0);

  async function take(frame: VideoFrame): Promise<void> {
    try {
      const metadata = (frame as VideoFrame & { metadata?: () => { rtpTimestamp?: number } }).metadata?.();
      const size = frame.allocationSize();
      if (buffer.byteLength < size) buffer = new Uint8Array(size);
      const format = frame.format;
      const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
      const layout = await frame.copyTo(buffer);
      const planes = planesOf(buffer, format, width, height, layout);
      if (!planes) {
        onProblem(`This browser decodes pictures as ${format ?? 'an unknown format'}, which cannot be read.`);
        return;
      }
      if (!closed)
        onPicture({ planes, rtpTimestamp: metadata?.rtpTimestamp ?? null, atMs: performance.now() });
    } finally {
      frame.close();
    }
  }

  const track = stream.getVideoTracks()[0];
  if (!track) throw new Error('a stream without a video track');
  if (typeof MediaStreamTrackProcessor !== 'undefined') {
    const reader = new MediaStreamTrackProcessor({ track, maxBufferSize: 1 }).readable.getReader();
    const run = async (): Promise<void> => {
      // Ends by `cancel`.
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        await take(value);
      }
    };
    run().catch((error: unknown) => closed || onProblem(`Reading the picture failed: ${String(error)}.`));
    return {
      way: 'track-processor',
      close: () => {
        closed = true;
        void reader.cancel();
      },
    };
  }

  const video = document.createElement('video');
  video.muted = true;
  video.playsInline = true;
  video.srcObject = stream;
  let busy = false;
  const look = (): void => {
    if (closed) return;
    if (!busy) {
      busy = true;
      void take(new VideoFrame(video))
        .catch((error: unknown) => onProblem(`Reading the picture failed: ${String(error)}.`))
        .finally(() => (busy = false));
    }
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  // Not awaited: it resolves with the first frame, and that needs a pose first.
  void video.play().catch(() => onProblem('This browser does not play the stream.'));
  return {
    way: 'video-element',
    close: () => {
      closed = true;
      video.srcObject = null;
    },
  };
}

let chroma = new Uint8Array(0);

function planesOf(
  buffer: Uint8Array,
  format: VideoPixelFormat | null,
  width: number,
  height: number,
  layout: readonly PlaneLayout[],
): PicturePlanes | null {
  const [y, u, v] = layout;
  if (!y || !u) return null;
  const luma = { width, height, y: buffer.subarray(y.offset), strideY: y.stride };
  if (format === 'I420' && v)
    return {
      ...luma,
      u: buffer.subarray(u.offset),
      v: buffer.subarray(v.offset),
      strideU: u.stride,
      strideV: v.stride,
    };
  if (format !== 'NV12') return null;
  // Hardware decoders interleave the chroma: taken apart here, a quarter of the picture's bytes.
  const [w, h] = [width / 2, height / 2];
  if (chroma.length < 2 * w * h) chroma = new Uint8Array(2 * w * h);
  for (let row = 0; row < h; row++) {
    let from = u.offset + row * u.stride;
    for (let at = row * w; at < (row + 1) * w; at++) {
      chroma[at] = buffer[from++]!;
      chroma[w * h + at] = buffer[from++]!;
    }
  }
  return { ...luma, u: chroma.subarray(0, w * h), v: chroma.subarray(w * h), strideU: w, strideV: w };
}
