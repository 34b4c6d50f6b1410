/**
 * What an archive gave of its searches, and where it may hold more. Servers cap what they give of a search, at 100, at
 * 1,000, most of them in silence; a search by fewer days then finds the rest, and where there are no fewer days it does
 * not. Rules:
 * G1 what an archive says to be cut is cut;
 * G2 a search that gave as much as the most that any gave may have been cut, if that is MANY or more (SOME, of an archive
 *    that cannot be asked for what is behind), or if it has been seen to give less than it has; one that gave less was not;
 * G3 so a search that gives more takes a doubt away again.
 */

/** What is in doubt: studies of some days (YYYYMMDD, both counted), those without a date, or any. */
export type DoubtOf = { readonly from: string; readonly to: string } | 'without-date' | 'any';
export interface Doubt {
  readonly of: DoubtOf;
  /** Studies that the archive gave of it. */
  readonly given: number;
  /** The archive says itself that this is not all. */
  readonly said: boolean;
}

/** So many studies, with nothing behind them, may be all that a server ever gives of a search. */
const [MANY, SOME] = [50, 10];
/**
 * Servers are set to such a number, where somebody sets them at all, and some give one more; few archives hold just so
 * many studies.
 */
const isRound = (studies: number): boolean =>
  [studies, studies - 1].some((limit) => limit % 50 === 0 || Number.isInteger(Math.log2(limit)));

export interface Given {
  /** Whether so many may be all that the archive gives of one search: enough, and no search gave more. */
  mayBeCut(studies: number): boolean;
  /** It gave the same again where it was asked for what is behind: that nothing new came says nothing. */
  repeats(): void;
  /** A search of anything gave so many. */
  saw(studies: number): void;
  /** A search by days that is not to be narrowed any further. */
  took(doubt: Doubt): void;
  /**
   * The search of everything came to its end.
   * @param found studies known from all searches
   * @param byDays whether all days were searched one after the other too
   * @param undated those of them that had no date
   */
  ended(search: {
    readonly named: number;
    readonly found: number;
    readonly undated: number;
    readonly byDays: boolean;
    readonly said: boolean;
  }): void;
  doubts(): Doubt[];
}

export function openGiven(): Given {
  let [most, enough] = [0, MANY];
  let givesLess = false;
  const last: Doubt[] = [];
  const taken: Doubt[] = [];
  const saw = (studies: number): void => {
    most = Math.max(most, studies);
  };
  return {
    mayBeCut: (studies) => studies >= enough && studies >= most,
    repeats: () => {
      enough = SOME;
    },
    saw,
    took(doubt) {
      saw(doubt.given);
      if (doubt.said || (doubt.given > 0 && doubt.given === most)) taken.push(doubt);
    },
    ended({ named, found, undated, byDays, said }) {
      saw(named);
      givesLess = named < found;
      // A normal archive too names its studies without a date, and nothing tells how many it keeps to itself.
      const cut = byDays ? givesLess || (undated > 0 && named >= enough && isRound(named)) : named >= enough;
      if (said || cut) last.push({ of: byDays ? 'without-date' : 'any', given: named, said });
    },
    doubts: () => [
      ...taken.filter(({ given, said }) => said || (given >= most && (given >= enough || givesLess))),
      ...last,
    ],
  };
}
