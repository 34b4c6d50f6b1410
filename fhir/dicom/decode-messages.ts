/** What the decode pool and its workers say to each other. */
import type { ModalityLut } from './modality-lut.ts';
import type { DicomErrorCode, PixelLayout } from './types.ts';

/** How the stored values of one frame become values of the volume. */
export interface ValueMap {
  readonly slope: number;
  readonly intercept: number;
  /** In the place of slope and intercept. */
  readonly modalityLut?: ModalityLut;
}

/** Where decoded frames go: frame `frames[i]` to `voxels` from `offsets[i]`, as `perFrame[i]` maps its values. */
export interface DecodeTarget {
  /** Over a SharedArrayBuffer: the worker writes into the volume itself. */
  readonly voxels: Int16Array | Float32Array;
  readonly offsets: readonly number[];
  readonly perFrame: readonly ValueMap[];
}

export interface DecodeJob {
  /** A whole file. Its buffer is taken away where the bytes are all of it, else they are copied. */
  readonly bytes: Uint8Array;
  /** Frames to be decoded, from 0. */
  readonly frames: readonly number[];
  /** Left out: frames are decoded and looked at alone. */
  readonly into?: DecodeTarget;
  /** Also the SHA-256 of the stored values of `frames`, in order. */
  readonly hash?: boolean;
}

export interface DecodeResult {
  /** Of the mapped values where there is a target (exact, before int16 clips them), else of the stored ones. */
  readonly min: number;
  readonly max: number;
  /** Null where the object holds no image. */
  readonly layout: PixelLayout | null;
  readonly sha256?: string;
}

export interface ToDecodeWorker {
  readonly id: number;
  readonly job: DecodeJob;
}

export type FromDecodeWorker =
  | { readonly id: number; readonly kind: 'done'; readonly result: DecodeResult; readonly codecBytes: number }
  | {
      readonly id: number;
      readonly kind: 'failed';
      readonly code: DicomErrorCode;
      readonly reason: string;
      readonly codecBytes: number;
    };
