import { expect, test } from 'vitest';
import { REQUESTS_AT_A_TIME, STUDIES_AT_A_TIME } from './dicomweb-listing.ts';
import { largeArchive, studyUid } from './large-archive.fixture.ts';
import type { ListedStudy } from './types.ts';

const STUDIES = 300;
/** The number of the study that a request below /studies/ is about. */
const studiesAsked = (asked: readonly string[]): Set<string> =>
  new Set(asked.map((path) => /^\/studies\/([\d.]+)/.exec(path)?.[1]).filter((uid) => uid !== undefined));
const newestFirst = Array.from({ length: STUDIES }, (_, at) => studyUid(STUDIES - at));

test('studies of a large archive are handed over newest first, each once, and the listing is all of them', async () => {
  const { source, together } = largeArchive(STUDIES);
  const steps: ListedStudy[] = [];
  const { studies, quarantine } = await source.list({ onStudy: (step) => void steps.push(step) });
  expect(steps.map((step) => step.study?.studyInstanceUid)).toEqual(newestFirst);
  expect(steps.map(({ read, total }) => [read, total])).toEqual(
    newestFirst.map((_, at) => [at + 1, STUDIES]),
  );
  expect(studies).toEqual(steps.map((step) => step.study));
  expect(studies[0]!.series[0]).toMatchObject({ kind: 'volume', dims: [4, 4, 3] });
  expect(quarantine).toEqual([]);
  // Neither one after the other nor all at once.
  expect(together()).toBe(REQUESTS_AT_A_TIME);
});

test('the first study is there after the search and a few studies', async () => {
  const { source, asked } = largeArchive(STUDIES);
  let before: readonly string[] | null = null;
  await source.list({ onStudy: () => (before ??= [...asked]) });
  const searches = before!.filter((path) => path.startsWith('/studies?'));
  expect(searches.length).toBeLessThan(15);
  expect(studiesAsked(before!).size).toBeLessThanOrEqual(2 * STUDIES_AT_A_TIME);
  expect(before!.length).toBeLessThan(60);
});

test('a slow study holds those after it back, so that none comes before a newer one', async () => {
  const archive = largeArchive(STUDIES);
  const seen: string[] = [];
  archive.hold((path) => path.includes(`/studies/${studyUid(STUDIES - 2)}/`));
  const listing = archive.source.list({ onStudy: ({ study }) => void seen.push(study!.studyInstanceUid) });
  await archive.quiet();
  expect(seen).toEqual(newestFirst.slice(0, 2));
  archive.release();
  await listing;
  expect(seen).toEqual(newestFirst);
});

test('a cancel stops asking', async () => {
  const archive = largeArchive(STUDIES);
  const stop = new AbortController();
  const error = await archive.source
    .list({ signal: stop.signal, onStudy: ({ read }) => void (read === 10 && stop.abort()) })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ name: 'SourceError', code: 'aborted' });
  const asked = archive.asked.length;
  await archive.quiet();
  expect(archive.asked.length).toBe(asked);
  expect(studiesAsked(archive.asked).size).toBeLessThan(10 + 3 * STUDIES_AT_A_TIME);
});

test('credentials that end half way end the listing, and nothing more is asked', async () => {
  const archive = largeArchive(STUDIES);
  const seen: string[] = [];
  archive.fail((path) => (path.includes(`/studies/${studyUid(STUDIES - 20)}/series?`) ? 401 : null));
  const error = await archive.source
    .list({ onStudy: ({ study }) => void seen.push(study!.studyInstanceUid) })
    .catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: 'unauthorized' });
  expect(seen).toEqual(newestFirst.slice(0, seen.length));
  const asked = archive.asked.length;
  await archive.quiet();
  expect(archive.asked.length).toBe(asked);
});

test('D4: one study that the archive cannot give is a record; an archive that gives none has failed', async () => {
  const archive = largeArchive(STUDIES);
  const broken = studyUid(STUDIES - 3);
  archive.fail((path) => (path.includes(`/studies/${broken}/`) ? 500 : null));
  const { studies, quarantine } = await archive.source.list();
  expect(studies).toHaveLength(STUDIES - 1);
  expect(quarantine.map((record) => record.object)).toEqual([broken]);
  archive.fail((path) => (path.includes('/series') ? 500 : null));
  await expect(archive.source.list()).rejects.toMatchObject({ code: 'bad-answer' });
});

test('D4: a study or a series that is closed to this account is a record; where all are closed, that is the failure', async () => {
  const archive = largeArchive(STUDIES);
  const [closed, partly] = [studyUid(STUDIES - 3), studyUid(STUDIES - 4)];
  archive.fail((path) => (path.includes(`/${closed}/`) || path.includes(`/${partly}.2/`) ? 403 : null));
  const { studies, quarantine } = await archive.source.list();
  expect(quarantine.map((record) => record.object).toSorted()).toEqual([closed, `${partly}.2`].toSorted());
  expect(studies).toHaveLength(STUDIES - 1);
  expect(studies.find((one) => one.studyInstanceUid === partly)?.series).toHaveLength(2);
  for (const part of ['/series?', '/metadata']) {
    archive.fail((path) => (path.includes(part) ? 403 : null));
    await expect(archive.source.list()).rejects.toMatchObject({ code: 'unauthorized' });
  }
});

test('D4: a study or a series that takes an archive too long is a record; an archive that is busy has failed', async () => {
  const archive = largeArchive(STUDIES);
  const [slow, partly] = [studyUid(STUDIES - 3), studyUid(STUDIES - 4)];
  archive.fail((path) => (path.includes(`/${slow}/`) || path.includes(`/${partly}.2/`) ? 504 : null));
  const { studies, quarantine } = await archive.source.list();
  expect(quarantine.map((record) => record.object).toSorted()).toEqual([slow, `${partly}.2`].toSorted());
  expect(studies).toHaveLength(STUDIES - 1);
  const read = archive.asked.length;
  archive.fail((path) => (archive.asked.length > read + 200 && path.includes('/metadata') ? 503 : null));
  await expect(archive.source.list()).rejects.toMatchObject({ code: 'unreachable' });
  expect(archive.asked.length).toBeLessThan(read + 300);
});

test('a study whose series are of two patients says so at each of them, and bears no name', async () => {
  const { source } = largeArchive(3, { foreign: { study: 2, patient: 'ELSE' } });
  const { studies } = await source.list();
  const texts = (at: number): string[] =>
    studies[at]!.series.map(({ problems }) => problems.map(({ text }) => text).join());
  expect(texts(1)).toHaveLength(3);
  for (const text of texts(1)) expect(text).toContain('images of this study name 2 different patients');
  expect(studies.map(({ patient }) => patient.id)).toEqual(['P3', '', 'P1']);
  expect(texts(0)).toEqual(['', '', '']);
});

test.each([
  ['number', { patient: 'P9', name: 'NUMBER^2' }],
  ['name', { patient: 'P2', name: 'OTHER^PERSON' }],
])('a row of a search with another %s than its images have says so, and bears no name', async (_, row) => {
  const { source } = largeArchive(3, { row: { study: 2, ...row } });
  const { studies } = await source.list();
  expect(studies.map(({ patient }) => patient.id)).toEqual(['P3', '', 'P1']);
  expect(studies[1]!.patient).toEqual({ name: '', id: '', birthDate: '' });
  const codes = studies.map(({ series }) => series.map(({ problems }) => problems.map(({ code }) => code)));
  expect(codes[1]).toEqual([['patient-mismatch'], ['patient-mismatch'], ['patient-mismatch']]);
  expect([codes[0], codes[2]]).toEqual([[[], [], []], [[], [], []]]); // prettier-ignore
  expect(JSON.stringify(studies[1])).not.toMatch(/P9|P2"|OTHER|NUMBER/);
});

test('one study alone, or the first one, is listed without a walk through the archive', async () => {
  const { source, asked } = largeArchive(STUDIES);
  const only = await source.list({ studyInstanceUid: studyUid(123) });
  expect(only.studies.map((study) => study.studyInstanceUid)).toEqual([studyUid(123)]);
  expect(await source.list({ studyInstanceUid: '1.9' })).toMatchObject({ studies: [] });
  const before = asked.length;
  expect((await source.list({ most: 1 })).studies).toHaveLength(1);
  expect(asked[before]).toContain('limit=1&');
  expect(asked.length).toBeLessThan(15);
});
