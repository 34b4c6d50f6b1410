import { expect, test } from 'vitest';
import { largeArchive, studyUid } from '../ingest/large-archive.fixture.ts';
import { FailureError } from './errors.ts';
import { lookInto } from './doctor.ts';
import { studyOf } from './one-volume.ts';
import { countStudies } from './serve.ts';

const URL = 'https://pacs.example/rs';
const last = `${studyUid(7)}.2`;

test('the study of a series is found with one question', async () => {
  const { source, asked } = largeArchive(300);
  expect(await studyOf(source, last, {})).toBe(studyUid(7));
  expect(asked).toHaveLength(1);
  expect(asked[0]).toContain(`SeriesInstanceUID=${last}`);
});

test('a series that the archive does not have is said after one question, words that are no UID after none', async () => {
  const { source, asked } = largeArchive(300);
  for (const series of ['1.9.9', '../etc']) {
    const error = await studyOf(source, series, {}).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(FailureError);
    expect(error).toMatchObject({ code: 'not-found', message: expect.stringContaining(series) as string });
  }
  expect(asked).toHaveLength(1);
});

test.each([
  ['refuses', 400],
  ['does not know', 404],
  ['fails at', 500],
  ['has not made', 501],
])('an archive that %s such a search (%i) is listed instead', async (_, status) => {
  const archive = largeArchive(12);
  archive.fail((path) => (path.startsWith('/series?') ? status : null));
  expect(await studyOf(archive.source, last, {})).toBe(studyUid(7));
});

test('an archive that does not look at the question is listed instead', async () => {
  const archive = largeArchive(12, { ignoresQuery: true });
  expect(await studyOf(archive.source, last, {})).toBe(studyUid(7));
});

test('an archive that lets nobody in is not asked for a listing too', async () => {
  const archive = largeArchive(12);
  archive.fail(() => 401);
  await expect(studyOf(archive.source, last, {})).rejects.toMatchObject({ code: 'unauthorized' });
  expect(archive.asked).toHaveLength(1);
});

test('serve asks an archive for one study only, and hears there what it would hear of all', async () => {
  const archive = largeArchive(300);
  expect(await countStudies(archive.source, URL, {})).toBeNull();
  expect(archive.asked.length).toBeLessThan(10);
  archive.fail((path) => (path.includes('/metadata') ? 401 : null));
  await expect(countStudies(archive.source, URL, {})).rejects.toMatchObject({ code: 'unauthorized' });
  // A folder, and the embedded patient, are listed whole.
  expect(await countStudies(largeArchive(12).source, 'embedded', {})).toBe(12);
});

test('doctor reads the newest study alone, and says where that cannot be used', async () => {
  const { signal } = new AbortController();
  const archive = largeArchive(300);
  const good = await lookInto(archive.source, URL, signal);
  expect([good.status, good.text]).toEqual(['ok', expect.stringContaining('its newest study can be read')]);
  expect(archive.asked.length).toBeLessThan(10);
  const empty = await lookInto(largeArchive(0).source, URL, signal);
  expect([empty.status, empty.text]).toEqual(['care', expect.stringContaining('holds no study')]);
});
