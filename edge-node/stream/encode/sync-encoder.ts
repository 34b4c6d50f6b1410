/** An encoder inside its thread: one picture in, its Annex B into `coded`, at once; answers how many bytes. */
export interface SyncEncoder {
  encode(
    planes: Uint8Array,
    coded: Uint8Array,
    options: { readonly key: boolean; readonly bitrateKbps: number; readonly timeMs: number },
  ): number;
  close(): void;
}
