/**
 * One reading of what an archive holds: as many studies as were asked for, and no further while nobody listens. Rules:
 * it reads till so many studies are read as somebody wants, then rests; it is stopped where nobody listens, and goes on
 * where it was; a failure ends it, and leaves what it found.
 */
import type { Source, StudyWalk } from '../ingest/types.ts';
import type { StudyMatching } from '../../shared/protocol/matching.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import type { Problem, QuarantineRecord, StudyEntry } from '../../shared/volume.ts';

export interface StudiesReading {
  readonly id: number;
  readonly startedMs: number;
  askedMs: number;
  /** In the order of their coming. */
  readonly studies: readonly StudyEntry[];
  readonly quarantine: readonly QuarantineRecord[];
  readonly ignored: number;
  /** Where the archive may hold more than it gave so far. */
  readonly problems: readonly Problem[];
  /** Named and not read yet. */
  readonly named: readonly NamedStudy[];
  readonly read: number;
  /** Null where nobody can say yet. */
  readonly total: number | null;
  /** False where the archive has been read to its end. */
  readonly more: boolean;
  readonly sorted: boolean;
  readonly failure: { readonly error: unknown } | null;
  /** Grows with whatever comes. */
  readonly version: number;
  state(): 'reading' | 'stopped' | 'rests';
  /** Goes on till `studies` of them are read. Nothing where it has failed. */
  want(studies: number): void;
  /** Goes on where it was stopped. */
  goOn(): void;
  /** Ends the requests that are under way. */
  stop(): void;
  /** Resolves at whatever comes next, and at the end. */
  news(): Promise<void>;
}

/** A source without a walk is read at one go. */
function walkOf(
  source: Pick<Source, 'list' | 'walk'>,
  matching: StudyMatching | undefined,
  ignored: (files: number) => void,
): Walk {
  if (source.walk) return source.walk(matching);
  let problems: readonly Problem[] = [];
  return {
    sorted: () => true,
    problems: () => problems,
    async next({ signal, onStudy, onUnplaced }) {
      const handed = new Set<string>();
      const records = new Set<string>();
      const listing = await source.list({
        signal,
        onStudy(step) {
          if (step.study) handed.add(step.study.studyInstanceUid);
          for (const record of step.quarantine) records.add(record.object);
          onStudy?.(step);
        },
      });
      for (const study of listing.studies)
        if (!handed.has(study.studyInstanceUid)) onStudy?.({ study, quarantine: [], last: true });
      onUnplaced?.(listing.quarantine.filter((record) => !records.has(record.object)));
      ignored(listing.ignored);
      problems = listing.problems ?? [];
      return false;
    },
  };
}
type Step = Parameters<NonNullable<Parameters<StudyWalk['next']>[0]['onStudy']>>[0] & {
  readonly total?: number;
  /** The end is near: that is the news. */
  readonly last?: boolean;
};
interface Walk extends Pick<StudyWalk, 'sorted' | 'problems'> {
  next(
    options: Omit<Parameters<StudyWalk['next']>[0], 'onStudy'> & { onStudy?: (step: Step) => void },
  ): Promise<boolean>;
}

/** Begins to read. `signal` ends it for good. */
export function beginReading(
  source: Pick<Source, 'list' | 'walk'>,
  begin: {
    readonly id: number;
    readonly nowMs: number;
    readonly wanted: number;
    /** Only these studies. */
    readonly matching?: StudyMatching | undefined;
  },
  signal: AbortSignal,
  ended: (reading: StudiesReading) => void,
): StudiesReading {
  const studies: StudyEntry[] = [];
  const quarantine: QuarantineRecord[] = [];
  const seen = new Set<string>();
  let named: readonly NamedStudy[] = [];
  let [read, wanted, version, ignored] = [0, begin.wanted, 0, 0];
  let [total, more, running]: [number | null, boolean, AbortController | null] = [null, true, null];
  let failure: { readonly error: unknown } | null = null;
  let came = Promise.withResolvers<void>();
  const walk = walkOf(source, begin.matching, (files) => (ignored = files));

  const say = (): void => {
    version++;
    came.resolve();
    came = Promise.withResolvers();
  };
  async function run(stopped: AbortController): Promise<void> {
    try {
      for (;;) {
        if (!more || read >= wanted || stopped.signal.aborted) break;
        more = await walk.next({
          most: wanted - read,
          signal: AbortSignal.any([signal, stopped.signal]),
          onNamed(now) {
            named = now;
            total = read + named.length;
            say();
          },
          onStudy(step) {
            read++;
            total = step.total ?? read + named.length;
            quarantine.push(...step.quarantine);
            // What is read at one go begins anew where it was stopped.
            if (step.study && !seen.has(step.study.studyInstanceUid)) {
              seen.add(step.study.studyInstanceUid);
              studies.push(step.study);
            }
            if (!step.last) say();
          },
          onUnplaced(records) {
            quarantine.push(...records);
          },
        });
      }
    } catch (error) {
      // Whoever stopped it is the reason why it broke off: that is no failure of the archive.
      if (!stopped.signal.aborted) failure = { error };
    }
    running = null;
    if (state() === 'rests') {
      named = [];
      ended(reading);
    }
    say();
  }
  const state = (): 'reading' | 'stopped' | 'rests' => {
    if (running) return 'reading';
    return !failure && more && read < wanted ? 'stopped' : 'rests';
  };
  const goOn = (): void => {
    if (state() !== 'stopped') return;
    running = new AbortController();
    void run(running);
  };
  const reading: StudiesReading = {
    id: begin.id,
    startedMs: begin.nowMs,
    askedMs: begin.nowMs,
    studies,
    quarantine,
    get ignored() {
      return ignored;
    },
    get problems() {
      return walk.problems();
    },
    get named() {
      return named;
    },
    get read() {
      return read;
    },
    get total() {
      return total;
    },
    get more() {
      return more;
    },
    get sorted() {
      return walk.sorted();
    },
    get failure() {
      return failure;
    },
    get version() {
      return version;
    },
    state,
    want(count) {
      wanted = Math.max(wanted, count);
      goOn();
    },
    goOn,
    stop: () => running?.abort(),
    news: () => came.promise,
  };
  goOn();
  return reading;
}
