/** What the page knows of the archive while it is being read: answers put together, and said in words. Pure. */
import type { NamedStudy, StudiesAnswer } from '../../shared/protocol/studies.ts';
import { newestFirst, type StudyEntry } from '../../shared/volume.ts';
import { START } from '../strings.ts';

export interface KnownStudies extends Omit<StudiesAnswer, 'studies' | 'all'> {
  /** By Study Instance UID. */
  readonly studies: ReadonlyMap<string, StudyEntry>;
}

/** An answer added to what was known. A study that did not change stays the same object, so that its card stays. */
export function learn(known: KnownStudies | null, answer: StudiesAnswer): KnownStudies {
  const studies = new Map<string, StudyEntry>(answer.all ? [] : known?.studies);
  for (const study of answer.studies) {
    const before = known?.studies.get(study.studyInstanceUid);
    const same = before !== undefined && JSON.stringify(before) === JSON.stringify(study);
    studies.set(study.studyInstanceUid, same ? before : study);
  }
  const before = new Map(known?.named.map((one) => [one.studyInstanceUid, one]));
  const named = answer.named.map((one) => {
    const same = before.get(one.studyInstanceUid);
    return same && JSON.stringify(same) === JSON.stringify(one) ? same : one;
  });
  return { ...answer, named, studies };
}

/** Everything that there is a card for, newest first: what is read, and what is named and being read. */
export function cardsOf({ studies, named }: KnownStudies): (StudyEntry | NamedStudy)[] {
  return [...studies.values(), ...named.filter((one) => !studies.has(one.studyInstanceUid))].sort(
    newestFirst,
  );
}

/** 'Reading the archive: 40 of 50 studies'. */
export function readingWords({ studiesRead, studiesTotal }: NonNullable<StudiesAnswer['reading']>): string {
  return studiesTotal === null ? START.readingAgain : START.reading(studiesRead, studiesTotal);
}

/** The line above the cards. A count of what was read so far is never given as that of the archive. */
export function countWords(known: KnownStudies, found: number, searching: boolean): string {
  const { reading, failure, source, more, newestFirst: sorted, studies, named, problems = [] } = known;
  const parts: string[] = [];
  if (reading) {
    if (searching) parts.push(START.matchSoFar(found, studies.size + named.length));
    parts.push(readingWords(reading));
  } else if (studies.size > 0) {
    const few = searching && found !== studies.size;
    if (failure)
      parts.push((few ? START.ofFound(found) : '') + START.studies(studies.size) + START.knownNotAll);
    else if (more === null)
      parts.push(
        (few ? START.ofFound(found) : '') +
          START.studies(studies.size) +
          (problems.length > 0 ? START.perhapsNotAll : ''),
      );
    else {
      if (few) parts.push(START.matchSoFar(found, studies.size));
      else parts.push(sorted ? START.newest(studies.size) : START.unsorted(studies.size));
      parts.push(START.thereAreMore);
    }
  }
  return parts.length > 0 ? [...parts, source].join(' · ') : '';
}

/** The line above the cards of a search of the archive. */
export function searchWords(known: KnownStudies, text: string): string {
  const { reading, failure, source, more, studies, problems = [] } = known;
  const { size } = studies;
  const words = reading
    ? reading.studiesTotal === null || reading.studiesTotal === 0
      ? START.searching(text)
      : START.searchReading(text, reading.studiesRead, reading.studiesTotal)
    : failure || more !== null
      ? START.foundNewest(text, size)
      : START.foundAll(text, size) + (problems.length > 0 ? START.perhapsNotAll : '');
  return [words, ...(more === null ? [] : [START.thereAreMore]), source].join(' · ');
}

/** What a search without a match means now. */
export function noMatchWords(
  { reading, failure, more, studies }: KnownStudies,
  query: string,
): string | null {
  if (reading) return START.noMatchYet(query);
  if (failure) return START.noMatchFailed(query);
  return more === null ? null : START.noMatchInPart(query, studies.size);
}

/** Twenty marks on the way: what is spoken at each is enough to know that it goes on. */
export const mark = ({ studiesRead, studiesTotal }: NonNullable<StudiesAnswer['reading']>): number =>
  studiesTotal ? Math.floor((20 * studiesRead) / studiesTotal) : -1;
