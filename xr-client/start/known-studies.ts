/** What the page knows of the archive while it is being read: answers put together, and said in words. Pure. */
import type { StudiesAnswer } from '../../shared/protocol/studies.ts';
import type { StudyEntry } from '../../shared/volume.ts';

export interface KnownStudies extends Pick<
  StudiesAnswer,
  'source' | 'quarantine' | 'ignored' | 'reading' | 'failure'
> {
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
  const { source, quarantine, ignored, reading, failure } = answer;
  return { source, quarantine, ignored, reading, failure, studies };
}

const number = (value: number): string => value.toLocaleString('en');
const studiesOf = (count: number): string => `${number(count)} ${count === 1 ? 'study' : 'studies'}`;

/** 'Reading the archive: 40 of 1,200 studies'. */
export function readingWords({ studiesRead, studiesTotal }: NonNullable<StudiesAnswer['reading']>): string {
  if (studiesTotal === null) return 'Reading the archive again';
  return `Reading the archive: ${number(studiesRead)} of ${studiesOf(studiesTotal)}`;
}

/** The line above the cards. A count of what was read so far is never given as that of the archive. */
export function countWords(known: KnownStudies, found: number, searching: boolean): string {
  const { reading, failure, source } = known;
  const total = known.studies.size;
  const parts: string[] = [];
  if (reading) {
    if (searching) parts.push(`${number(found)} of ${number(total)} known so far match`);
    parts.push(readingWords(reading));
  } else if (total > 0)
    parts.push(
      (searching && found !== total ? `${number(found)} of ` : '') +
        studiesOf(total) +
        (failure ? ' known, not all' : ''),
    );
  return parts.length > 0 ? [...parts, source].join(' · ') : '';
}

/** What a search without a match means now. */
export function noMatchWords({ reading, failure }: KnownStudies, query: string): string | null {
  if (reading) return `Nothing read so far matches “${query}”. The archive is still being read.`;
  if (failure) return `Nothing that could be read matches “${query}”. Not all of the archive was read.`;
  return null;
}

/** Twenty marks on the way: what is spoken at each is enough to know that it goes on. */
export const mark = ({ studiesRead, studiesTotal }: NonNullable<StudiesAnswer['reading']>): number =>
  studiesTotal ? Math.floor((20 * studiesRead) / studiesTotal) : -1;
