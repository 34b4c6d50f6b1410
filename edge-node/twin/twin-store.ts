/**
 * Opened series of one node, shared by every room and viewer that shows them: voxels live once. What nobody holds
 * stays for a while, within a budget, and is never the only copy. Time is an argument.
 */
import type { FlowOptions, OpenedSeries, ProgressSink, Source } from '../ingest/index.ts';

export interface SeriesUids {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}

/** Held by whoever shows the series; `release()` (or `using`) gives it back. Twice is harmless. */
export interface TwinHandle extends Disposable {
  readonly series: OpenedSeries;
  release(): void;
}

export interface TwinStore extends Disposable {
  /** Opens the series or joins whoever has it open or is opening it. Rejects as `openSeries` does. */
  openTwin(source: Source, uids: SeriesUids, options?: FlowOptions): Promise<TwinHandle>;
  /** Forgets what nobody holds: over the budget the longest unused first, and all that is older than the time to live. */
  sweep(): void;
  /** Bytes of voxels in memory, held or kept. */
  bytes(): number;
  /** Series in memory, held or kept. */
  size(): number;
  dispose(): void;
}

export interface TwinStoreOptions {
  readonly open: (source: Source, uids: SeriesUids, options: FlowOptions) => Promise<OpenedSeries>;
  readonly nowMs: () => number;
  /** For what nobody holds. Default 4 GiB. */
  readonly budgetBytes?: number;
  /** For what nobody holds. Default 24 h. */
  readonly timeToLiveMs?: number;
}

interface Entry {
  readonly opening: Promise<OpenedSeries>;
  readonly stop: AbortController;
  readonly sinks: Set<ProgressSink>;
  series: OpenedSeries | null;
  /** Handles given out, and openings that wait. */
  holders: number;
  unusedSinceMs: number;
}

export const bytesOf = (series: OpenedSeries): number => {
  const buffers = new Set(series.volumes.flatMap((v) => v.phases.map((p) => p.voxels.buffer)));
  return [...buffers].reduce((sum, buffer) => sum + buffer.byteLength, 0);
};

export function createTwinStore(options: TwinStoreOptions): TwinStore {
  const { open, nowMs, budgetBytes = 4 * 2 ** 30, timeToLiveMs = 24 * 3_600_000 } = options;
  const bySource = new WeakMap<Source, string>();
  const entries = new Map<string, Entry>();
  let sources = 0;

  const keyOf = (source: Source, uids: SeriesUids): string => {
    if (!bySource.has(source)) bySource.set(source, String(sources++));
    return `${bySource.get(source)}/${uids.studyInstanceUid}/${uids.seriesInstanceUid}`;
  };

  const begin = (key: string, source: Source, uids: SeriesUids): Entry => {
    const stop = new AbortController();
    const sinks = new Set<ProgressSink>();
    const opening = open(source, uids, {
      signal: stop.signal,
      progress: (progress) => {
        for (const sink of sinks) sink(progress);
      },
    });
    const entry: Entry = { opening, stop, sinks, series: null, holders: 0, unusedSinceMs: nowMs() };
    entries.set(key, entry);
    opening.then(
      (series) => (entry.series = series),
      () => entries.get(key) === entry && entries.delete(key),
    );
    return entry;
  };

  const letGo = (key: string, entry: Entry): void => {
    entry.holders--;
    if (entry.holders > 0) return;
    entry.unusedSinceMs = nowMs();
    if (!entry.series) {
      // The last who waited has gone: nobody wants what is still on its way.
      if (entries.get(key) === entry) entries.delete(key);
      entry.stop.abort();
    }
    sweep();
  };

  const sweep = (): void => {
    const idle = [...entries]
      .filter(([, entry]) => entry.holders === 0 && entry.series)
      .sort(([, a], [, b]) => a.unusedSinceMs - b.unusedSinceMs);
    let kept = idle.reduce((sum, [, entry]) => sum + bytesOf(entry.series!), 0);
    for (const [key, entry] of idle) {
      if (kept <= budgetBytes && nowMs() - entry.unusedSinceMs < timeToLiveMs) continue;
      entries.delete(key);
      kept -= bytesOf(entry.series!);
    }
  };

  const handle = (key: string, entry: Entry, series: OpenedSeries): TwinHandle => {
    let held = true;
    const release = (): void => {
      if (held) letGo(key, entry);
      held = false;
    };
    return { series, release, [Symbol.dispose]: release };
  };

  const openTwin: TwinStore['openTwin'] = async (source, uids, { signal, progress } = {}) => {
    signal?.throwIfAborted();
    sweep();
    const key = keyOf(source, uids);
    const entry = entries.get(key) ?? begin(key, source, uids);
    entry.holders++;
    if (progress) entry.sinks.add(progress);
    const left = Promise.withResolvers<never>();
    const leave = (): void => left.reject(signal!.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return handle(key, entry, await Promise.race([entry.opening, left.promise]));
    } catch (error) {
      letGo(key, entry);
      throw error;
    } finally {
      signal?.removeEventListener('abort', leave);
      if (progress) entry.sinks.delete(progress);
    }
  };

  const dispose = (): void => {
    for (const entry of entries.values()) if (!entry.series) entry.stop.abort();
    entries.clear();
  };

  const loaded = (): Entry[] => [...entries.values()].filter((entry) => entry.series);
  return {
    openTwin,
    sweep,
    bytes: () => loaded().reduce((sum, entry) => sum + bytesOf(entry.series!), 0),
    size: () => loaded().length,
    dispose,
    [Symbol.dispose]: dispose,
  };
}
