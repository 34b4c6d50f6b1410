import { expect, test } from 'vitest';
import type { DicomJson } from '../dicom/index.ts';
import { answerFhir } from './fhir.ts';
import { hold, type Holdings } from './stored.ts';

const held = (...studies: readonly DicomJson[]): Holdings => {
  const all: Holdings = new Map();
  studies.forEach((more, i) =>
    hold(all, {
      file: `${i}`,
      header: {
        '00080018': { vr: 'UI', Value: [`1.9.${i}`] },
        '0020000D': { vr: 'UI', Value: [`1.1.${i}`] },
        '0020000E': { vr: 'UI', Value: [`1.5.${i}`] },
        ...more,
      },
      bytes: 1,
      pixelBytes: 0,
      transferSyntaxUid: '1.2.840.10008.1.2.1',
    }),
  );
  return all;
};
const person = (id: string, family: string, date: string): DicomJson => ({
  '00080020': { vr: 'DA', Value: [date] },
  '00080060': { vr: 'CS', Value: ['CT'] },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: `${family}^A` }] },
  '00100020': { vr: 'LO', Value: [id] },
});
const HOLDINGS = held(
  person('P1', 'One', '20260101'),
  person('P1', 'One', '20260202'),
  person('P2', 'Two', '20260303'),
);

interface Said {
  readonly status: number;
  readonly total?: number;
  readonly ids?: readonly string[];
  readonly body: Record<string, unknown>;
}
function ask(question: string, { accept = '', strict = false, holdings = HOLDINGS } = {}): Said {
  const [path = '', query = ''] = question.split('?');
  const urls = { fhir: 'http://a/fhir', dicomweb: 'http://a/dicomweb' };
  const answer = answerFhir(holdings, { path, params: new URLSearchParams(query), accept, strict }, urls);
  if (answer.kind !== 'json') throw new Error(answer.kind);
  const body = answer.body as Record<string, unknown> & {
    total?: number;
    entry?: { resource: { id: string } }[];
  };
  return {
    status: answer.status,
    body,
    ...(body.total === undefined
      ? {}
      : { total: body.total, ids: (body.entry ?? []).map(({ resource }) => resource.id) }),
  };
}

test.each([
  'Patient?name:exact=One',
  'ImagingStudy?status:not=available',
  'ImagingStudy?patient:missing=true',
  'ImagingStudy?patient.birthdate=1960',
  'ImagingStudy?patient.identifier:exact=P1',
  'Patient?_has:ImagingStudy:patient:modality=MR',
])('%s is refused: to leave it out would name everybody', (question) => {
  const { status, body } = ask(question);
  expect([status, body['resourceType']]).toEqual([400, 'OperationOutcome']);
});

test('what is only unknown is left out of account, or refused where that is asked for', () => {
  expect(ask('ImagingStudy?colour=blue').total).toBe(3);
  expect(ask('ImagingStudy?_include:iterate=x').total).toBe(3);
  expect(ask('ImagingStudy?colour=blue', { strict: true }).status).toBe(400);
  expect(ask('ImagingStudy?_count=2', { strict: true }).status).toBe(200);
});

test('dates: several at once, and words that are none', () => {
  expect(ask('ImagingStudy?started=2026-01-01,2026-03-03').total).toBe(2);
  expect(ask('ImagingStudy?started=ge2026-02&started=lt2026-03').total).toBe(1);
  for (const wrong of ['yesterday', '2026-1-1', '20260101', 'ge'])
    expect(ask(`ImagingStudy?started=${wrong}`).status).toBe(400);
});

test('the number alone, and no empty arrays', () => {
  for (const question of ['ImagingStudy?_count=0', 'ImagingStudy?_summary=count', 'Patient?name=Nobody']) {
    const { status, body } = ask(question);
    expect([status, 'entry' in body]).toEqual([200, false]);
  }
  expect(ask('ImagingStudy?_count=0').total).toBe(3);
});

test('XML is not spoken', () => {
  expect(ask('Patient', { accept: 'application/fhir+xml' }).status).toBe(406);
  expect(ask('Patient?_format=xml').status).toBe(406);
  expect(ask('Patient?_format=json', { accept: 'application/fhir+xml' }).status).toBe(200);
  expect(ask('Patient', { accept: 'text/html, application/fhir+json;q=0.9' }).status).toBe(200);
});

test('the capability statement names each parameter with its type', () => {
  const { body } = ask('metadata');
  const [server] = body['rest'] as { resource: { type: string; searchParam: object[] }[] }[];
  expect(server!.resource.find(({ type }) => type === 'ImagingStudy')!.searchParam).toEqual(
    expect.arrayContaining([
      { name: 'patient', type: 'reference' },
      { name: 'started', type: 'date' },
      { name: 'identifier', type: 'token' },
    ]),
  );
  // R4 cpb-15: an instance has an implementation.
  expect(body).toMatchObject({ kind: 'instance', implementation: { url: 'http://a/fhir' } });
});

test('two patients without a number are two, and nothing is there and empty', () => {
  const nameless = held(
    { '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Secret^Name' }] } },
    { '00100010': { vr: 'PN', Value: [] } },
  );
  const found = ask('Patient', { holdings: nameless });
  expect(found.total).toBe(2);
  const studies = ask('ImagingStudy', { holdings: nameless });
  expect(new Set(studies.ids).size).toBe(2);
  const texts = [found, studies].map(({ body }) => JSON.stringify(body)).join();
  expect(texts).not.toMatch(/""|\[\]|\{\}/);
});
