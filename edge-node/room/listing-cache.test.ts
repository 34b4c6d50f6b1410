import { expect, test } from 'vitest';
import { largeArchive, studyUid, type LargeArchive } from '../ingest/large-archive.fixture.ts';
import { SourceError, type ListOptions } from '../ingest/types.ts';
import type { Listing, StudyEntry } from '../../shared/volume.ts';
import { createListingCache, LISTING_FRESH_MS, type KnownStudies } from './listing-cache.ts';

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

/** Everything a page would ask and be answered until the reading is over. */
async function follow(archive: LargeArchive): Promise<{ answers: KnownStudies[]; askedBefore: number }> {
  const cache = createListingCache(archive.source, never);
  const answers = [await cache.studies(0)];
  const askedBefore = archive.asked.length;
  for (let at = answers[0]!; at.reading; answers.push(at))
    at = await cache.studies(0, { after: at.reading.next });
  return { answers, askedBefore };
}

test('L1: of 300 studies the first answer comes after a few; those after it bring the rest in order, each once', async () => {
  const archive = largeArchive(300);
  const { answers, askedBefore } = await follow(archive);
  expect(askedBefore).toBeLessThan(60);
  const newest = Array.from({ length: 300 }, (_, at) => studyUid(300 - at));
  const last = answers.at(-1)!;
  const before = answers.slice(0, -1).flatMap(uids);
  expect(before.length).toBeGreaterThan(280);
  expect(before).toEqual(newest.slice(0, before.length));
  expect(answers.map((answer) => answer.all)).toEqual(
    answers.map((answer) => answer === answers[0] || answer === last),
  );
  expect(uids(last)).toEqual(newest);
  expect(last).toMatchObject({ reading: null, failure: null });
  for (const { reading } of answers.slice(0, -1)) expect(reading!.studiesTotal).toBe(300);
  // Every study was read once, however often somebody asked.
  expect(archive.asked.filter((path) => path.endsWith('/metadata'))).toHaveLength(900);
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
    quarantine: [],
    ignored: 0,
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
  const { reading } = await cache.studies(0);
  const rest = cache
    .studies(0, { after: reading!.next })
    .then(async (answer) => (answer.reading ? cache.studies(0, { after: '1-299' }) : answer));
  stop.abort();
  expect(await rest).toMatchObject({ reading: null, failure: { code: 'aborted' } });
  const asked = archive.asked.length;
  await archive.quiet();
  expect(archive.asked.length).toBe(asked);
});
