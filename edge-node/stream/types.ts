/** One viewer's stream: poses in, coded pictures out. */
import type { Pose } from '../../shared/protocol/channel.ts';
import type { PictureLayout } from '../../shared/protocol/picture.ts';
import type { Signal, StreamReport } from '../../shared/protocol/messages.ts';
import type { FrameStats, Quality } from '../render/types.ts';

/** One coded picture. `data` is Annex B, SPS and PPS with each key frame. */
export interface CodedPicture {
  readonly data: Uint8Array;
  readonly key: boolean;
  readonly encodeMs: number;
}

/** Zero latency, P frames only, one slice; bitrate changed without reopening. Runs in a worker. */
export interface Encoder extends AsyncDisposable {
  readonly name: string;
  /** Encodes the I420 bytes of `planes` (over SharedArrayBuffer); the caller leaves them alone until it resolves. */
  encode(
    planes: Uint8Array,
    options: { readonly key: boolean; readonly bitrateKbps: number },
  ): Promise<CodedPicture>;
  close(): Promise<void>;
}

export interface EncoderChoice {
  readonly name: string;
  /** Why this one, for `doctor`. */
  readonly why: string;
  /** What its licence asks of whoever ships it. */
  readonly licence: string;
  open(options: {
    readonly width: number;
    readonly height: number;
    readonly bitrateKbps: number;
  }): Promise<Encoder>;
}

export interface ViewerStreamOptions {
  readonly layout: PictureLayout;
  readonly encoder: EncoderChoice;
  /** Address to bind ICE to: '127.0.0.1' or '0.0.0.0'. */
  readonly bindAddress: string;
  /** Hands a signalling message to the viewer's socket. */
  sendSignal(signal: Signal): void;
  /** Renders the newest pose into the picture; the stream writes the strip and encodes. */
  render(pose: Pose, layout: PictureLayout, planes: Uint8Array, quality: Quality): Promise<FrameStats>;
  onReport(report: StreamReport): void;
  /** The stream ended by itself; `reason` is a sentence. */
  onEnd(reason: string): void;
  readonly backendLabel: string;
}

export interface ViewerStream extends AsyncDisposable {
  /** From the viewer's socket. */
  onSignal(signal: Signal): void;
  /** The scene changed: render again even if the head rests, and sharpen anew. */
  touch(): void;
  close(): Promise<void>;
}
