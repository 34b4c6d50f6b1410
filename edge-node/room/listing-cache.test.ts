import { expect, test } from 'vitest';
import { largeArchive, studyUid, type LargeArchive } from '../ingest/large-archive.fixture.ts';
import { SourceError, type ListOptions } from '../ingest/types.ts';
import type { Listing, StudyEntry } from '../../shared/volume.ts';
import {
  createListingCache,
  LISTENING_MS,
  LISTING_FRESH_MS,
  type KnownStudies,
  type ListingCache,
} from './listing-cache.ts';

const never = new AbortController().signal;
const uids = (answer: Pick<KnownStudies, 'studies'>): string[] =>
  answer.studies.map((study) => study.studyInstanceUid);
const study = (studyInstanceUid: string, description = ''): StudyEntry =>
  ({ studyInstanceUid, date: '', description, series: [] }) as unknown as StudyEntry;

/** A source whose listings are told step by step. */
function told() {
  let listings = 0;
  let flow: ListOptions = {};
  let end = Promise.withResolvers<Listing>();
  let read = 0;
  return {
    cache: createListingCache(
      {
        list(options = {}) {
          listings++;
          flow = options;
          read = 0;
          end = Promise.withResolvers<Listing>();
          return end.promise;
        },
      },
      never,
    ),
    listings: () => listings,
    asked: () => flow,
    hand: (one: StudyEntry, total = 3) => flow.onStudy?.({ study: one, quarantine: [], read: ++read, total }),
    done: (...studies: StudyEntry[]) => end.resolve({ studies, quarantine: [], ignored: 0 }),
    fail: (error: unknown) => end.reject(error as Error),
  };
}
const gone = new SourceError('unreachable', 'The archive at pacs.example did not answer.');

/** What a page would ask and be answered until the reading rests. */
async function follow(cache: ListingCache, first: KnownStudies): Promise<KnownStudies[]> {
  const answers = [first];
  for (let at = first; at.reading; answers.push(at)) at = await cache.studies(0, { after: at.reading.next });
  return answers;
}
/** The newest `count` studies of 300, from the `from`-th on. */
const newest = (count: number, from = 0): string[] =>
  Array.from({ length: count }, (_, at) => studyUid(300 - from - at));
const metadataOf = (archive: LargeArchive): string[] =>
  archive.asked.filter((path) => path.endsWith('/metadata'));

test('L1, L5: of 20,000 studies the newest are named after three questions, read in order, and no others', async () => {
  const archive = largeArchive(20_000);
  const cache = createListingCache(archive.source, never);
  const first = await cache.studies(0);
  expect(first.named[0]).toMatchObject({ studyInstanceUid: studyUid(20_000), modalities: ['CT'], series: 3 });
  const before = archive.asked.filter((path) => path.startsWith('/studies?')).length;
  expect(archive.asked.length).toBe(before);
  expect(before).toBeLessThanOrEqual(3);
  const last = (await follow(cache, first)).at(-1)!;
  expect(uids(last)).toEqual(Array.from({ length: 50 }, (_, at) => studyUid(20_000 - at)));
  expect(last).toMatchObject({ named: [], more: '1', newestFirst: true, reading: null, failure: null });
  // Of each of fifty: a list of series, a look for more of them, three headers; and a few questions for their names.
  expect(metadataOf(archive)).toHaveLength(150);
  expect(archive.asked.length).toBeLessThan(50 * 5 + 10);
  expect(archive.bytes()).toBeLessThan(1_000_000);
});

test('L5: more studies come a part at a time, each once and in order, till there are no more', async () => {
  const archive = largeArchive(120);
  const cache = createListingCache(archive.source, never);
  let answers = await follow(cache, await cache.studies(0));
  const [gained, sizes]: [string[], number[]] = [[], []];
  for (;;) {
    const last = answers.at(-1)!;
    sizes.push(last.studies.length);
    gained.push(...answers.slice(1, -1).flatMap((answer) => (answer.all ? [] : uids(answer))));
    if (last.more === null) break;
    // Two pages that press at the same time get the same part.
    const [one, other] = await Promise.all([cache.studies(0, { more: last.more }), cache.studies(0, { more: last.more })]); // prettier-ignore
    expect(one.reading).not.toBeNull();
    expect(other.reading).not.toBeNull();
    answers = await follow(cache, one);
  }
  expect(sizes).toEqual([50, 100, 120]);
  expect(new Set(gained).size).toBe(gained.length);
  expect(uids(answers.at(-1)!)).toEqual(newest(120, 180));
  expect(metadataOf(archive)).toHaveLength(360);
});

test('L6: where nobody listens nothing is asked, and whoever comes back finds it going on where it was', async () => {
  const archive = largeArchive(300);
  let silence: (() => void) | null = null;
  const cache = createListingCache(archive.source, never, (ms, act) => {
    expect(ms).toBe(LISTENING_MS);
    silence = act;
    return () => (silence = null);
  });
  let at = await cache.studies(0);
  while (at.reading!.studiesRead < 12) at = await cache.studies(0, { after: at.reading!.next });
  // A page with a question open listens; it leaves, and a moment later nobody has asked again.
  archive.hold((path) => path.includes('/metadata'));
  await archive.quiet();
  at = await cache.studies(0);
  const page = new AbortController();
  const open = cache.studies(0, { after: at.reading!.next }, page.signal);
  expect(silence).toBeNull();
  page.abort(new Error('left'));
  await expect(open).rejects.toThrow('left');
  expect(archive.open()).toBeGreaterThan(0);
  silence!();
  await archive.quiet();
  expect(archive.open()).toBe(0);
  const asked = archive.asked.length;
  await archive.quiet();
  expect(archive.asked.length).toBe(asked);

  archive.release();
  const back = await cache.studies(1);
  expect(back.reading).not.toBeNull();
  expect(back.studies.length).toBeGreaterThanOrEqual(12);
  const last = (await follow(cache, back)).at(-1)!;
  expect(uids(last)).toEqual(newest(50));
  expect(last.failure).toBeNull();
  // Only what was under way was asked for again.
  expect(new Set(metadataOf(archive)).size).toBe(150);
  expect(metadataOf(archive).length).toBeLessThan(150 + 13);
});

test('L7: a search is read beside the listing, a part at a time, and stops one before it', async () => {
  const archive = largeArchive(20_000);
  const cache = createListingCache(archive.source, never);
  expect(cache.searchable).toBe(true);
  await follow(cache, await cache.studies(0));
  const listed = archive.asked.length;
  const search = (words: string) => cache.studies(0, { search: { words, span: null } });
  const found = await follow(cache, await search('number 1999'));
  const ours = [...Array.from({ length: 10 }, (_, at) => studyUid(19_999 - at)), studyUid(11_999), studyUid(1999)]; // prettier-ignore
  expect(uids(found.at(-1)!)).toEqual(ours);
  expect(found.at(-1)).toMatchObject({ more: null, newestFirst: true, failure: null });
  expect(archive.asked.length - listed).toBeLessThan(12 * 5 + 20);

  const many = (await follow(cache, await search('number'))).at(-1)!;
  expect(uids(many)).toEqual(Array.from({ length: 50 }, (_, at) => studyUid(20_000 - at)));
  const next = (await follow(cache, await cache.studies(0, { more: many.more! }))).at(-1)!;
  expect(uids(next)).toHaveLength(100);
  // The listing is what it was.
  expect(uids(await cache.studies(0))).toHaveLength(50);

  archive.hold((path) => path.includes('/metadata'));
  const first = await search('p15');
  await archive.quiet();
  const held = archive.open();
  expect(held).toBeGreaterThan(0);
  const page = async (): Promise<never> => {
    for (let at = first; ;) at = await cache.studies(0, { after: at.reading!.next });
  };
  const refused = expect(page()).rejects.toThrow('Search again');
  for (const words of ['p16', 'p17', 'p18', 'p19']) await search(words);
  await refused;
  await archive.quiet();
  expect(archive.open()).toBe(held);
  // What is not kept is not answered with something else.
  await expect(cache.studies(0, { after: first.reading!.next })).rejects.toMatchObject({
    name: 'Refusal',
    message: expect.stringContaining('Search again') as string,
  });
});

test('an archive that does not look at names is not believed', async () => {
  const cache = createListingCache(largeArchive(300, { ignoresQuery: true }).source, never);
  await expect(cache.studies(0, { search: { words: 'nobody', span: null } })).rejects.toThrow(
    'cannot be searched',
  );
});

test('two pages follow one reading', async () => {
  const source = told();
  const first = source.cache.studies(0);
  const second = source.cache.studies(1);
  source.hand(study('1'));
  const next = (await first).reading!.next;
  const rest = source.cache.studies(2, { after: next });
  source.hand(study('2'));
  expect(uids(await rest)).toEqual(['2']);
  expect(uids(await second)).toContain('1');
  expect(source.listings()).toBe(1);
});

test('L2: what was known stays while it is read again, and goes at the end where it is no more', async () => {
  const source = told();
  const first = source.cache.studies(0);
  source.done(study('old'), study('same'));
  expect(await first).toMatchObject({ all: true, reading: null });
  const again = await source.cache.studies(LISTING_FRESH_MS);
  expect(uids(again)).toEqual(['old', 'same']);
  expect(again.reading).toMatchObject({ studiesRead: 0, studiesTotal: null });
  source.hand(study('same', 'described anew'), 1);
  const more = await source.cache.studies(LISTING_FRESH_MS, { after: again.reading!.next });
  expect(more).toMatchObject({ all: false, studies: [{ description: 'described anew' }] });
  expect(uids(await source.cache.studies(LISTING_FRESH_MS))).toEqual(['same', 'old']);
  const end = source.cache.studies(LISTING_FRESH_MS, { after: more.reading!.next });
  source.done(study('same', 'described anew'));
  expect(await end).toMatchObject({ all: true, reading: null });
  expect(uids(await end)).toEqual(['same']);
});

test('L3: a failure half way leaves what is there and says so; the next question tries again', async () => {
  const source = told();
  const first = source.cache.studies(0);
  source.hand(study('1'));
  const { reading } = await first;
  const rest = source.cache.studies(0, { after: reading!.next });
  source.fail(gone);
  expect(await rest).toEqual({
    studies: [study('1')],
    all: true,
    named: [],
    more: null,
    newestFirst: true,
    searchable: false,
    quarantine: [],
    ignored: 0,
    problems: [],
    reading: null,
    failure: { code: 'unreachable', text: gone.message },
  });
  expect(source.listings()).toBe(1);
  const retried = await source.cache.studies(1);
  expect(retried).toMatchObject({ failure: null, reading: { studiesRead: 0 } });
  expect(uids(retried)).toEqual(['1']);
  expect(source.listings()).toBe(2);
});

test('L3: where nothing was found, the failure is the answer, and the next question tries again', async () => {
  const source = told();
  const first = source.cache.studies(0);
  source.fail(gone);
  await expect(first).rejects.toBe(gone);
  const second = source.cache.studies(0);
  source.done();
  expect(await second).toMatchObject({ studies: [], reading: null, failure: null });
});

test('L4: what took long is fresh for long, unless somebody asks for it anew', async () => {
  const source = told();
  const first = source.cache.studies(0);
  source.hand(study('1'), 2);
  const rest = source.cache.studies(60_000, { after: (await first).reading!.next });
  source.done(study('1'), study('2'));
  await rest;
  expect((await source.cache.studies(600_000)).reading).toBeNull();
  expect(source.listings()).toBe(1);
  // A page that follows a reading which has ended begins no other.
  expect((await source.cache.studies(6_000_000, { after: '1-1' })).reading).toBeNull();
  expect(source.listings()).toBe(1);
  expect((await source.cache.studies(600_000, { again: true })).reading).not.toBeNull();
  expect(source.listings()).toBe(2);
});

test('a study that is not known yet is asked for alone, once; what is not there is asked for anew', async () => {
  const archive = largeArchive(300);
  const cache = createListingCache(archive.source, never);
  const [one, same] = await Promise.all([cache.study(studyUid(7)), cache.study(studyUid(7))]);
  expect(one?.studyInstanceUid).toBe(studyUid(7));
  expect(same).toBe(one);
  const asked = archive.asked.length;
  expect(asked).toBeLessThan(10);
  await cache.study(studyUid(7));
  expect(archive.asked.length).toBe(asked);
  expect(await cache.study('1.9')).toBeNull();
  expect(await cache.study('1.9')).toBeNull();
  expect(archive.asked.filter((path) => path.includes('StudyInstanceUID=1.9'))).toHaveLength(2);
});

test('the end of the service ends the reading', async () => {
  const archive = largeArchive(300);
  const stop = new AbortController();
  const cache = createListingCache(archive.source, stop.signal);
  let at = await cache.studies(0);
  while (at.reading!.studiesRead < 5) at = await cache.studies(0, { after: at.reading!.next });
  stop.abort();
  await archive.quiet();
  const asked = archive.asked.length;
  const rest = await cache.studies(0, { after: at.reading!.next });
  expect(rest).toMatchObject({ reading: null, failure: { code: 'aborted' } });
  expect(rest.studies.length).toBeGreaterThanOrEqual(5);
  await archive.quiet();
  expect(archive.asked.length).toBe(asked);
});

test('L2: where an archive may hold more is said with its days, and stands while they are read again', async () => {
  const dateOf = (study: number): string => (study > 60 ? '20200102' : '20200101');
  const archive = largeArchive(100, { limit: 30, warns: true, dateOf });
  const cache = createListingCache(archive.source, never);
  const texts = ({ problems = [] }: KnownStudies): string => problems.map(({ text }) => text).join();
  const first = (await follow(cache, await cache.studies(0))).at(-1)!;
  expect(first.more).not.toBeNull();
  expect(texts(first)).toContain('30 studies of 2020-01-02');
  const end = (await follow(cache, await cache.studies(0, { more: first.more! }))).at(-1)!;
  expect(end.more).toBeNull();
  expect(texts(end)).toContain('30 studies of 2020-01-02, 30 studies of 2020-01-01');
  archive.hold(() => true);
  const again = await cache.studies(1, { again: true });
  expect(again.reading).not.toBeNull();
  expect(texts(again)).toBe(texts(end));
  archive.release();
});
