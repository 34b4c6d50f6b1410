/** What goes into a viewer's machine and what comes out of it. */
import type { ChannelMessage, Pose } from '../../shared/protocol/channel.ts';
import type { FrameId } from '../../shared/protocol/strip.ts';
import type { StreamReport } from '../../shared/protocol/messages.ts';
import type { FrameStats, Quality } from '../render/types.ts';

/** One of the two picture buffers: one is rendered into while the other is encoded. */
export type Slot = 0 | 1;

export type ViewerInput =
  /** The transport can carry pictures. */
  | { readonly kind: 'open' }
  | { readonly kind: 'message'; readonly message: ChannelMessage }
  /** PLI or FIR. */
  | { readonly kind: 'key-asked' }
  | { readonly kind: 'rendered'; readonly slot: Slot; readonly stats: FrameStats }
  | {
      readonly kind: 'render-failed';
      readonly slot: Slot;
      readonly aborted: boolean;
      readonly reason: string;
    }
  | {
      readonly kind: 'coded';
      readonly slot: Slot;
      readonly key: boolean;
      readonly bytes: number;
      readonly encodeMs: number;
    }
  | { readonly kind: 'encode-failed'; readonly slot: Slot; readonly reason: string }
  /** The scene changed. */
  | { readonly kind: 'touch' }
  | { readonly kind: 'nacked'; readonly packets: number }
  /** The time of the last `wake` has come. */
  | { readonly kind: 'wake' };

export type ViewerOutput =
  | { readonly kind: 'render'; readonly slot: Slot; readonly pose: Pose; readonly quality: Quality }
  | { readonly kind: 'abort-render'; readonly slot: Slot }
  /** Write this id into the slot's strip, then encode it. */
  | {
      readonly kind: 'encode';
      readonly slot: Slot;
      readonly id: FrameId;
      readonly key: boolean;
      readonly bitrateKbps: number;
    }
  /** Send what was just coded with this RTP timestamp. */
  | { readonly kind: 'send'; readonly timestamp: number }
  | { readonly kind: 'record'; readonly record: FrameRecord }
  | { readonly kind: 'report'; readonly report: StreamReport }
  | { readonly kind: 'wake'; readonly atMs: number }
  | { readonly kind: 'end'; readonly reason: string };

/** The whole way of one picture, on the node's clock: what the governor, the read-out and a diagnosis need. */
export interface FrameRecord {
  readonly tick: number;
  readonly poseMs: number;
  readonly renderStartMs: number;
  readonly renderMs: number;
  readonly encodeMs: number;
  readonly sentMs: number;
  readonly bytes: number;
  readonly key: boolean;
  /** Rendered anew, or the held picture under a newer tick. */
  readonly held: boolean;
  readonly renderedWidth: number;
  readonly renderedHeight: number;
  readonly quality: Quality;
  readonly governor: string;
  /** Who marched, in words; null where there was nothing to march. */
  readonly backend: string | null;
}

export interface ViewerSettings {
  readonly bitrateKbps: number;
  readonly fullWidth: number;
  readonly fullHeight: number;
  readonly encoder: string;
  /** Of this machine: where they are few, the encoder needs them for itself (V11). */
  readonly cores: number;
}
