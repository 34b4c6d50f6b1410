import { expect, test } from 'vitest';
import { ArchiveError } from '../../fhir/clients/index.ts';
import type { WantedStudy } from './dicomweb-listing.ts';
import type { NamedBatch } from './name-studies.ts';
import type { QuarantineRecord, StudyEntry } from '../../shared/volume.ts';
import { walkStudies } from './study-walk.ts';

const study = (uid: number, date = ''): WantedStudy => ({
  studyInstanceUid: `1.${uid}`,
  fhir: null,
  header: { '00080020': { vr: 'DA', Value: [date] } },
});
/** A walk over these batches; a study is read as a record that names it. */
function walkOver(batches: readonly (readonly WantedStudy[])[], unplaced: NamedBatch['unplaced'] = []) {
  const [left, read]: [(readonly WantedStudy[])[], string[]] = [[...batches], []];
  const walk = walkStudies({
    sorted: () => true,
    problems: () => [],
    name: () => Promise.resolve(left.length > 0 ? { wanted: left.shift()!, unplaced } : null),
    read(one) {
      read.push(one.studyInstanceUid);
      return Promise.resolve({
        study: null,
        quarantine: [{ object: one.studyInstanceUid, reason: 'a test' }],
      });
    },
  });
  const next = async (most: number): Promise<{ handed: string[]; more: boolean; named: string[][] }> => {
    const [handed, named]: [string[], string[][]] = [[], []];
    const more = await walk.next({
      most,
      onNamed: (now) => named.push(now.map((one) => one.studyInstanceUid)),
      onStudy: ({ quarantine }) => handed.push(quarantine[0]!.object),
    });
    return { handed, more, named };
  };
  return { next, read, left };
}

test('no more batches are named, and no more studies read, than are wanted', async () => {
  const walk = walkOver([[study(1), study(2)], [study(3), study(4)], [study(5)]]);
  expect(await walk.next(1)).toMatchObject({ handed: ['1.1'], more: true });
  expect([walk.left.length, walk.read]).toEqual([2, ['1.1']]);
  expect(await walk.next(2)).toMatchObject({ handed: ['1.2', '1.3'], more: true });
  expect(walk.left.length).toBe(1);
  // That there is no more is known without another question from the one who asks.
  expect(await walk.next(10)).toMatchObject({ handed: ['1.4', '1.5'], more: false });
  expect(walk.read).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5']);
});

test('those that are named and not read yet are said at each change', async () => {
  const { named } = await walkOver([
    [study(1, '20200101'), study(2, '20260101')],
    [study(3, '20190101')],
  ]).next(3);
  expect(named).toEqual([
    [],
    ['1.2', '1.1'],
    ['1.2', '1.1', '1.3'],
    ['1.1', '1.3'],
    ['1.3'],
    [],
  ]); // prettier-ignore
});

test('a study that is named twice is read once, pages that bring nothing new do not end the walk', async () => {
  const walk = walkOver([[study(1)], [study(1)], [study(1), study(2)]]);
  expect(await walk.next(5)).toMatchObject({ handed: ['1.1', '1.2'], more: false });
});

test('a failure loses nothing and gives nothing twice', async () => {
  let failures = 3;
  const handed: string[] = [];
  const walk = walkStudies({
    sorted: () => true,
    problems: () => [],
    name: (() => {
      const left = [
        [study(1), study(2), study(3)],
        [study(4), study(5), study(6)],
      ];
      return () => Promise.resolve(left.length > 0 ? { wanted: left.shift()!, unplaced: [] } : null);
    })(),
    read: (one) =>
      failures-- > 0
        ? Promise.reject(new Error(`no ${one.studyInstanceUid}`))
        : Promise.resolve({ study: null, quarantine: [{ object: one.studyInstanceUid, reason: '' }] }),
  });
  const go = (): Promise<boolean> =>
    walk.next({ most: 6, onStudy: (step) => void handed.push(step.quarantine[0]!.object) });
  await expect(go()).rejects.toThrow('no 1.');
  for (let tries = 0; handed.length < 6 && tries < 10; tries++) await go().catch(() => undefined);
  expect(handed).toEqual(['1.1', '1.2', '1.3', '1.4', '1.5', '1.6']);
});

test('one study that cannot be had is a record, though it is alone in its part, where others were had', async () => {
  const records: string[] = [];
  const batches = [[study(1), study(2), study(3)]];
  const walk = walkStudies({
    sorted: () => true,
    problems: () => [],
    name: () => Promise.resolve(batches.length > 0 ? { wanted: batches.shift()!, unplaced: [] } : null),
    read: (one) =>
      one.studyInstanceUid === '1.2'
        ? Promise.reject(new ArchiveError('bad-answer', 'HTTP 500', { status: 500 }))
        : Promise.resolve({
            study: { studyInstanceUid: one.studyInstanceUid } as StudyEntry,
            quarantine: [],
          }),
  });
  const onStudy = (step: { readonly quarantine: readonly QuarantineRecord[] }): void =>
    void records.push(...step.quarantine.map(({ object }) => object));
  expect(await walk.next({ most: 1, onStudy })).toBe(true);
  expect(await walk.next({ most: 1, onStudy })).toBe(true);
  expect(await walk.next({ most: 1, onStudy })).toBe(false);
  expect(records).toEqual(['1.2']);
});

test('where no more can be named, those that are named are read first', async () => {
  const handed: string[] = [];
  const batches = [[study(1), study(2)]];
  let asked = 0;
  const walk = walkStudies({
    sorted: () => true,
    problems: () => [],
    name() {
      asked++;
      const wanted = batches.shift();
      return wanted ? Promise.resolve({ wanted, unplaced: [] }) : Promise.reject(new Error('no more'));
    },
    read: (one) =>
      Promise.resolve({ study: null, quarantine: [{ object: one.studyInstanceUid, reason: '' }] }),
  });
  const go = (): Promise<boolean> =>
    walk.next({ most: 50, onStudy: (step) => void handed.push(step.quarantine[0]!.object) });
  await expect(go()).rejects.toThrow('no more');
  expect(handed).toEqual(['1.1', '1.2']);
  await expect(go()).rejects.toThrow('no more');
  expect(asked).toBe(3);
});
