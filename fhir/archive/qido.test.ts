import { expect, test } from 'vitest';
import type { DicomJson } from '../dicom/index.ts';
import { matches, QuestionError, search } from './qido.ts';
import { hold, type Holdings } from './stored.ts';
import { readAccept } from './wado.ts';

test.each([
  ['UI', ['1.2.3'], '1.2.3\\1.2.4', true],
  ['UI', ['1.2.3'], '1.2', false],
  ['DA', ['20260302'], '20260301-20260303', true],
  ['DA', ['20260302'], '20260303-', false],
  ['DA', ['20260302'], '-20260302', true],
  ['DA', [''], '20260101-', false],
  ['PN', ['ANTEROOM^EMBEDDED PATIENT'], 'anteroom*', true],
  ['PN', ['ANTEROOM^EMBEDDED PATIENT'], '*patient', true],
  ['LO', ['EMBEDDED-1'], 'EMBEDDED-?', true],
  ['LO', ['EMBEDDED-1'], 'embedded-1', false],
  ['LO', ['a.c'], 'a?c', true],
  ['LO', ['abc'], 'a.c', false],
  ['CS', ['CT', 'MR'], 'MR', true],
  ['CS', ['CT'], '', true],
] as const)('%s %j matched by %s: %s', (vr, values, asked, expected) => {
  expect(matches(vr, values, asked)).toBe(expected);
});

const holdings = ((): Holdings => {
  const all: Holdings = new Map();
  for (let i = 0; i < 6; i++) {
    const header: DicomJson = {
      '00080018': { vr: 'UI', Value: [`1.9.${i}`] },
      '00080060': { vr: 'CS', Value: [i < 4 ? 'CT' : 'MR'] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'A^B' }] },
      '0020000D': { vr: 'UI', Value: [i < 5 ? '1.1' : '1.2'] },
      '0020000E': { vr: 'UI', Value: [i < 4 ? '1.5' : `1.6.${i}`] },
      '00280010': { vr: 'US', Value: [64] },
    };
    hold(all, { file: `${i}`, header, bytes: 1, pixelBytes: 1, transferSyntaxUid: '1.2.840.10008.1.2.1' });
  }
  return all;
})();
const ask = (level: 'studies' | 'series' | 'instances', query: string, studyUid?: string) =>
  search(holdings, { level, studyUid, params: new URLSearchParams(query), root: 'http://a/dicomweb' });

test('pages have no gap and no overlap, and say what is left', () => {
  const uids = [0, 2, 4].flatMap((offset) =>
    ask('instances', `limit=2&offset=${offset}`).rows.map((row) => row['00080018']!.Value![0]),
  );
  expect(uids).toEqual([0, 1, 2, 3, 4, 5].map((i) => `1.9.${i}`));
  expect(ask('instances', 'limit=2').remaining).toBe(4);
  expect(ask('instances', 'offset=99').rows).toEqual([]);
  expect(() => ask('instances', 'limit=-1')).toThrow(QuestionError);
});

test('studies count their series and instances, and match by any modality', () => {
  const { rows } = ask('studies', 'ModalitiesInStudy=MR&StudyInstanceUID=1.1');
  expect(rows).toHaveLength(1);
  expect(rows[0]!['00201206']!.Value).toEqual([2]);
  expect(rows[0]!['00201208']!.Value).toEqual([5]);
  expect(rows[0]!['00280010']).toBeUndefined();
  expect(ask('series', 'includefield=Rows', '1.1').rows[0]!['00280010']!.Value).toEqual([64]);
});

test('all fields of a study are those that its objects share', () => {
  const row = ask('studies', 'includefield=all&StudyInstanceUID=1.1').rows[0]!;
  expect(row['00280010']!.Value).toEqual([64]);
  // One object's own UID, and the modality of some, are not the study's.
  expect([row['00080018'], row['00080060'], row['0020000E']]).toEqual([undefined, undefined, undefined]);
  expect(ask('series', 'includefield=all', '1.1').rows[0]!['00080060']!.Value).toEqual(['CT']);
});

test('a study is found by any one of its objects, and by one that has all that was asked', () => {
  expect(ask('studies', 'SeriesInstanceUID=1.6.4').rows.map((row) => row['0020000D']!.Value)).toEqual([
    ['1.1'],
  ]);
  expect(ask('studies', 'SOPInstanceUID=1.9.3&Modality=CT').rows).toHaveLength(1);
  expect(ask('studies', 'SOPInstanceUID=1.9.3&Modality=MR').rows).toEqual([]);
});

test('accept headers as clients write them', () => {
  expect(readAccept('multipart/related; type="application/dicom"; transfer-syntax=*')).toEqual([
    { multipart: true, type: 'application/dicom', syntax: '*' },
  ]);
  expect(
    readAccept('multipart/related; type="application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1"')[0],
  ).toEqual({ multipart: true, type: 'application/octet-stream', syntax: '1.2.840.10008.1.2.1' });
  expect(readAccept('')[0]!.syntax).toBe('*');
});
