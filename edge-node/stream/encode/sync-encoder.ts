/** An encoder inside its thread: one picture in, its Annex B bytes out, at once. */
export interface SyncEncoder {
  encode(
    planes: Uint8Array,
    options: { readonly key: boolean; readonly bitrateKbps: number; readonly timeMs: number },
  ): Uint8Array<ArrayBuffer>;
  close(): void;
}
