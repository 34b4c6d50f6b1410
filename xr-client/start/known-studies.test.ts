import { expect, test } from 'vitest';
import type { NamedStudy, StudiesAnswer } from '../../shared/protocol/studies.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import {
  cardsOf,
  countWords,
  learn,
  mark,
  noMatchWords,
  readingWords,
  searchWords,
} from './known-studies.ts';

const study = (studyInstanceUid: string, description = ''): StudyEntry => ({
  studyInstanceUid,
  date: '20260101',
  description,
  patient: { name: '', id: '', birthDate: '' },
  series: [],
});
const answer = (part: Partial<StudiesAnswer>): StudiesAnswer => ({
  source: 'pacs',
  studies: [],
  all: false,
  named: [],
  more: null,
  newestFirst: true,
  searchable: false,
  quarantine: [],
  ignored: 0,
  reading: null,
  failure: null,
  ...part,
});
const reading = { studiesRead: 40, studiesTotal: 1200, next: '1-40' };

test('studies are added one after the other; what did not change stays the same object', () => {
  const first = learn(null, answer({ all: true, studies: [study('1'), study('2')], reading }));
  const more = learn(first, answer({ studies: [study('1'), study('2', 'new words'), study('3')], reading }));
  expect([...more.studies.keys()]).toEqual(['1', '2', '3']);
  expect(more.studies.get('1')).toBe(first.studies.get('1'));
  expect(more.studies.get('2')?.description).toBe('new words');
  const end = learn(more, answer({ all: true, studies: [study('3')] }));
  expect([...end.studies.values()]).toEqual([more.studies.get('3')]);
  expect(end.studies.get('3')).toBe(more.studies.get('3'));
});

test('the line above the cards says how far the reading is, and no count of a part as that of the archive', () => {
  const part = learn(null, answer({ all: true, studies: [study('1'), study('2')], reading }));
  expect(countWords(part, 2, false)).toBe('Reading the archive: 40 of 1,200 studies · pacs');
  expect(countWords(part, 1, true)).toBe(
    '1 of 2 known so far match · Reading the archive: 40 of 1,200 studies · pacs',
  );
  expect(countWords({ ...part, reading: null }, 2, false)).toBe('2 studies · pacs');
  expect(countWords({ ...part, reading: null }, 1, true)).toBe('1 of 2 studies · pacs');
  const failure = { code: 'unreachable', text: '' };
  expect(countWords({ ...part, reading: null, failure }, 2, false)).toBe('2 studies known, not all · pacs');
  const problems = [{ code: 'perhaps-more', text: '' }] as const;
  expect(countWords({ ...part, reading: null, problems }, 2, false)).toBe(
    '2 studies known, perhaps not all · pacs',
  );
  expect(readingWords({ ...reading, studiesTotal: null })).toBe('Reading the archive again');
  expect(countWords(learn(null, answer({ all: true })), 0, false)).toBe('');
});

test('no match in a part is not said to be no match in the archive', () => {
  const part = learn(null, answer({ all: true, studies: [study('1')], reading }));
  expect(noMatchWords(part, 'knee')).toContain('still being read');
  expect(noMatchWords({ ...part, reading: null }, 'knee')).toBeNull();
  const failure = { code: 'unreachable', text: '' };
  expect(noMatchWords({ ...part, reading: null, failure }, 'knee')).toContain('Not all');
});

test('there are twenty marks on the way, however many studies there are', () => {
  const marks = new Set(Array.from({ length: 1201 }, (_, studiesRead) => mark({ ...reading, studiesRead })));
  expect(marks.size).toBe(21);
});

test('of a large archive a part is called a part, and an order that is not by date is called that', () => {
  const part = learn(null, answer({ all: true, studies: [study('1'), study('2')], more: '1' }));
  expect(countWords(part, 2, false)).toBe('The newest 2 studies · there are more · pacs');
  expect(countWords(part, 1, true)).toBe('1 of 2 known so far match · there are more · pacs');
  expect(countWords({ ...part, newestFirst: false }, 2, false)).toContain('which may hold newer ones');
  expect(noMatchWords(part, 'knee')).toContain('The archive holds more');
});

test('named studies have cards among the others by their dates, till they are read', () => {
  const named = (studyInstanceUid: string, date: string): NamedStudy => ({
    studyInstanceUid,
    date,
    description: '',
    patient: null,
    modalities: [],
    series: null,
  });
  const first = learn(
    null,
    answer({ all: true, named: [named('3', '20260301'), named('2', '20250101')], reading }),
  );
  expect(cardsOf(first).map((one) => one.studyInstanceUid)).toEqual(['3', '2']);
  const more = learn(
    first,
    answer({ studies: [study('1')], named: [named('3', '20260301'), named('1', '')], reading }),
  );
  expect(cardsOf(more).map((one) => [one.studyInstanceUid, 'modalities' in one])).toEqual([
    ['3', true],
    ['1', false],
  ]);
  expect(cardsOf(more)[0], 'unchanged').toBe(cardsOf(first)[0]);
});

test('what a search of the archive found is not called the archive', () => {
  const found = learn(null, answer({ all: true, studies: [study('1')] }));
  expect(searchWords(found, 'doe')).toBe('1 study in the archive for “doe” · pacs');
  expect(searchWords({ ...found, more: '2' }, 'doe')).toMatch(/^The newest study .* there are more · pacs$/);
  expect(searchWords({ ...found, reading }, 'doe')).toContain('40 of 1,200 studies');
  expect(searchWords({ ...found, reading: { ...reading, studiesTotal: null } }, 'doe')).toBe(
    'Searching the archive for “doe” · pacs',
  );
});
