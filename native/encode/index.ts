/** openh264 as three synchronous calls; load it in the worker that encodes. Null where it was not built. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** Opaque; freed by `close` or when it is collected. */
export interface H264Handle {
  readonly __h264: unique symbol;
}

export interface H264Addon {
  /** Sides even, 16 to 4096. Throws H264_ARGUMENT, H264_OPEN. */
  open(width: number, height: number, bitrateKbps: number, maxFps: number): H264Handle;
  /**
   * I420 planes (BT.709 limited, packed: Y, U, V; may lie over a SharedArrayBuffer) to Annex B. `key` makes this very
   * picture an IDR with SPS and PPS before it. `timeMs` grows. Answers how many bytes of `coded` it wrote. Throws
   * H264_ARGUMENT, H264_CLOSED, H264_ENCODE (also where `coded` is too short).
   */
  encode(
    handle: H264Handle,
    planes: Uint8Array,
    coded: Uint8Array,
    key: boolean,
    bitrateKbps: number,
    timeMs: number,
  ): number;
  close(handle: H264Handle): void;
  /** Of the library that is linked, '2.3.1'. */
  version(): string;
}

const file = path.join(import.meta.dirname, '..', 'build', 'Release', 'anteroom_h264.node');

export type H264Load =
  { readonly kind: 'loaded'; readonly addon: H264Addon } | { readonly kind: 'absent'; readonly why: string };

/** The addon, or why there is none, in words for `doctor`. */
export function loadH264(): H264Load {
  if (!existsSync(file))
    return {
      kind: 'absent',
      why: 'openh264 was not found when the addon was built (Debian, Ubuntu: apt-get install libopenh264-dev, then npm run build:native)',
    };
  try {
    return { kind: 'loaded', addon: createRequire(import.meta.url)(file) as H264Addon };
  } catch (error) {
    return {
      kind: 'absent',
      why: `openh264 was built in but does not load: ${(error as Error).message.split('\n')[0]}`,
    };
  }
}
