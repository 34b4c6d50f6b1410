/** What is said where an archive may hold more than it gave: a study that is missing and nobody knows of is the harm. */
import type { Doubt, DoubtOf } from '../../fhir/clients/index.ts';
import type { Problem } from '../../shared/volume.ts';

/** Stretches of days that are named; of more, only how many there are. */
const NAMED = 3;

/** Said once, behind the last of them. */
const WHAT_TO_DO =
  'A study that is not here can be looked for on the start page by its patient’s name or ID; whoever runs the archive can raise the limit of its searches.';

const perhapsMore = (text: string): Problem => ({ code: 'perhaps-more', text });

const dayWords = (day: string): string => day.replace(/^(....)(..)(..)$/, '$1-$2-$3');
function ofWords(of: Exclude<DoubtOf, string>): string {
  if (of.from === of.to) return `of ${dayWords(of.to)}`;
  return of.from === '' ? `up to ${dayWords(of.to)}` : `of ${dayWords(of.from)} to ${dayWords(of.to)}`;
}
const studies = (count: number): string => (count === 1 ? '1 study' : `${count} studies`);

/** Sentences for what a search left in doubt: one for each reason there is. */
export function perhapsMoreOf(doubts: readonly Doubt[], host: string): Problem[] {
  const archive = `The archive at ${host}`;
  const problems: Problem[] = [];
  const ofDays = doubts.flatMap(({ of, ...doubt }) => (typeof of === 'object' ? [{ of, ...doubt }] : []));
  for (const said of [true, false]) {
    const some = ofDays.filter((doubt) => doubt.said === said);
    if (some.length === 0) continue;
    const named = some.slice(0, NAMED).map(({ of, given }) => `${studies(given)} ${ofWords(of)}`);
    const others = some.length - named.length;
    const list = named.join(', ') + (others > 0 ? `, and as many of ${others} more` : '');
    problems.push(
      perhapsMore(
        said
          ? `${archive} gave ${list}, and says itself that these are not all.`
          : `${archive} gave ${list}, and gives no more of any search: it may hold more of ${some.length === 1 && some[0]!.of.from === some[0]!.of.to ? 'that day' : 'those days'}.`,
      ),
    );
  }
  for (const { of, given, said } of doubts)
    if (of === 'without-date')
      problems.push(
        perhapsMore(
          `${archive} gave ${studies(given)} of all it holds${said ? ', and says itself that these are not all' : ' and no more'}: it may hold more studies without a date than are listed.`,
        ),
      );
    else if (of === 'any')
      problems.push(
        perhapsMore(
          `${archive} gave ${studies(given)}${said ? ', and says itself that these are not all' : ''}. It cannot be asked for those of one day, so nobody can tell whether it holds more.`,
        ),
      );
  const last = problems.pop();
  return last ? [...problems, perhapsMore(`${last.text} ${WHAT_TO_DO}`)] : [];
}

/** One sentence where a FHIR server counts more studies than it names to its end. */
export function notNamed(host: string, counted: number, named: number): Problem[] {
  if (named >= counted) return [];
  return [
    perhapsMore(
      `The FHIR server at ${host} counts ${counted} imaging studies and named ${named}. One that is not here may be among the others: ask whoever runs that server.`,
    ),
  ];
}

/** One sentence where a study counts more series than its archive gives of it. */
export function seriesNotGiven(counted: number | null, given: number): Problem[] {
  if (counted === null || given >= counted) return [];
  return [
    perhapsMore(
      `The archive counts ${counted} series in this study and gave ${given}. Make sure that nothing you need is missing.`,
    ),
  ];
}
