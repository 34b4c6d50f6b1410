/** What the node and a viewer's encode thread say to each other. */
export type EncoderName = 'openh264' | 'x264';

export interface WorkerSettings {
  readonly name: EncoderName;
  readonly width: number;
  readonly height: number;
  readonly bitrateKbps: number;
  /** A picture's budget is bitrate / this: the rate that the head sees at most. */
  readonly maxFps: number;
  /** Over a SharedArrayBuffer: where each coded picture is written, so that none leaves anything to collect. */
  readonly coded: Uint8Array;
}

export type ToEncodeWorker =
  | {
      readonly kind: 'encode';
      readonly id: number;
      /** Over a SharedArrayBuffer: borrowed until the answer. */
      readonly planes: Uint8Array;
      readonly key: boolean;
      readonly bitrateKbps: number;
    }
  | { readonly kind: 'close' };

export type FromEncodeWorker =
  | { readonly kind: 'open' }
  | {
      readonly kind: 'coded';
      readonly id: number;
      /** So many of `coded`. */
      readonly bytes: number;
      readonly key: boolean;
      readonly encodeMs: number;
    }
  /** `id` is -1 where the encoder could not be opened. */
  | { readonly kind: 'failed'; readonly id: number; readonly reason: string };
