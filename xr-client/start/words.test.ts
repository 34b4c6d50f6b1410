import { expect, test } from 'vitest';
import type { ProblemCode, SeriesEntry, StudyEntry, VolumeEntry } from '../../shared/volume.ts';
import {
  bytesWords,
  dateWords,
  mainSeries,
  mainVolumeId,
  matches,
  personName,
  seriesChips,
  studyChips,
  titleOf,
} from './words.ts';

const series = (part: Partial<SeriesEntry>): SeriesEntry => ({
  seriesInstanceUid: '1',
  sopClassUid: '1.2',
  modality: 'CT',
  description: '',
  bodyPart: '',
  instances: 10,
  kind: 'volume',
  dims: [512, 512, 300],
  spacingMm: [0.7, 0.7, 1.25],
  phases: 1,
  volumes: [],
  transferSyntax: '',
  problems: [],
  ...part,
});
const study = (part: Partial<StudyEntry>): StudyEntry => ({
  studyInstanceUid: '1',
  date: '20260314',
  description: 'CHEST WITH CONTRAST',
  patient: { name: 'DOE^JANE', id: 'P-7', birthDate: '' },
  series: [series({})],
  ...part,
});

test('a title says the modality once and does not shout', () => {
  expect(titleOf(study({}))).toBe('CT chest with contrast');
  expect(titleOf(study({ description: 'CT Thorax' }))).toBe('CT Thorax');
  expect(titleOf(study({ description: '', series: [series({ modality: 'PT' })] }))).toBe('PET');
});

test('the largest volume is the main one; what cannot be shown never is', () => {
  const small = series({ seriesInstanceUid: 's', dims: [64, 64, 64] });
  const plan = series({ seriesInstanceUid: 'r', kind: 'rtstruct', dims: null });
  expect(
    mainSeries(study({ series: [small, plan, series({ seriesInstanceUid: 'b' })] }))?.seriesInstanceUid,
  ).toBe('b');
  expect(mainSeries(study({ series: [plan] }))).toBeUndefined();
  const mosaic = series({ kind: 'mosaic' });
  expect(mainSeries(study({ series: [mosaic] })), 'the node opens none').toBeUndefined();
});

test('what a card says opens first is what the node opens: the largest in space, not in time', () => {
  const chest = series({ seriesInstanceUid: 'chest', instances: 300 });
  const heart = series({
    seriesInstanceUid: 'heart',
    kind: 'volume4d',
    dims: [512, 512, 100],
    phases: 10,
    instances: 1000,
  });
  expect(mainSeries(study({ series: [heart, chest] }))?.seriesInstanceUid).toBe('chest');
  const again = series({ seriesInstanceUid: 'again', instances: 301 });
  expect(mainSeries(study({ series: [chest, again] }))?.seriesInstanceUid).toBe('again');
  const volume = (id: string, slices: number) =>
    ({
      id,
      dims: [512, 512, slices],
      spacingMm: [1, 1, 1],
      phases: 1,
      unit: 'HU',
    }) as const satisfies VolumeEntry;
  expect(mainVolumeId(series({ volumes: [volume('0', 3), volume('1', 300)] }))).toBe('1');
  expect(mainVolumeId(series({}))).toBe('0');
});

test('chips name the coarsest spacing, phases, and what is amiss', () => {
  const problems = [{ code: 'missing-slices', text: '2 slices are missing.' }] as const;
  const chips = studyChips(study({ series: [series({ phases: 10, instances: 2980, problems })] }));
  expect(chips.map((chip) => chip.text)).toEqual([
    '1.3\u202fmm',
    '298 images',
    '10 phases',
    'slices missing',
  ]);
  expect(chips.at(-1)?.kind).toBe('amber');
});

test('a grid made from fewer images is not named as the scan', () => {
  const chips = (part: Partial<SeriesEntry>) => seriesChips(series(part)).map((chip) => chip.text);
  const problem = (code: ProblemCode) => ({ problems: [{ code, text: '' }] });
  expect(chips({ instances: 45 })).toEqual(['1.3\u202fmm', '300 slices']);
  expect(chips({ instances: 45, ...problem('uneven-spacing') })).toEqual(['45 images', 'uneven slices']);
  expect(chips({ instances: 45, ...problem('gantry-tilt') })).toEqual([
    '1.3\u202fmm',
    '45 images',
    'tilt corrected',
  ]);
  // Phases of unlike length: all of them, rather than a fraction. One object of many frames: no count at all.
  expect(chips({ instances: 45, phases: 2, ...problem('missing-slices') })).toContain('45 images');
  const enhanced = { instances: 2, sopClassUid: '1.2.840.10008.5.1.4.1.1.2.1' };
  expect(chips({ ...enhanced, ...problem('missing-slices') })).toEqual(['1.3\u202fmm', 'slices missing']);
});

test('search wants every word, anywhere', () => {
  expect(matches(study({}), 'jane ct')).toBe(true);
  expect(matches(study({}), 'march 2026'.slice(6))).toBe(true);
  expect(matches(study({}), 'jane mr')).toBe(false);
});

test('names, dates and sizes read as people say them', () => {
  expect(personName('DOE^JANE')).toBe('Jane Doe');
  expect(personName('')).toBe('No name');
  expect(dateWords('20260314', 'en-GB')).toBe('14 March 2026');
  expect(dateWords('')).toBe('no date');
  expect(bytesWords(157_600_000)).toBe('158\u202fMB');
});
