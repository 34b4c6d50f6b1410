/**
 * The source's listing, read at most once at a time and again after a while; whoever asks is told at once what is
 * known so far. Rules:
 * L1 the first answer comes with the first study, not with the last;
 * L2 while a listing is read again, what was known before stays, and goes when the reading is done without it;
 * L3 a reading that fails leaves what it found, and its failure beside it; one that found nothing is the failure;
 * L4 a listing that took long is not read again soon, unless somebody asks for just that.
 */
import type { Source } from '../ingest/types.ts';
import type { StudiesAnswer } from '../../shared/protocol/studies.ts';
import type { Listing, QuarantineRecord, StudyEntry } from '../../shared/volume.ts';
import { failureWords } from './failure-words.ts';

export const LISTING_FRESH_MS = 15_000;
/** A listing is fresh for so many times as long as it took. */
const FRESH_FOR_EACH_MS = 10;
/** Studies kept that were asked for one by one. */
const LOOKED_UP = 64;

export type KnownStudies = Omit<StudiesAnswer, 'source'>;

export interface ListingQuestion {
  /** `reading.next` of an answer: waits for what comes after it. */
  readonly after?: string;
  /** Reads anew though what is known is fresh. */
  readonly again?: boolean;
}

export interface ListingCache {
  /** Rejects with what the source rejected with, where nothing at all is known. */
  studies(nowMs: number, question?: ListingQuestion): Promise<KnownStudies>;
  /** A study by its UID, from what is known; asks the source for it alone where it is not. Null where there is none. */
  study(studyInstanceUid: string): Promise<StudyEntry | null>;
}

interface Reading {
  readonly id: number;
  readonly startedMs: number;
  askedMs: number;
  /** In the order of their coming. */
  readonly studies: StudyEntry[];
  readonly quarantine: QuarantineRecord[];
  read: number;
  total: number | null;
  /** Resolves at the next study, and at the end. */
  news: PromiseWithResolvers<void>;
  /** Null while it goes on. */
  end: { readonly error: unknown } | null;
}

interface Known {
  readonly listing: Listing;
  readonly failure: StudiesAnswer['failure'];
  readonly freshUntilMs: number;
}

/** What is known: the studies of `now`, and those of `before` that it has not come to. */
function together(now: Pick<Listing, 'studies' | 'quarantine'>, before: Listing | undefined): Listing {
  if (!before) return { studies: [...now.studies], quarantine: [...now.quarantine], ignored: 0 };
  const uids = new Set(now.studies.map((study) => study.studyInstanceUid));
  const objects = new Set(now.quarantine.map((record) => record.object));
  return {
    studies: [...now.studies, ...before.studies.filter((study) => !uids.has(study.studyInstanceUid))],
    quarantine: [...now.quarantine, ...before.quarantine.filter((record) => !objects.has(record.object))],
    ignored: before.ignored,
  };
}

export function createListingCache(source: Pick<Source, 'list'>, signal: AbortSignal): ListingCache {
  let known: Known | null = null;
  let reading: Reading | null = null;
  let readings = 0;
  const lookedUp = new Map<string, Promise<StudyEntry | null>>();

  function finish(one: Reading, listing: Listing, failure: StudiesAnswer['failure']): void {
    const took = one.askedMs - one.startedMs;
    const freshUntilMs = one.askedMs + Math.max(LISTING_FRESH_MS, FRESH_FOR_EACH_MS * took);
    known = { listing, failure, freshUntilMs };
    lookedUp.clear();
  }

  async function read(one: Reading): Promise<void> {
    let error: unknown = null;
    try {
      const listing = await source.list({
        signal,
        onStudy(step) {
          if (step.study) one.studies.push(step.study);
          one.quarantine.push(...step.quarantine);
          one.read = step.read;
          one.total = step.total;
          one.news.resolve();
          one.news = Promise.withResolvers();
        },
      });
      finish(one, listing, null);
    } catch (reason) {
      error = reason;
      const left = together(one, known?.listing);
      if (left.studies.length > 0) finish(one, left, failureWords(error, 'read the archive to its end'));
      else known = null;
    }
    one.end = { error };
    reading = null;
    one.news.resolve();
  }

  function begin(nowMs: number): Reading {
    const one: Reading = {
      id: ++readings,
      startedMs: nowMs,
      askedMs: nowMs,
      studies: [],
      quarantine: [],
      read: 0,
      total: null,
      news: Promise.withResolvers(),
      end: null,
    };
    reading = one;
    void read(one);
    return one;
  }

  /** An answer while `one` goes on; all of it, or what came after the first `from` studies. */
  function soFar(one: Reading, from: number | null): KnownStudies {
    const { studies, quarantine, ignored } = together(one, known?.listing);
    return {
      studies: from === null ? studies : one.studies.slice(from),
      all: from === null,
      quarantine,
      ignored,
      reading: { studiesRead: one.read, studiesTotal: one.total, next: `${one.id}-${one.studies.length}` },
      failure: null,
    };
  }

  function ended(one: Reading | null): KnownStudies {
    if (!known) throw one?.end?.error;
    return { ...known.listing, all: true, reading: null, failure: known.failure };
  }

  return {
    async studies(nowMs, { after, again = false } = {}) {
      const [id, from] = (after ?? '').split('-').map(Number);
      const follows = after !== undefined && reading?.id === id;
      // Whoever follows a reading that has ended gets its end, and begins no other.
      if (!follows && !reading && known && (after !== undefined || isFresh(known, nowMs, again)))
        return ended(null);
      const one = reading ?? begin(nowMs);
      one.askedMs = Math.max(one.askedMs, nowMs);
      const enough = follows ? (from ?? 0) : 0;
      const nothingYet = (): boolean =>
        !one.end && one.studies.length <= enough && (follows || !known?.listing.studies.length);
      while (nothingYet()) await one.news.promise;
      return one.end ? ended(one) : soFar(one, follows ? enough : null);
    },
    async study(studyInstanceUid) {
      const find = (studies: readonly StudyEntry[] | undefined): StudyEntry | undefined =>
        studies?.find((entry) => entry.studyInstanceUid === studyInstanceUid);
      const here = find(reading?.studies) ?? find(known?.listing.studies);
      if (here) return here;
      const before = lookedUp.get(studyInstanceUid);
      if (before) return before;
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

const isFresh = (known: Known, nowMs: number, again: boolean): boolean =>
  !again && known.failure === null && nowMs < known.freshUntilMs;
