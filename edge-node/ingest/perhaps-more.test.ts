import { expect, test } from 'vitest';
import type { Problem } from '../../shared/volume.ts';
import { findStudies } from './find-studies.ts';
import { largeArchive, studyUid } from './large-archive.fixture.ts';
import { nameByDates } from './name-studies.ts';

type How = NonNullable<Parameters<typeof largeArchive>[1]>;
interface Found {
  readonly uids: ReadonlySet<string>;
  readonly problems: readonly Problem[];
  readonly asked: readonly string[];
}
const NOW = Date.UTC(2026, 10, 21);

/** No study is read: which there are is what matters. */
async function listed(studies: number, how: How): Promise<Found> {
  const { client, asked } = largeArchive(studies, how);
  const { wanted, problems } = await findStudies({}, { fhir: null, archive: () => client, nowMs: NOW });
  return { uids: new Set(wanted.map((one) => one.studyInstanceUid)), problems, asked };
}
async function walked(studies: number, how: How): Promise<Found> {
  const { client, asked } = largeArchive(studies, how);
  const names = nameByDates(client, NOW);
  const { signal } = new AbortController();
  const uids = new Set<string>();
  for (let batch = await names.name(signal); batch; batch = await names.name(signal))
    for (const { studyInstanceUid } of batch.wanted) uids.add(studyInstanceUid);
  return { uids, problems: names.problems(), asked };
}
const ways = [
  ['the listing', listed],
  ['the page', walked],
] as const;
const texts = ({ problems }: Found): string => problems.map(({ text }) => text).join('\n');

/** The newest 130 of 300 are of one day. */
const busy = (study: number): string =>
  study > 170
    ? '20261120'
    : new Date(Date.UTC(2025, 0, study)).toISOString().slice(0, 10).replaceAll('-', '');

test.each(ways)('%s: an archive that keeps nothing to itself is not said to', async (_, find) => {
  for (const [studies, how] of [
    [0, {}],
    [3, {}],
    [49, {}],
    [300, {}],
    [700, {}],
    [300, { dateOf: busy }],
    // What it says of an answer that goes on is no loss.
    [700, { warns: true }],
    [310, { dateOf: (study: number) => (study % 40 === 0 ? '' : busy(study)) }],
  ] as const) {
    const found = await find(studies, how);
    expect(found.uids.size).toBe(studies);
    expect(found.problems).toEqual([]);
  }
});

test.each(ways)('%s: a limit of an archive hides no study that has a day to itself', async (_, find) => {
  for (const limit of [60, 100, 101]) {
    const found = await find(300, { limit });
    expect(found.uids.size).toBe(300);
    // It is known now that the archive gives less than it has.
    expect(texts(found)).toContain('without a date');
    expect(found.problems.map(({ code }) => code)).toEqual(['perhaps-more']);
  }
});

test.each(ways)('%s: a day that holds more than the limit is named', async (_, find) => {
  for (const more of [{}, { ignoresOffset: true }]) {
    const found = await find(300, { limit: 100, dateOf: busy, ...more });
    expect(found.uids.size).toBe(270);
    expect(texts(found)).toMatch(/gave 100 studies of 2026-11-20, and gives no more of any search/);
    expect(texts(found)).toContain('pacs.example');
  }
});

test.each(ways)('%s: what an archive says itself to have left out is said', async (_, find) => {
  // Fewer than anybody would take for a limit.
  const found = await find(300, { limit: 20, warns: true, dateOf: busy });
  expect(found.uids.size).toBe(190);
  expect(texts(found)).toMatch(/gave 20 studies of 2026-11-20, and says itself that these are not all/);
});

test.each(ways)('%s: studies without a date behind the limit are said', async (_, find) => {
  const how: How = { limit: 100, dateOf: (study) => (study % 2 === 0 ? '' : busy(study)) };
  const found = await find(240, how);
  expect(found.uids.size).toBeLessThan(240);
  expect(texts(found)).toContain('may hold more studies without a date');
});

test.each(ways)('%s: an archive that gives the same page again and again', async (_, find) => {
  // A day holds fewer than an answer: all are found.
  const one = await find(700, { ignoresOffset: true });
  expect(one.uids.size).toBe(700);
  // Its answers hold five hundred, and so many lie on one day.
  const two = await find(700, { ignoresOffset: true, dateOf: () => '20261120' });
  expect(two.uids.size).toBe(500);
  expect(texts(two)).toMatch(/gave 500 studies of 2026-11-20/);
  expect(two.asked.length).toBeLessThan(40);
});

test.each(ways)('%s: an archive that does not look at dates', async (_, find) => {
  const found = await find(300, { ignoresQuery: true, limit: 100 });
  expect(found.uids.size).toBe(100);
  expect(texts(found)).toContain('cannot be asked for those of one day');
  expect((await find(12, { ignoresQuery: true })).problems).toEqual([]);
});

test('of 300 studies no more is asked than when a listing went by offset alone', async () => {
  const { source, asked } = largeArchive(300);
  expect((await source.list()).studies).toHaveLength(300);
  // Two searches, and of each study its series, what is behind them, and the headers of three.
  expect(asked.length).toBeLessThan(2 + 300 * 5);
  expect(asked.filter((path) => path.startsWith('/studies?')).length).toBeLessThan(15);
});

test('the source says it beside its listing and on a walk', async () => {
  const how: How = { limit: 60, dateOf: (study) => (study > 20 ? '20260101' : '20250101') };
  const { source } = largeArchive(90, how);
  const listing = await source.list();
  expect(listing.studies).toHaveLength(80);
  expect(listing.problems).toEqual([
    { code: 'perhaps-more', text: expect.stringContaining('60 studies of 2026-01-01') as string },
    { code: 'perhaps-more', text: expect.stringContaining('without a date') as string },
  ]);
  const walk = source.walk!();
  await walk.next({ most: 20 });
  // Those of that day are named by now, and that they are not all is known with them.
  const [first] = walk.problems();
  expect(walk.problems()).toHaveLength(1);
  expect(first!.text.startsWith(listing.problems![0]!.text)).toBe(true);
  // What to do is said once.
  expect([listing.problems!, walk.problems()].map((some) => some.map(({ text }) => /start page/.test(text)))).toEqual([[false, true], [true]]); // prettier-ignore
});

test('a study of which the archive counts more series than it gives says so', async () => {
  const archive = largeArchive(3, { seriesGiven: 2 });
  const { studies } = await archive.source.list();
  expect(studies.map((one) => one.studyInstanceUid)).toEqual([studyUid(3), studyUid(2), studyUid(1)]);
  for (const study of studies) {
    expect(study.series).toHaveLength(2);
    for (const { problems } of study.series)
      expect(problems).toContainEqual({
        code: 'perhaps-more',
        text: expect.stringContaining('counts 3 series in this study and gave 2') as string,
      });
  }
});
