import { expect, test } from 'vitest';
import { ArchiveError } from './errors.ts';
import { addDays } from './days.ts';
import { openNewestFirst, type AskStudies, type Dated } from './newest-first.ts';

const TODAY = '20261121';

interface Server {
  readonly studies: readonly Dated[];
  /** Studies in an answer, whatever is asked for. */
  readonly cap?: number;
  readonly dates?: 'ignored' | 'refused';
  readonly offset?: 'ignored';
  /** Studies that a search ever gives, however it goes on. */
  readonly most?: number;
  /** What an account may not see is left out of an answer after it has been cut. */
  readonly maySee?: (study: Dated) => boolean;
  /** What it says where nothing matches. */
  readonly nothing?: 404;
  /** A span without an end finds nothing. */
  readonly openSpans?: 'ignored';
  /** Says so where an answer is not all. */
  readonly warns?: boolean;
}
function served({
  studies,
  cap = Number.POSITIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
  maySee = () => true,
  dates,
  offset: how,
  nothing,
  openSpans,
  warns = false,
}: Server) {
  const asked: string[] = [];
  let rows = 0;
  const ask: AskStudies<Dated> = (range, { limit, offset }) => {
    asked.push(`${range ?? 'all'}@${offset}`);
    if (range !== null && dates === 'refused')
      return Promise.reject(new ArchiveError('bad-answer', 'no', { status: 400 }));
    const [from = '', to = ''] = range?.split('-') ?? [];
    const found = studies.filter(
      ({ date }) =>
        range === null || dates === 'ignored' || (date !== '' && date >= from && (to === '' || date <= to)),
    );
    const at = how === 'ignored' ? 0 : offset;
    const none = openSpans === 'ignored' && range?.endsWith('-');
    const cut = none ? [] : found.slice(0, most).slice(at, at + Math.min(limit, cap));
    if (cut.length === 0 && nothing)
      return Promise.reject(new ArchiveError('not-found', 'no such studies', { status: nothing }));
    const page = cut.filter(maySee);
    rows += page.length;
    const saysMore = warns && !none && at + cut.length < found.length;
    return Promise.resolve({ studies: page, saysMore });
  };
  return { ask, asked, rows: () => rows };
}

/** A generator of numbers from 0 to 1, the same for a seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
const study = (index: number, date: string): Dated => ({ studyInstanceUid: `1.${index}`, date });
/** So many a day in the days before `last`, oldest first. */
const steady = (days: number, each: number, last = TODAY): Dated[] =>
  Array.from({ length: days * each }, (_, at) => study(at, addDays(last, 1 - days + Math.floor(at / each))));
const shuffled = (studies: readonly Dated[], seed = 1): Dated[] => {
  const random = seeded(seed);
  return studies.map((one) => ({ one, key: random() })).sort((a, b) => a.key - b.key).map(({ one }) => one); // prettier-ignore
};

async function all(server: ReturnType<typeof served>, few = false) {
  const search = openNewestFirst(server.ask, TODAY, null, few);
  const batches: (readonly Dated[])[] = [];
  for (let batch = await search.next(undefined); batch; batch = await search.next(undefined))
    batches.push(batch);
  return { batches, sorted: search.sorted(), doubts: search.doubts() };
}

/** Every study once, and each batch older than those before it. */
function expectWhole(
  studies: readonly Dated[],
  batches: readonly (readonly Dated[])[],
  ordered = true,
): void {
  const uids = batches.flat().map((one) => one.studyInstanceUid);
  expect(new Set(uids).size).toBe(uids.length);
  expect(uids.toSorted()).toEqual(studies.map((one) => one.studyInstanceUid).toSorted());
  if (!ordered) return;
  const dates = batches.map((batch) => batch.map(({ date }) => date).toSorted());
  for (const [at, batch] of dates.slice(1).entries()) expect(batch.at(-1)! <= dates[at]![0]!).toBe(true);
}

test.each([
  ['a clinic, oldest first', steady(2600, 3), 3],
  ['a clinic, newest first', steady(2600, 3).toReversed(), 3],
  ['a clinic, in no order', shuffled(steady(2600, 3)), 3],
  ['a hospital', shuffled(steady(150, 60)), 3],
  ['a large hospital', shuffled(steady(20, 400)), 3],
  ['a collection that ended six years ago', shuffled(steady(700, 10, '20201231')), 7],
])('%s: the newest are there after a few answers', async (_, studies, most) => {
  const server = served({ studies });
  const first = (await openNewestFirst(server.ask, TODAY).next(undefined))!;
  const newest = studies
    .map(({ date }) => date)
    .toSorted()
    .at(-1);
  expect(first.some(({ date }) => date === newest)).toBe(true);
  expect(server.asked.length).toBeLessThanOrEqual(most);
  expect(server.rows()).toBeLessThanOrEqual(3500);
  expectWhole(studies, (await all(served({ studies }))).batches);
});

test('N3: a small archive of old studies is there after two answers and a look for more', async () => {
  const server = served({ studies: shuffled(steady(3, 4, '20110305')) });
  const { batches, sorted } = await all(server);
  expect(batches).toHaveLength(1);
  expect(sorted).toBe(true);
  expect(server.asked).toEqual(['20261115-@0', 'all@0', 'all@12']);
});

test('an empty archive ends', async () => {
  expect(await all(served({ studies: [] }))).toEqual({ batches: [], sorted: true, doubts: [] });
});

test('N5: studies without a date come at the end, none is lost', async () => {
  const studies = [...steady(2000, 2), ...Array.from({ length: 700 }, (_, at) => study(10_000 + at, ''))];
  const { batches } = await all(served({ studies: shuffled(studies) }));
  expectWhole(studies, batches, false);
  const dates = batches.flat().map(({ date }) => date);
  expect(dates.slice(-700).every((date) => date === '')).toBe(true);
});

test('N2: more studies than an answer holds on one day, today or ahead of the clock', async () => {
  for (const last of [TODAY, '20261001', '20400101', '20991231']) {
    const studies = shuffled(steady(3, 1200, last));
    const { batches } = await all(served({ studies }));
    expectWhole(studies, batches);
  }
});

test.each(['ignored', 'refused'] as const)('N4: dates %s: as the server names them', async (dates) => {
  const studies = shuffled(steady(700, 3));
  const server = served({ studies, dates });
  const { batches, sorted } = await all(server);
  expect(sorted).toBe(false);
  expect(batches.flat()).toEqual(studies);
  expect(server.asked.length).toBeLessThan(8);
});

test('of a span of days nothing else is asked for, and a server that does not look at dates is not believed', async () => {
  const studies = shuffled(steady(2600, 3));
  const span = { from: '20240201', to: '20240229' };
  const server = served({ studies });
  const search = openNewestFirst(server.ask, TODAY, span);
  const found: Dated[] = [];
  for (let batch = await search.next(undefined); batch; batch = await search.next(undefined))
    found.push(...batch);
  const wanted = studies.filter(({ date }) => date.startsWith('202402'));
  expect(wanted).toHaveLength(29 * 3);
  expectWhole(wanted, [found]);
  expect(server.asked.every((asked) => asked.startsWith('202402'))).toBe(true);
  for (const dates of ['ignored', 'refused'] as const)
    await expect(
      openNewestFirst(served({ studies, dates }).ask, TODAY, span).next(undefined),
    ).rejects.toThrow();
});

test('trouble half way is not taken for a server that knows no dates', async () => {
  const server = served({ studies: shuffled(steady(2600, 3)) });
  let trouble = false;
  const search = openNewestFirst<Dated>((...question) => {
    if (trouble) return Promise.reject(new ArchiveError('bad-answer', 'HTTP 500', { status: 500 }));
    return server.ask(...question);
  }, TODAY);
  const first = await search.next(undefined);
  trouble = true;
  await expect(search.next(undefined)).rejects.toThrow('500');
  trouble = false;
  const second = await search.next(undefined);
  expect(search.sorted()).toBe(true);
  expectWhole([...first!, ...second!], [first!, second!]);
});

test('a server that gives no answer to so broad a question as everything is asked by dates alone', async () => {
  const studies = steady(900, 2, '20241231');
  const server = served({ studies });
  const search = openNewestFirst<Dated>((range, page, signal) => {
    if (range === null) return Promise.reject(new ArchiveError('bad-answer', 'too many', { status: 413 }));
    return server.ask(range, page, signal);
  }, TODAY);
  expect((await search.next(undefined))!.some(({ date }) => date === '20241231')).toBe(true);
});

test('a server that does not look at the offset is not asked for ever', async () => {
  const server = served({ studies: steady(900, 1), offset: 'ignored' });
  await all(server);
  expect(server.asked.length).toBeLessThan(100);
});

test('whatever an archive holds and however it caps its answers: all of it, newest first', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = seeded(seed);
    const count = Math.floor(3000 * random() ** 3);
    const spread = 1 + Math.floor(12_000 * random() ** 2);
    const last = addDays(TODAY, Math.floor(random() * 3000 - 2900));
    const studies = Array.from({ length: count }, (_, at) => {
      const date = addDays(last, -Math.floor(spread * random() ** 3));
      return study(at, random() < 0.02 ? '' : date);
    });
    const cap = [undefined, 7, 100, 499][seed % 4];
    const server = served({ studies, ...(cap === undefined ? {} : { cap }) });
    const { batches } = await all(server);
    const dated = batches.filter((batch) => batch.every(({ date }) => date !== ''));
    expectWhole(studies, batches, false);
    expectWhole(dated.flat(), dated);
  }
});

test.each([50, 51, 100, 101, 499])('N6: a server that ever gives %s of a search: all of it', async (most) => {
  for (const studies of [steady(900, 3), steady(60, 40), steady(140, 30, '20201231')]) {
    const server = served({ studies: shuffled(studies), most });
    const { batches, sorted } = await all(server);
    expectWhole(studies, batches);
    expect(sorted).toBe(true);
    // A question for each answer's worth and one for what is behind it, and some to find how wide a window is.
    expect(server.asked.length).toBeLessThan(40 + 8 * (studies.length / Math.min(most, 100)));
  }
});

test.each([false, true])(
  'N7: nothing is missing in silence, however an archive cuts its answers (few: %s)',
  async (few) => {
    let [whole, cut] = [0, 0];
    for (let seed = 1; seed <= 120; seed++) {
      const random = seeded(seed);
      const days = 1 + Math.floor(200 * random() ** 3);
      const undated = random() < 0.5 ? 0 : 0.1 * random();
      const studies = shuffled(
        Array.from({ length: Math.floor(1500 * random() ** 2) }, (_, at) =>
          study(at, random() < undated ? '' : addDays(TODAY, -Math.floor(days * random() ** 2))),
        ),
        seed,
      );
      const most = [undefined, 50, 100, 137, 499, 1000][seed % 6];
      const cap = [undefined, 30, 100][seed % 3];
      const server = served({
        studies,
        warns: seed % 5 === 0,
        ...(most === undefined ? {} : { most }),
        ...(cap === undefined ? {} : { cap }),
        ...(seed % 7 === 0 ? { offset: 'ignored' } : {}),
        ...(seed % 11 === 0 ? { dates: 'ignored' } : {}),
      });
      const { batches, doubts } = await all(server, few);
      const missing = studies.length - batches.flat().length;
      const here = new Set(batches.flat().map((one) => one.studyInstanceUid));
      for (const { studyInstanceUid, date } of studies) {
        if (here.has(studyInstanceUid)) continue;
        const told = doubts.some(({ of }) =>
          typeof of === 'object'
            ? date !== '' && of.from <= date && date <= of.to
            : of === 'any' || date === '',
        );
        if (!told) expect(doubts, `seed ${seed}: a study of '${date}' is missing`).toBe('said');
      }
      if (most === undefined && seed % 7 > 0 && seed % 11 > 0) {
        expect(missing, `seed ${seed}`).toBe(0);
        // Of what lies on one day, nothing tells how much there would be of two; a round number may be a limit.
        const several = new Set(studies.map(({ date }) => date)).size > 1;
        const round = [0, 1].some(
          (more) => (studies.length - more) % 50 === 0 || Number.isInteger(Math.log2(studies.length - more)),
        );
        if (several && !round) expect(doubts, `seed ${seed}`).toEqual([]);
      }
      if (missing > 0) cut++;
      else if (doubts.length === 0) whole++;
    }
    for (const some of [whole, cut]) expect(some).toBeGreaterThan(30);
  },
);

test('N7: a server that gives nothing and says that there is more is believed, and not asked for each day', async () => {
  for (const few of [false, true]) {
    let asked = 0;
    const search = openNewestFirst<Dated>(() => Promise.resolve({ studies: [], saysMore: ++asked > 0 }), TODAY, null, few); // prettier-ignore
    expect(await search.next(undefined)).toBeNull();
    expect(search.doubts()).not.toEqual([]);
    expect(asked).toBeLessThan(20);
  }
});

test('N6: a short answer is not taken for all: what is not for this account may have been left out of it', async () => {
  const older = steady(400, 12, addDays(TODAY, -3)).map((one) => ({ ...one, studyInstanceUid: `2.${one.studyInstanceUid}` })); // prettier-ignore
  const maySee = ({ studyInstanceUid }: Dated): boolean => /^1|[147]$/.test(studyInstanceUid);
  const studies = shuffled([...steady(3, 40), ...older]);
  const { batches } = await all(served({ studies, cap: 100, maySee }));
  expectWhole(studies.filter(maySee), batches);
});

test('a server that answers 404 where nothing matches is read through its gaps, and one that is not there is not', async () => {
  const studies = shuffled([...steady(5, 3), ...steady(300, 2, '20250101').map((one) => ({ ...one, studyInstanceUid: `2.${one.studyInstanceUid}` }))]); // prettier-ignore
  for (const some of [studies, studies.filter(({ date }) => date < '2026')]) {
    const { batches, sorted } = await all(served({ studies: some, nothing: 404 }));
    expectWhole(some, batches);
    expect(sorted).toBe(true);
  }
  await expect(all(served({ studies: [], nothing: 404 }))).rejects.toThrow('no such studies');
});

test('a server that finds nothing in a span without an end does not hide its newest', async () => {
  const studies = shuffled(steady(700, 3));
  const { batches, sorted } = await all(served({ studies, openSpans: 'ignored' }));
  expectWhole(studies, batches, false);
  expect(sorted).toBe(false);
});

test('a request that fails is made again, and nothing is lost or given twice', async () => {
  const studies = shuffled(steady(3000, 3));
  const server = served({ studies });
  let count = 0;
  const search = openNewestFirst<Dated>((range, page, signal) => {
    if (++count % 3 === 0) return Promise.reject(new ArchiveError('unreachable', 'gone'));
    return server.ask(range, page, signal);
  }, TODAY);
  const batches: (readonly Dated[])[] = [];
  for (let failures = 0; failures < 1000;) {
    try {
      const batch = await search.next(undefined);
      if (!batch) break;
      batches.push(batch);
    } catch (error) {
      expect(error).toMatchObject({ code: 'unreachable' });
      failures++;
    }
  }
  expectWhole(studies, batches);
});
