/**
 * Volumes being shown, each prepared once for all rooms and viewers of it. A load that two rooms wait for goes on
 * until both gave up; a volume goes when the last room let it go.
 */
import { SourceError, type Source } from '../ingest/types.ts';
import type { TwinRenderer } from '../render/types.ts';
import type { Problem, Progress } from '../../shared/volume.ts';
import type { HeldSeries, RoomEffects, SeriesKey } from './effects.ts';

/** One room's hold on a volume. */
export interface View {
  readonly renderer: TwinRenderer;
  readonly problems: readonly Problem[];
  readonly quarantined: number;
  release(): void;
}

interface Entry {
  readonly stop: AbortController;
  readonly listeners: Set<(progress: Progress) => void>;
  readonly ready: Promise<Omit<View, 'release'> & { readonly held: HeldSeries }>;
  users: number;
}

export interface ShownVolumes {
  open(
    key: SeriesKey & { readonly volumeId: string },
    options: { readonly signal: AbortSignal; readonly progress: (progress: Progress) => void },
  ): Promise<View>;
  /** How many volumes are held: 0 when all rooms are gone. */
  readonly size: number;
}

const PREPARING: Progress = {
  stage: 'prepare',
  instancesDone: 0,
  instancesTotal: null,
  bytes: 0,
  bytesPerSecond: 0,
};

export function createShownVolumes(
  source: Source,
  effects: Pick<RoomEffects, 'holdSeries' | 'prepareTwin'>,
  backend: 'cpu' | 'cuda' | undefined,
): ShownVolumes {
  const entries = new Map<string, Entry>();

  async function prepare(
    key: SeriesKey & { readonly volumeId: string },
    signal: AbortSignal,
    progress: (progress: Progress) => void,
  ): Promise<Omit<View, 'release'> & { readonly held: HeldSeries }> {
    const held = await effects.holdSeries(source, key, { signal, progress });
    try {
      const { volumes, problems, quarantine } = held.series;
      const volume = volumes.find((one) => one.id === key.volumeId);
      if (!volume)
        throw new SourceError(
          'no-pixels',
          volumes.length === 0
            ? `Nothing in this series can be shown as a volume (${quarantine.length} of its objects could not be used).`
            : `This series has no volume '${key.volumeId}': it holds ${volumes.map((one) => one.id).join(', ')}.`,
        );
      progress(PREPARING);
      const renderer = await effects.prepareTwin(volume, { signal, ...(backend ? { backend } : {}) });
      return {
        renderer,
        problems: [...problems, ...volume.problems],
        quarantined: quarantine.length,
        held,
      };
    } catch (error) {
      held.release();
      throw error;
    }
  }

  function enter(name: string, key: SeriesKey & { readonly volumeId: string }): Entry {
    const present = entries.get(name);
    if (present) return present;
    const stop = new AbortController();
    const listeners = new Set<(progress: Progress) => void>();
    const tell = (progress: Progress): void => listeners.forEach((listener) => listener(progress));
    const entry: Entry = { stop, listeners, users: 0, ready: prepare(key, stop.signal, tell) };
    entries.set(name, entry);
    // A failed load is asked for anew the next time.
    entry.ready.catch(() => entries.get(name) === entry && entries.delete(name));
    return entry;
  }

  function leave(name: string, entry: Entry): void {
    if (--entry.users > 0) return;
    if (entries.get(name) === entry) entries.delete(name);
    entry.stop.abort();
    entry.ready.then(
      ({ renderer, held }) => {
        renderer.dispose();
        held.release();
      },
      () => undefined,
    );
  }

  return {
    async open(key, { signal, progress }) {
      signal.throwIfAborted();
      const name = JSON.stringify([key.studyInstanceUid, key.seriesInstanceUid, key.volumeId]);
      const entry = enter(name, key);
      entry.users++;
      entry.listeners.add(progress);
      let left = false;
      const release = (): void => {
        if (left) return;
        left = true;
        leave(name, entry);
      };
      const given = Promise.withResolvers<never>();
      const giveUp = (): void => given.reject(signal.reason);
      signal.addEventListener('abort', giveUp, { once: true });
      try {
        const { renderer, problems, quarantined } = await Promise.race([entry.ready, given.promise]);
        return { renderer, problems, quarantined, release };
      } catch (error) {
        release();
        throw error;
      } finally {
        signal.removeEventListener('abort', giveUp);
        entry.listeners.delete(progress);
      }
    },
    get size() {
      return entries.size;
    },
  };
}
