/** Twins of this node: opened series held once, and the way out to files. */
import { openSeries } from '../ingest/index.ts';
import { createTwinStore } from './twin-store.ts';
import type { TwinStore } from './twin-store.ts';

export { exportNifti, exportNrrd } from './write-volume.rim.ts';
export { bytesOf, createTwinStore } from './twin-store.ts';
export type { SeriesUids, TwinHandle, TwinStore, TwinStoreOptions } from './twin-store.ts';

/** A store on this machine's clock that opens series by ingest. One for each node. */
export function openTwinStore(
  options: { readonly budgetBytes?: number; readonly timeToLiveMs?: number } = {},
): TwinStore {
  return createTwinStore({ open: openSeries, nowMs: Date.now, ...options });
}
