/** What a person types to find studies, as an archive is asked for it: of whom, and of when. Pure. */

export interface StudyMatching {
  /** What a patient's name or ID holds; '' where only a date was given. */
  readonly words: string;
  /** First and last day, YYYYMMDD; null for any. */
  readonly span: { readonly from: string; readonly to: string } | null;
}

const DATES: readonly (readonly [pattern: RegExp, order: readonly [number, number, number]])[] = [
  [/^(\d{4})-(\d{2})-(\d{2})$/, [1, 2, 3]],
  [/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, [3, 2, 1]],
  [/^(\d{4})-(\d{2})$/, [1, 2, 0]],
  [/^(\d{1,2})\.(\d{4})$/, [2, 1, 0]],
];

/** A day or a month as people of no country misread it: 2026-03-14, 14.3.2026, 2026-03, 3.2026. */
function readDate(word: string): StudyMatching['span'] {
  for (const [pattern, [y, m, d]] of DATES) {
    const parts = pattern.exec(word);
    if (!parts) continue;
    const [year, month] = [Number(parts[y]), Number(parts[m])];
    const last = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const [first, end] = d === 0 ? [1, last] : [Number(parts[d]), Number(parts[d])];
    if (year < 1900 || month < 1 || month > 12 || first < 1 || end > last) return null;
    const day = (date: number): string =>
      `${year}${String(month).padStart(2, '0')}${String(date).padStart(2, '0')}`;
    return { from: day(first), to: day(end) };
  }
  return null;
}

/** Characters that mean something else in a question to an archive (PS3.4 C.2.2.2): any text, any character, many values. */
const SPECIAL = /[*?\\^=]/g;
const LONGEST = 64;

/** Null where there is too little to ask for: a name or ID has two characters at least. */
export function readMatching(text: string): StudyMatching | null {
  let span: StudyMatching['span'] = null;
  const words: string[] = [];
  for (const word of text.replace(SPECIAL, ' ').trim().split(/\s+/)) {
    const date: StudyMatching['span'] = span ? null : readDate(word);
    if (date) span = date;
    else if (word !== '') words.push(word);
  }
  const joined = words.join(' ').slice(0, LONGEST);
  if (joined.length === 1 || (joined === '' && !span)) return null;
  return { words: joined, span };
}
