/**
 * The source's studies, read at most once at a time and again after a while; whoever asks is told at once what is known
 * so far. Rules:
 * L1 the first answer comes with the first study that is named, not with the last that is read;
 * L2 while a listing is read again, what was known before stays, and goes when the reading has passed it by;
 * L3 a reading that fails leaves what it found, and its failure beside it; one that found nothing is the failure;
 * L4 a listing that took long is not read again soon, unless somebody asks for just that;
 * L5 so many studies are read as somebody wants to see: a part at first, and one more each time that more are asked for;
 * L6 nothing is asked of the archive while nobody listens: whoever has no question open, nor had one a moment ago;
 * L7 a search is a reading of its own beside the listing; the newest few searches are kept, and a new one stops them.
 */
import type { Source } from '../ingest/types.ts';
import type { StudyMatching } from '../../shared/protocol/matching.ts';
import { STUDIES_A_PART, type StudiesAnswer } from '../../shared/protocol/studies.ts';
import { newestFirst, type Listing, type StudyEntry } from '../../shared/volume.ts';
import { failureWords } from './failure-words.ts';
import { Refusal } from './http-answer.ts';
import { beginReading, type StudiesReading } from './studies-reading.ts';

export const LISTING_FRESH_MS = 15_000;
/** A listing is fresh for so many times as long as it took. */
const FRESH_FOR_EACH_MS = 10;
/** A page asks again within a second; one that has not is gone. */
export const LISTENING_MS = 2500;
/** Studies kept that were asked for one by one. */
const LOOKED_UP = 64;
const SEARCHES = 4;

export type KnownStudies = Omit<StudiesAnswer, 'source'>;

export interface ListingQuestion {
  /** `reading.next` of an answer: waits for what comes after it. */
  readonly after?: string;
  /** `more` of an answer: reads one more part. */
  readonly more?: string;
  /** Reads anew though what is known is fresh. */
  readonly again?: boolean;
  /** Searches the archive for these; only where it is `searchable`. */
  readonly search?: StudyMatching;
}

export interface ListingCache {
  /** Whether `search` may be asked. */
  readonly searchable: boolean;
  /**
   * Rejects with what the source rejected with, where nothing at all is known, and with the reason of `gone` where
   * whoever asks has left.
   */
  studies(nowMs: number, question?: ListingQuestion, gone?: AbortSignal): Promise<KnownStudies>;
  /** A study by its UID, from what is known; asks the source for it alone where it is not. Null where there is none. */
  study(studyInstanceUid: string): Promise<StudyEntry | null>;
}

/** Runs `act` after `ms`; returns what keeps it from that. */
export type Alarm = (ms: number, act: () => void) => () => void;
const realAlarm: Alarm = (ms, act) => {
  const timer = setTimeout(act, ms).unref();
  return () => clearTimeout(timer);
};

/** What is known: what `now` has read, and those of `before` that it has not passed by. */
function together(now: StudiesReading, before: Listing | null): Listing {
  const rests = now.state() === 'rests' && !now.failure;
  if (!before || (rests && !now.more))
    return {
      studies: [...now.studies],
      quarantine: [...now.quarantine],
      ignored: now.ignored,
      problems: now.problems,
    };
  const uids = new Set(now.studies.map((study) => study.studyInstanceUid));
  const objects = new Set(now.quarantine.map((record) => record.object));
  const last = now.studies.at(-1);
  const passed = (study: StudyEntry): boolean =>
    rests && now.sorted && last !== undefined && newestFirst(study, last) < 0;
  return {
    studies: [
      ...now.studies,
      ...before.studies.filter((study) => !uids.has(study.studyInstanceUid) && !passed(study)),
    ],
    quarantine: [...now.quarantine, ...before.quarantine.filter((record) => !objects.has(record.object))],
    ignored: before.ignored,
    // Of days that this reading has not come to, what was said before stands.
    problems: now.problems.length > 0 ? now.problems : (before.problems ?? []),
  };
}

const isFresh = (one: StudiesReading, nowMs: number): boolean =>
  nowMs < one.askedMs + Math.max(LISTING_FRESH_MS, FRESH_FOR_EACH_MS * (one.askedMs - one.startedMs));

export function createListingCache(
  source: Pick<Source, 'list' | 'walk' | 'searchable'>,
  signal: AbortSignal,
  alarm: Alarm = realAlarm,
): ListingCache {
  let before: Listing | null = null;
  let current: StudiesReading | null = null;
  /** The oldest first. */
  let searches: readonly StudiesReading[] = [];
  const searchIds = new Set<number>();
  let readings = 0;
  let listening = 0;
  let stillness: (() => void) | null = null;
  const lookedUp = new Map<string, Promise<StudyEntry | null>>();

  function begin(nowMs: number): StudiesReading {
    if (current) {
      current.stop();
      const known = together(current, before);
      // What nothing came of is as if it had not been.
      before = known.studies.length > 0 ? known : null;
    }
    current = beginReading(source, { id: ++readings, nowMs, wanted: STUDIES_A_PART }, signal, () =>
      lookedUp.clear(),
    );
    return current;
  }

  function beginSearch(nowMs: number, matching: StudyMatching): StudiesReading {
    for (const one of searches) one.stop();
    const asked = { id: ++readings, nowMs, wanted: STUDIES_A_PART, matching };
    const one = beginReading(source, asked, signal, () => undefined);
    searches = [...searches.slice(1 - SEARCHES), one];
    searchIds.add(one.id);
    return one;
  }

  const readingOf = (id: number): StudiesReading | undefined =>
    [current, ...searches].find((one) => one?.id === id) ?? undefined;
  const goOn = (one: StudiesReading): void => {
    if (readingOf(one.id)) one.goOn();
  };

  /** The reading that answers a question. */
  function readingFor(nowMs: number, { again, more, after, search }: ListingQuestion): StudiesReading {
    if (search) return beginSearch(nowMs, search);
    const followed = Number((after ?? more ?? '').split('-')[0]);
    const one = readingOf(followed) ?? current;
    // The listing is no answer to a search.
    if (searchIds.has(followed) && one?.id !== followed) throw notKept();
    if (!one) return begin(nowMs);
    // Whoever follows a reading that has ended gets its end, and begins no other.
    if (after !== undefined || more !== undefined) {
      if (more !== undefined && followed === one.id && one.state() === 'rests')
        one.want(one.read + STUDIES_A_PART);
      if (followed === one.id) one.goOn();
      return one;
    }
    const stale = one.failure !== null || !isFresh(one, nowMs);
    if (one.state() === 'reading') return one;
    if (again || stale) return begin(nowMs);
    one.goOn();
    return one;
  }

  const knownBy = (one: StudiesReading): Listing => together(one, one === current ? before : null);

  function answerOf(one: StudiesReading, from: number | null): KnownStudies {
    const goesOn = one.state() === 'reading';
    const known = knownBy(one);
    if (one.failure && known.studies.length === 0) throw one.failure.error;
    const delta = goesOn && from !== null;
    return {
      ...known,
      studies: delta ? one.studies.slice(from) : known.studies,
      all: !delta,
      named: one.named,
      more: goesOn || one.failure || !one.more ? null : String(one.id),
      newestFirst: one.sorted,
      searchable: source.searchable ?? false,
      reading: goesOn
        ? {
            studiesRead: one.read,
            studiesTotal: one.total,
            next: `${one.id}-${one.studies.length}-${one.version}`,
          }
        : null,
      failure: one.failure && failureWords(one.failure.error, 'read the archive to its end'),
    };
  }

  /** Runs `run` while somebody listens to its outcome. */
  async function heard<T>(run: () => Promise<T>): Promise<T> {
    listening++;
    stillness?.();
    stillness = null;
    try {
      return await run();
    } finally {
      const reading = [current, ...searches].some((one) => one?.state() === 'reading');
      if (--listening === 0 && reading)
        stillness = alarm(LISTENING_MS, () => [current, ...searches].forEach((one) => one?.stop()));
    }
  }

  return {
    searchable: source.searchable ?? false,
    studies: (nowMs, question = {}, gone) =>
      heard(async () => {
        const one = readingFor(nowMs, question);
        one.askedMs = Math.max(one.askedMs, nowMs);
        const [id, from = 0, version = 0] = (question.after ?? '').split('-').map(Number);
        const follows = question.after !== undefined && id === one.id;
        const empty = (): boolean => knownBy(one).studies.length + one.named.length === 0;
        const nothingYet = (): boolean =>
          one.state() === 'reading' && (follows ? one.version <= version : empty());
        const left = gone && rejectionOf(gone);
        while (nothingYet()) {
          await (left ? Promise.race([one.news(), left]) : one.news());
          // It may have been stopped just before somebody came back.
          goOn(one);
        }
        // Another has taken its place meanwhile.
        if (!readingOf(one.id) && one.state() === 'stopped') {
          if (searchIds.has(one.id) || !current) throw notKept();
          return answerOf(current, null);
        }
        return answerOf(one, follows ? from : null);
      }),
    async study(studyInstanceUid) {
      const find = (studies: readonly StudyEntry[] | undefined): StudyEntry | undefined =>
        studies?.find((entry) => entry.studyInstanceUid === studyInstanceUid);
      const here =
        find(current?.studies) ??
        find(before?.studies) ??
        searches.map((one) => find(one.studies)).find((found) => found !== undefined);
      if (here) return here;
      const asked = lookedUp.get(studyInstanceUid);
      if (asked) return asked;
      const looking = source.list({ signal, studyInstanceUid }).then(({ studies }) => find(studies) ?? null);
      lookedUp.set(studyInstanceUid, looking);
      const forget = (): void => {
        if (lookedUp.get(studyInstanceUid) === looking) lookedUp.delete(studyInstanceUid);
      };
      // What is not there, or could not be asked for, is asked for anew the next time.
      looking.then((found) => found ?? forget(), forget);
      for (const oldest of lookedUp.keys()) {
        if (lookedUp.size <= LOOKED_UP) break;
        lookedUp.delete(oldest);
      }
      return looking;
    },
  };
}

const notKept = (): Refusal =>
  new Refusal(
    409,
    'search-not-kept',
    'Others have searched since, and this search is not kept. Search again.',
  );

/** Rejects when the signal does; harmless where nobody waits for it. */
function rejectionOf(signal: AbortSignal): Promise<never> {
  const rejection = new Promise<never>((_, reject) => {
    const end = (): void => reject(signal.reason as Error);
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
  rejection.catch(() => undefined);
  return rejection;
}
