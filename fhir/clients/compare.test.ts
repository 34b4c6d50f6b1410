import { expect, test } from 'vitest';
import { compareSeries, compareStudy, sameAddress } from './compare.ts';
import type { FhirSeries, FhirStudy } from './fhir-resources.ts';

const series = (uids: readonly string[], numberOfInstances: number | null): FhirSeries => ({
  seriesInstanceUid: '1.2',
  modality: 'CT',
  description: '',
  numberOfInstances,
  instances: uids.map((sopInstanceUid) => ({ sopInstanceUid, sopClassUid: '' })),
  addresses: [],
});
const study = (part: Partial<FhirStudy>): FhirStudy => ({
  name: 'ImagingStudy/1',
  studyInstanceUid: '1.1',
  started: '',
  description: '',
  numberOfSeries: null,
  numberOfInstances: null,
  patientIdentifiers: null,
  addresses: [],
  series: [],
  ...part,
});
const dicom = { patientId: 'P1', root: 'https://pacs.example/rs', series: 1, instances: 3 };

test('what agrees says nothing', () => {
  expect(compareSeries(series(['1', '2'], 2), ['2', '1'])).toEqual([]);
  expect(compareSeries(series([], null), ['1'])).toEqual([]);
  const agreeing = study({
    numberOfSeries: 1,
    numberOfInstances: 3,
    patientIdentifiers: ['X', 'P1'],
    addresses: ['https://pacs.example/rs/'],
  });
  expect(compareStudy(agreeing, dicom)).toEqual([]);
});

test('each difference of a series is one sentence', () => {
  const texts = (fhir: FhirSeries | null, stored: readonly string[] | null): string[] =>
    compareSeries(fhir, stored).map((problem) => problem.text);
  expect(texts(series(['1', '2', '3'], 3), ['1'])).toEqual([
    'The FHIR server names 2 images of this series that the archive does not have.',
    'The FHIR server counts 3 images in this series, the archive has 1.',
  ]);
  expect(texts(series(['1'], null), ['1', '2'])).toEqual([
    'The archive has 1 image of this series that the FHIR server does not name.',
  ]);
  expect(texts(null, ['1'])).toEqual(['The archive has this series and the FHIR server does not name it.']);
  expect(texts(series([], 4), null)).toEqual([
    'The FHIR server names this series (4 images) and the archive does not have it.',
  ]);
});

test('each difference of a study is one sentence, and none names the patient', () => {
  const other = study({
    numberOfSeries: 2,
    numberOfInstances: 5,
    patientIdentifiers: ['P2'],
    addresses: ['https://elsewhere.example/rs'],
  });
  const texts = compareStudy(other, dicom).map((problem) => problem.text);
  expect(texts).toHaveLength(4);
  expect(texts.join(' ')).not.toMatch(/P1|P2/);
  expect(texts.join(' ')).toContain('lies at elsewhere.example');
  // Who does not say cannot disagree.
  expect(compareStudy(study({ patientIdentifiers: [] }), dicom)).toEqual([]);
  expect(compareStudy(other, { ...dicom, patientId: '', series: null, instances: null })).toHaveLength(1);
});

test('one address may be written in several ways', () => {
  expect(sameAddress('http://localhost:8042/dicom-web/', 'http://127.0.0.1:8042/dicom-web')).toBe(true);
  expect(sameAddress('https://pacs.example:443/rs', 'https://pacs.example/rs')).toBe(true);
  for (const other of [
    'http://127.0.0.1:8043/dicom-web',
    'https://127.0.0.1:8042/dicom-web',
    'http://127.0.0.1:8042/rs',
  ])
    expect(sameAddress('http://localhost:8042/dicom-web', other), other).toBe(false);
});

test('two archives of one host are told apart by their paths', () => {
  const [problem] = compareStudy(study({ addresses: ['https://pacs.example/other'] }), dicom);
  expect(problem!.text).toContain('lies at pacs.example/other; it was read from pacs.example/rs ');
  const [elsewhere] = compareStudy(study({ addresses: ['https://old.example/rs'] }), dicom);
  expect(elsewhere!.text).toContain('lies at old.example; it was read from pacs.example ');
});
