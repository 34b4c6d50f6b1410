import { expect, test } from 'vitest';
import type { StudiesAnswer } from '../../shared/protocol/studies.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import { countWords, learn, mark, noMatchWords, readingWords } from './known-studies.ts';

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
