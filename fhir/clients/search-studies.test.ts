import { expect, test } from 'vitest';
import type { DicomwebClient, FoundStudy } from './dicomweb.ts';
import { openNewestFirst } from './newest-first.ts';
import { askForPatient, isOfPatient, patientQuestions } from './search-studies.ts';

const study = (uid: number, name: string, id: string, date = '20260101'): FoundStudy => ({
  studyInstanceUid: `1.${uid}`,
  header: {
    '00080020': { vr: 'DA', Value: [date] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: name, Ideographic: '山田^太郎' }] },
    '00100020': { vr: 'LO', Value: [id] },
  },
});
/** An archive that tells upper and lower case apart, and gives so many studies in an answer. */
function archiveOf(studies: readonly FoundStudy[], how: { cap?: number; ignores?: boolean } = {}) {
  const asked: string[] = [];
  const like = (value: string, pattern: string | undefined): boolean =>
    pattern === undefined ||
    new RegExp(`^${pattern.replaceAll('^', '\\^').replaceAll('*', '.*')}$`).test(value);
  const client: Pick<DicomwebClient, 'studyPage' | 'server'> = {
    server: { peer: { host: 'pacs.example' } } as DicomwebClient['server'],
    studyPage(matching, { limit, offset }) {
      asked.push(`${JSON.stringify(matching)}@${offset}`);
      const [from = '', to = ''] = (matching['StudyDate'] ?? '').split('-');
      const found = studies.filter(({ header }) => {
        const [date, name, id] = ['00080020', '00100010', '00100020'].map((tag) => header[tag]!.Value![0]);
        const inside = String(date) >= from && (to === '' || String(date) <= to);
        const person = (name as { Alphabetic: string }).Alphabetic;
        return inside && (how.ignores || (like(person, matching['PatientName']) && like(String(id), matching['PatientID']))); // prettier-ignore
      });
      const page = found.slice(offset, offset + Math.min(limit, how.cap ?? limit));
      return Promise.resolve({ studies: page, saysMore: false });
    },
  };
  return { client: client as DicomwebClient, asked };
}
async function search(studies: readonly FoundStudy[], words: string, how = {}): Promise<string[]> {
  const archive = archiveOf(studies, how);
  const found = openNewestFirst(askForPatient(archive.client, words), '20261121', null, true);
  const uids: string[] = [];
  for (let batch = await found.next(undefined); batch; batch = await found.next(undefined))
    uids.push(...batch.map((one) => one.studyInstanceUid));
  return uids.toSorted();
}

const PEOPLE = [
  study(1, 'DOE^JANE', 'A-1'),
  study(2, 'Doe^Jane', 'A-2'),
  study(3, 'doe^jane', 'A-3'),
  study(4, 'ROE^JOHN', 'DOE-7'),
  study(5, 'MÜLLER^EVA', 'a-15'),
];

test('names and IDs are found in each of the usual spellings, family first or last', async () => {
  for (const words of ['doe', 'DOE']) expect(await search(PEOPLE, words)).toContain('1.1');
  expect(await search(PEOPLE, 'doe')).toEqual(['1.1', '1.2', '1.3', '1.4']);
  expect(await search(PEOPLE, 'jane doe')).toEqual(['1.1', '1.2', '1.3']);
  expect(await search(PEOPLE, 'doe jane')).toEqual(['1.1', '1.2', '1.3']);
  expect(await search(PEOPLE, 'a-1')).toEqual(['1.1', '1.5']);
  expect(await search(PEOPLE, 'müller')).toEqual(['1.5']);
  expect(await search(PEOPLE, 'nobody')).toEqual([]);
});

test('what an archive answers counts only where it is of the patient', () => {
  const { header } = study(1, 'MÜLLER-DOE^EVA', 'X-9');
  for (const words of ['muller', 'Eva müller', 'doe', 'x-9', '山田'])
    expect(isOfPatient(header, words)).toBe(true);
  for (const words of ['mueller', 'eva roe', 'x-99']) expect(isOfPatient(header, words)).toBe(false);
});

test('an archive that does not look at the words is not believed', async () => {
  const many = Array.from({ length: 60 }, (_, at) => study(at, 'DOE^JANE', `A-${at}`));
  for (const cap of [500, 7])
    await expect(search(many, 'nobody', { ignores: true, cap })).rejects.toThrow('cannot be searched');
});

test('an archive that names a few others too is no failure, and hides nobody behind them', async () => {
  expect(await search(PEOPLE, 'nobody', { ignores: true })).toEqual([]);
  expect(await search(PEOPLE, 'roe', { ignores: true })).toEqual(['1.4']);
  // A page of five hundred of which the patient's are few is not all.
  const loose = Array.from({ length: 1300 }, (_, at) =>
    study(at, at % 3 === 0 ? 'DOE^JANE' : 'ROE^JOHN', `X-${at}`, `202${at % 4}0315`),
  );
  const does = loose.filter((_, at) => at % 3 === 0).map((one) => one.studyInstanceUid);
  expect(await search(loose, 'doe', { ignores: true })).toEqual(does.toSorted());
});

test('letters that some archives take for others are no reason not to believe them', () => {
  const { header } = study(1, 'SØRENSEN^ŁUCJA', 'X-9');
  for (const words of ['sorensen', 'Sørensen', 'lucja']) expect(isOfPatient(header, words)).toBe(true);
  expect(isOfPatient(study(1, 'STRAßE^EVA', 'X').header, 'strasse')).toBe(true);
});

test.each([undefined, 7, 100])('of many that match all are found, in answers of %s', async (cap) => {
  const many = Array.from({ length: 1700 }, (_, at) =>
    study(
      at,
      at % 3 === 0 ? 'DOE^JANE' : at % 3 === 1 ? 'Doe^Joe' : 'ROE^JOHN',
      `X-${at}`,
      `202${at % 6}0${1 + (at % 9)}15`,
    ),
  );
  const found = await search(many, 'doe', cap === undefined ? {} : { cap });
  expect(found).toEqual(many.filter((_, at) => at % 3 < 2).map((one) => one.studyInstanceUid).toSorted()); // prettier-ignore
});

test('a spelling that nobody has is asked for once', async () => {
  const many = Array.from({ length: 1200 }, (_, at) =>
    study(at, 'DOE^JANE', `X-${at}`, `202${at % 6}0${1 + (at % 9)}15`),
  );
  const archive = archiveOf(many);
  const found = openNewestFirst(askForPatient(archive.client, 'doe'), '20261121', null, true);
  while (await found.next(undefined));
  expect(patientQuestions('doe').length).toBe(6);
  const lower = archive.asked.filter((one) => one.includes('"PatientName":"*doe*"'));
  expect(lower).toHaveLength(1);
});
