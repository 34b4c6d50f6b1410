/** What the rooms need from the folders before them, as arguments: tests count and delay them, `wire.ts` has the real. */
import type { FlowOptions, OpenedSeries, Source } from '../ingest/types.ts';
import type { TwinRenderer } from '../render/types.ts';
import type { ViewerStream, ViewerStreamOptions } from '../stream/types.ts';

export interface SeriesKey {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** An opened series held in the node's twin store, shared with whoever else holds it. */
export interface HeldSeries {
  readonly series: OpenedSeries;
  release(): void;
}

export interface RoomEffects {
  /** Volumes for showing: one copy per node, however many rooms hold it. */
  holdSeries(source: Source, key: SeriesKey, options: FlowOptions): Promise<HeldSeries>;
  /** Volumes for one use: a thumbnail. */
  openSeries(source: Source, key: SeriesKey, options: FlowOptions): Promise<OpenedSeries>;
  prepareTwin(
    volume: OpenedSeries['volumes'][number],
    options: { readonly backend?: 'cpu' | 'cuda'; readonly signal?: AbortSignal },
  ): Promise<TwinRenderer>;
  openViewerStream(options: Omit<ViewerStreamOptions, 'encoder'>): Promise<ViewerStream>;
  /** Lets go of what nobody has used for long. */
  sweep(): void;
  close(): Promise<void>;
}
