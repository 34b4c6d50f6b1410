/**
 * The studies of a DICOMweb archive, newest first, without reading all of it: QIDO-RS knows no order, but it knows
 * dates (PS3.18 8.3.4, PS3.4 C.2.2.2.5). Rules:
 * N1 the last days are asked for first, then the days before them, in windows as wide as what came lets hope for a page;
 * N2 a window that holds more than one answer is narrowed; a single day that does is read to its end;
 * N3 where the last days hold nothing, one page of everything is asked for: of a small archive that is all;
 * N4 a server that refuses dates, or answers with others than asked for, is read page by page as it names them;
 * N5 at the end everything is gone through once without dates: studies without one, and what came in meanwhile;
 * N6 whether an answer is all of a search is asked, whatever its length: servers cap answers at their own size. Some
 *    give nothing behind that either, so that a long answer which is the longest so far is all of its window only where
 *    a narrower one says so;
 * N7 where nothing is narrower, and the archive gives no more of any search, it may hold more: that is said (`given.ts`).
 */
import { addDays, daysFrom } from './days.ts';
import { ArchiveError } from './errors.ts';
import { openGiven, type Doubt } from './given.ts';

/** One answer of a search: studies with their DICOM date (YYYYMMDD or ''), in no order. */
export interface Dated {
  readonly studyInstanceUid: string;
  readonly date: string;
}
export interface StudyPage<Study> {
  readonly studies: readonly Study[];
  /** The server says that it left some out behind these. */
  readonly saysMore: boolean;
}
export type AskStudies<Study extends Dated> = (
  studyDate: string | null,
  page: { readonly limit: number; readonly offset: number },
  signal: AbortSignal | undefined,
) => Promise<StudyPage<Study>>;

export interface StudyBatches<Study extends Dated> {
  /** Whether each batch is older than those before it. False where the server names studies in its own order. */
  sorted(): boolean;
  /** Where the archive may hold more than was handed over so far; what comes later may take a doubt away. */
  doubts(): readonly Doubt[];
  /** The next studies, each once; null at the end. After a rejection the next call goes on where that one was. */
  next(signal: AbortSignal | undefined): Promise<readonly Study[] | null>;
}

const PAGE = 500;
const FIRST_DAYS = 7;
/** A window that brought fewer is followed by a wider one, one that brought more by a narrower. */
const [FEW, MANY] = [25, 250];
/** A window that brought nothing is followed by one so many times as wide, unless a wider one was too wide. */
const WIDENING = 8;
const OLDEST = '19000101';
/** What a server says that does not do such a search; other failures say nothing about it. */
const refuses = (error: unknown): boolean =>
  error instanceof ArchiveError && [400, 404, 405, 406, 413, 422, 500, 501].includes(error.status ?? 0);
class OtherDates extends ArchiveError {
  constructor() {
    super('bad-answer', 'The archive does not look at the date when it is asked for studies of one.');
  }
}

/**
 * @param today YYYYMMDD; studies of later days are found too
 * @param span first and last day, YYYYMMDD, where no other studies are wanted; a server that does not look at dates is
 *   then a failure
 * @param few where few are looked for among many, or all are: one page of everything is asked for at first
 */
export function openNewestFirst<Study extends Dated>(
  askServer: AskStudies<Study>,
  today: string,
  span: { readonly from: string; readonly to: string } | null = null,
  few = false,
): StudyBatches<Study> {
  /** Asks, and looks whether the server looked at the dates. */
  const ask: AskStudies<Study> = async (range, page, signal) => {
    const answer = await askServer(range, page, signal).catch((error: unknown) => {
      // Some servers say so that nothing matches; one that is not there at all says it to the broadest question too.
      const nothing = error instanceof ArchiveError && error.status === 404 && !span;
      if (nothing && (range !== null || page.offset > 0)) return { studies: [], saysMore: false };
      throw error;
    });
    const [from = '', to = ''] = range?.split('-') ?? [];
    const inside = ({ date }: Study): boolean => date !== '' && date >= from && (to === '' || date <= to);
    if (range !== null && !answer.studies.every(inside)) throw new OtherDates();
    return answer;
  };
  const oldest = span?.from ?? OLDEST;
  let stage: 'last-days' | 'all-at-once' | 'windows' | 'without-dates' | 'end' = span
    ? 'windows'
    : few
      ? 'all-at-once'
      : 'last-days';
  let sorted = true;
  /** Last day of the next window; null where it has no end. */
  let upper: string | null = span?.to ?? null;
  /** It has looked at dates before, and at last at all of them. */
  let [dated, byDays] = [false, false];
  const given = openGiven();
  let days = span ? daysFrom(span.from, span.to) : FIRST_DAYS;
  let [leap, widening] = [1, WIDENING];
  /** Studies in the longest answer so far. */
  let longest = 0;
  let offset = 0;
  /** What the last page of everything said of what is behind it. */
  let said = false;
  /** Studies without a date among those handed over at last. */
  let undated = 0;
  /** A search of everything has been counted to its end. */
  let counted = false;
  /** Handed over, and named by the search without dates. */
  const [known, named] = [new Set<string>(), new Set<string>()];

  const hand = (studies: readonly Study[]): Study[] => {
    const fresh: Study[] = [];
    for (const study of studies) {
      if (known.has(study.studyInstanceUid)) continue;
      known.add(study.studyInstanceUid);
      fresh.push(study);
    }
    return fresh;
  };

  /** The first answer to a search, whether that is all of it, and whether it is nothing where there is something. */
  const inOneAnswer = async (
    range: string | null,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly page: readonly Study[]; readonly whole: boolean; readonly withheld: boolean }> => {
    const { studies: page, saysMore } = await ask(range, { limit: PAGE, offset: 0 }, signal);
    longest = Math.max(longest, page.length);
    given.saw(page.length);
    // Days that give nothing and should are said; to narrow them might take a question for each day of a century.
    if (page.length === 0) return { page, whole: range !== null || !saysMore, withheld: saysMore };
    const mayBeCut = (): boolean => page.length === longest && given.mayBeCut(page.length);
    if (saysMore || mayBeCut()) return { page, whole: false, withheld: false };
    const uids = new Set(page.map((study) => study.studyInstanceUid));
    const rest = await ask(range, { limit: PAGE, offset: page.length }, signal);
    const same = rest.studies.every((study) => uids.has(study.studyInstanceUid));
    if (same && rest.studies.length > 0) given.repeats();
    return { page, whole: same && !mayBeCut(), withheld: false };
  };
  /** Days that hold the newer half of an answer: less than it, so that a window of them may be seen to be whole. */
  const newerHalf = (page: readonly Study[]): number => {
    const dates = page
      .map(({ date }) => date)
      .filter((date) => date !== '')
      .toSorted();
    const middle = dates[Math.floor(dates.length / 2)];
    return middle === undefined ? days : Math.max(1, daysFrom(middle, today));
  };
  /** A search to its end, however many answers it takes, or till so many are found. */
  const toItsEnd = async (
    range: string | null,
    signal: AbortSignal | undefined,
    enough = Number.POSITIVE_INFINITY,
  ): Promise<StudyPage<Study> & { readonly all: boolean }> => {
    const found = new Map<string, Study>();
    for (let [at, more] = [0, false]; ;) {
      const { studies, saysMore } = await ask(range, { limit: PAGE, offset: at }, signal);
      const before = found.size;
      for (const study of studies) found.set(study.studyInstanceUid, study);
      const all = found.size === before;
      if (studies.length > 0) more = saysMore;
      if (all && studies.length > 0) given.repeats();
      if (all || found.size >= enough) return { studies: [...found.values()], saysMore: more, all };
      at += studies.length;
    }
  };
  /** Looks whether a search of everything gives more than one of a day did: then that one was not cut. */
  const countMore = async (studies: number, signal: AbortSignal | undefined): Promise<void> => {
    if (counted || !given.mayBeCut(studies)) return;
    const everything = await toItsEnd(null, signal, studies + 1).catch((error: unknown) => {
      if (refuses(error)) return { studies: [], all: true };
      throw error;
    });
    counted = everything.all;
    given.saw(everything.studies.length);
  };

  /** One window that was read whole; null where it has to be another. */
  const window = async (signal: AbortSignal | undefined): Promise<Study[] | null> => {
    const last = upper ?? today;
    const first = addDays(last, 1 - days);
    const isLast = first <= oldest;
    const [from, to] = [isLast ? (span?.from ?? '') : first, upper ?? ''];
    const range = `${from}-${to}`;
    let found: readonly Study[];
    let whole: boolean;
    let saysMore: boolean;
    try {
      ({ page: found, whole, withheld: saysMore } = await inOneAnswer(range, signal));
      if (!whole && days === 1 && upper !== null) {
        ({ studies: found, saysMore } = await toItsEnd(range, signal));
        whole = true;
        if (!saysMore) await countMore(found.length, signal);
      }
    } catch (error) {
      // Once it has looked at dates, its trouble is another.
      const cannot = error instanceof OtherDates || (!dated && refuses(error));
      if (!cannot || span) throw error;
      [stage, sorted, offset] = ['without-dates', false, 0];
      return null;
    }
    dated = true;
    if (!whole && days === 1) {
      // More than a page lies ahead of today: whose clock is wrong? From far ahead, then.
      today = addDays(today, leap);
      leap *= 4;
      if (today.startsWith('9999')) [stage, sorted] = ['without-dates', false];
      return null;
    }
    if (!whole) {
      // The newest of them is no older than the newest of the answer.
      const newest = found.reduce((most, { date }) => (date > most ? date : most), from);
      const needed = Math.max(1, daysFrom(newest, last));
      // An answer that may be all of it is not narrowed by more than it takes to tell.
      if (found.length < PAGE) days = Math.ceil(days / 2);
      else days = needed <= days / 2 ? needed : Math.ceil(days / 4);
      widening = 2;
      stage = 'windows';
      return null;
    }
    given.took({ of: { from: isLast ? from : first, to: last }, given: found.length, said: saysMore });
    if (isLast) [stage, byDays] = [span ? 'end' : 'without-dates', true];
    else if (stage === 'last-days' && found.length === 0) stage = 'all-at-once';
    else stage = 'windows';
    upper = addDays(first, -1);
    if (leap > 1) days = leap / 4;
    else if (found.length === 0) days *= widening;
    else if (found.length < FEW) days *= 4;
    else if (found.length > MANY) days = Math.ceil(days / 2);
    leap = 1;
    if (found.length > 0) widening = WIDENING;
    return hand(found);
  };

  const steps = {
    'last-days': window,
    windows: window,
    async 'all-at-once'(signal: AbortSignal | undefined): Promise<Study[] | null> {
      // A server may refuse to answer so broad a question.
      const { page, whole } = await inOneAnswer(null, signal).catch((error: unknown) => {
        if (refuses(error)) return { page: [], whole: false };
        throw error;
      });
      stage = whole ? 'end' : 'windows';
      if (!whole && upper === null) days = newerHalf(page);
      // The last days were said to hold nothing, and they do: such a server is not to be asked by dates.
      if (!whole && upper !== null && page.some(({ date }) => date > upper!))
        [stage, sorted] = ['without-dates', false];
      return whole ? hand(page) : null;
    },
    async 'without-dates'(signal: AbortSignal | undefined): Promise<Study[] | null> {
      const { studies: page, saysMore } = await ask(null, { limit: PAGE, offset }, signal);
      const before = named.size;
      for (const { studyInstanceUid } of page) named.add(studyInstanceUid);
      if (page.length > 0) said = saysMore;
      offset += page.length;
      const fresh = hand(page);
      undated += fresh.filter(({ date }) => date === '').length;
      // Some servers do not look at `offset`, and give the same for ever.
      if (named.size === before) {
        stage = 'end';
        if (page.length > 0) given.repeats();
        given.ended({ named: named.size, found: known.size, undated, byDays, said });
      }
      // What its dates did not bring may be newer than what they brought.
      if (fresh.some(({ date }) => date !== '')) sorted = false;
      return fresh;
    },
    end: () => Promise.resolve(null),
  };

  return {
    sorted: () => sorted,
    doubts: () => given.doubts(),
    async next(signal) {
      for (;;) {
        if (stage === 'end') return null;
        const studies = await steps[stage](signal);
        if (studies && studies.length > 0) return studies;
      }
    },
  };
}
