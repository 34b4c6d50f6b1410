/** One viewer's stream: poses in, coded pictures out. */
import type { Pose } from '../../shared/protocol/channel.ts';
import type { PictureLayout } from '../../shared/protocol/picture.ts';
import type { Signal, StreamReport } from '../../shared/protocol/messages.ts';
import type { FrameStats, Quality } from '../render/types.ts';
import type { FrameRecord } from './viewer-words.ts';

/** One coded picture. `data` is Annex B, SPS and PPS with each key frame; it stands until the next is asked for. */
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
  /**
   * Renders the newest pose into the picture; the stream writes the strip and encodes. `signal` stops a picture that
   * nobody waits for any more: pass it on, so that a head that moves is not kept waiting by the last still picture.
   * Settles, also when stopped, only once nothing writes into `planes` any more.
   */
  render(
    pose: Pose,
    layout: PictureLayout,
    planes: Uint8Array,
    quality: Quality,
    signal: AbortSignal,
  ): Promise<FrameStats>;
  onReport(report: StreamReport): void;
  /** The stream ended by itself; `reason` is a sentence. */
  onEnd(reason: string): void;
  /** The record of every picture sent: for benches and a diagnosis. */
  onFrame?(record: FrameRecord): void;
  /** Faults for tests: true loses this packet (`again`: one that answers a NACK) before it is sent. */
  dropPacket?(again: boolean): boolean;
}

export interface ViewerStream extends AsyncDisposable {
  /** From the viewer's socket. */
  onSignal(signal: Signal): void;
  /** The scene changed: render again even if the head rests, and sharpen anew. */
  touch(): void;
  close(): Promise<void>;
}
