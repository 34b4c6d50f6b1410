/**
 * An archive searched for studies by a patient's name or ID (QIDO-RS, PS3.4 C.2.2.2.4 and 6). Archives differ in
 * whether they look at upper and lower case, so each spelling is asked for; names come with the family first or last.
 * An answer counts only where name or ID holds the words: a server that does not look at them is not believed.
 */
import type { DicomJson } from '../dicom/types.ts';
import { textOf } from './dicom-json.ts';
import type { DicomwebClient, FoundStudy } from './dicomweb.ts';
import { ArchiveError } from './errors.ts';
import { inParallel } from './in-parallel.ts';
import type { AskStudies, Dated, StudyPage } from './newest-first.ts';

export type DatedStudy = Dated & FoundStudy;

const QUESTIONS_AT_A_TIME = 3;
/** A server that names so many studies of others, and so many for each of the patient's, does not look at the words. */
const [OTHERS, OTHERS_FOR_EACH] = [50, 10];

/** Letters that are no letter with a mark, as archives that do not look at marks match them. */
const LETTERS: Readonly<Record<string, string>> = { Ø: 'O', Æ: 'AE', Œ: 'OE', Ł: 'L', Đ: 'D', Þ: 'TH' };
/** Without case and accents. */
const plain = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toUpperCase()
    .replace(/[ØÆŒŁĐÞ]/g, (letter) => LETTERS[letter]!);

/** Whether a study's patient has these words in the name, or in the ID. */
export function isOfPatient(header: DicomJson, words: string): boolean {
  const values = header['00100010']?.Value ?? [];
  const name = plain(
    values.flatMap((one) => (typeof one === 'object' ? Object.values(one ?? {}) : [one])).join(' '),
  );
  const wanted = plain(words);
  return wanted.split(' ').every((word) => name.includes(word)) || plain(textOf(header, '00100020')).includes(wanted); // prettier-ignore
}

/** Every question that finds one of the spellings. */
export function patientQuestions(words: string): Readonly<Record<string, string>>[] {
  const title = words.toLowerCase().replace(/(^|[\s-])\S/gu, (first) => first.toUpperCase());
  const spellings = [...new Set([words, words.toUpperCase(), title])];
  const names = spellings.flatMap((spelling) => {
    const parts = spelling.split(' ');
    return [parts, parts.toReversed()].map((order) => `*${order.join('*')}*`);
  });
  // Some archives know an ID as a whole only.
  const ids = [words, ...[...new Set([words, words.toUpperCase()])].map((spelling) => `*${spelling}*`)];
  return [
    ...[...new Set(names)].map((PatientName) => ({ PatientName })),
    ...ids.map((PatientID) => ({ PatientID })),
  ];
}

/** A search as `openNewestFirst` asks it. */
export function askForPatient(archive: DicomwebClient, words: string): AskStudies<DatedStudy> {
  let questions = patientQuestions(words);
  /** What was last read, where it was read to its end. */
  let last: (StudyPage<DatedStudy> & { readonly range: string | null }) | null = null;

  /** Of one question so many of the patient's studies, or all. */
  const read = async (
    matching: Readonly<Record<string, string>>,
    enough: number,
    signal: AbortSignal | undefined,
  ): Promise<StudyPage<FoundStudy>> => {
    const seen = new Set<string>();
    const found: FoundStudy[] = [];
    for (let [offset, more] = [0, false]; ;) {
      const { studies: page, saysMore } = await archive.studyPage(
        matching,
        { limit: 500, offset },
        { signal },
      );
      const before = seen.size;
      for (const study of page) {
        if (!seen.has(study.studyInstanceUid) && isOfPatient(study.header, words)) found.push(study);
        seen.add(study.studyInstanceUid);
      }
      if (seen.size - found.length >= Math.max(OTHERS, OTHERS_FOR_EACH * found.length))
        throw new ArchiveError(
          'bad-answer',
          `The archive at ${archive.server.peer.host} does not look at names and IDs when it is asked for studies, so it cannot be searched for them. Go on with More studies.`,
        );
      if (page.length > 0) more = saysMore;
      if (seen.size === before) return { studies: found, saysMore: more };
      // What is behind these is asked for next.
      if (found.length >= enough) return { studies: found, saysMore: false };
      offset += page.length;
    }
  };

  return async (range, { limit, offset }, signal) => {
    if (offset > 0 && last?.range === range)
      return { studies: last.studies.slice(offset, offset + limit), saysMore: last.saysMore };
    const dates: Record<string, string> = range === null ? {} : { StudyDate: range };
    // Who asks for what comes after a whole answer asks for all of it.
    const enough = offset > 0 ? Number.POSITIVE_INFINITY : limit;
    const found = new Map<string, DatedStudy>();
    let [whole, more] = [true, false];
    const answers = inParallel(questions, QUESTIONS_AT_A_TIME, async (question) => ({
      question,
      ...(await read({ ...question, ...dates }, enough, signal)),
    }));
    const barren = new Set<object>();
    for await (const { question, studies, saysMore } of answers) {
      more ||= saysMore;
      if (studies.length === 0) barren.add(question);
      whole &&= studies.length < enough;
      for (const study of studies)
        found.set(study.studyInstanceUid, { ...study, date: textOf(study.header, '00080020') });
    }
    // A spelling that nobody has at any date need not be asked for again.
    if (range === null) questions = questions.filter((one) => !barren.has(one));
    // In an order of its own, so that what comes after an offset is the same whichever answer comes first.
    const all = [...found.values()].sort((a, b) => (a.studyInstanceUid < b.studyInstanceUid ? -1 : 1));
    last = whole ? { range, studies: all, saysMore: more } : null;
    return { studies: all.slice(offset, offset + limit), saysMore: more };
  };
}
