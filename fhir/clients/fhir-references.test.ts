/** Rule F6: what the resources around a study cost where the server does not give them out. */
import { expect, test } from 'vitest';
import { fhirServerOf, REFUSAL } from './fhir-server.fixture.ts';

const study = (id: string): object => ({
  resourceType: 'ImagingStudy',
  id,
  status: 'available',
  identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:1.2.${id}` }],
  subject: { reference: `Patient/p${id}` },
  endpoint: [{ reference: `Endpoint/e${id}` }],
  series: [
    { uid: `1.2.${id}.1`, modality: { code: 'CT' }, endpoint: [{ reference: `Endpoint/e${id}` }] },
    { uid: `1.2.${id}.2`, modality: { code: 'CT' } },
  ],
});
const patient = (id: string): object => ({
  resourceType: 'Patient',
  id,
  identifier: [{ system: 'urn:x', value: `number of ${id}` }],
});
const endpoint = (id: string): object => ({
  resourceType: 'Endpoint',
  id,
  status: 'active',
  connectionType: { code: 'dicom-wado-rs' },
  address: `http://archive/${id}`,
});

/** Two studies; `answers` gives a status to some of the resources around them. It knows no _include. */
async function hospital(answers: Readonly<Record<string, number>>, onPages = false) {
  const asked: string[] = [];
  const server = await fhirServerOf((url, root) => {
    const path = url.pathname.slice(1);
    asked.push(path);
    const status = answers[path] ?? 200;
    if (status !== 200) return { status, body: REFUSAL };
    const [type, id = ''] = path.split('/');
    if (type === 'Patient') return { body: patient(id) };
    if (type === 'Endpoint') return { body: endpoint(id) };
    const entry = ['1', '2'].map((one) => ({ resource: study(one) }));
    if (!onPages) return { body: { resourceType: 'Bundle', entry } };
    // Three pages: one study, the other, and that one again.
    const at = Number(url.searchParams.get('at') ?? 0);
    const link = at < 2 ? [{ relation: 'next', url: `${root}/ImagingStudy?at=${at + 1}` }] : [];
    return { body: { resourceType: 'Bundle', link, entry: [entry[at % 2]] } };
  });
  return { ...server, asked };
}

test.each([403, 404, 500])(
  'a Patient answered with %i: the study is there, its number is not known',
  async (status) => {
    await using server = await hospital({ 'Patient/p1': status });
    const { studies, quarantine } = await server.client.page(null);
    expect(studies.map((one) => [one.studyInstanceUid, one.patientIdentifiers])).toEqual([
      ['1.2.1', null],
      ['1.2.2', ['number of p2']],
    ]);
    expect(quarantine).toEqual([]);
  },
);

test('an Endpoint that cannot be read costs its study, with a record, and is asked for once', async () => {
  await using server = await hospital({ 'Endpoint/e1': 403 });
  const { studies, quarantine } = await server.client.page(null);
  expect(studies.map((one) => [one.studyInstanceUid, one.addresses])).toEqual([
    ['1.2.2', ['http://archive/e2']],
  ]);
  expect(quarantine).toEqual([
    {
      object: 'ImagingStudy/1',
      reason: expect.stringContaining('does not let this account read Endpoint/e1'),
    },
  ]);
  expect(server.asked.filter((path) => path === 'Endpoint/e1')).toHaveLength(1);
});

test('what was read one by one for a page is not read again for the next', async () => {
  await using server = await hospital({}, true);
  const first = await server.client.page(null);
  const second = await server.client.page(first.place);
  const third = await server.client.page(second.place);
  const addresses = [first, second, third].map(({ studies }) => studies.map((one) => one.addresses[0]));
  expect(addresses).toEqual([['http://archive/e1'], ['http://archive/e2'], ['http://archive/e1']]);
  for (const path of ['Endpoint/e1', 'Patient/p1'])
    expect(server.asked.filter((one) => one === path)).toHaveLength(1);
});

test('a later page of which no study is left is a page of records', async () => {
  await using server = await hospital({ 'Endpoint/e2': 403 }, true);
  const first = await server.client.page(null);
  const second = await server.client.page(first.place);
  expect(second).toMatchObject({ studies: [], quarantine: [{ object: 'ImagingStudy/2' }] });
  expect((await server.client.page(second.place)).studies).toHaveLength(1);
});

test('where no study is left, the refusal is the failure', async () => {
  await using server = await hospital({ 'Endpoint/e1': 403, 'Endpoint/e2': 403 });
  await expect(server.client.page(null)).rejects.toMatchObject({
    code: 'unauthorized',
    message: expect.stringContaining('Endpoint/e1'),
  });
});

test('credentials that ran out concern everything', async () => {
  await using server = await hospital({ 'Patient/p2': 401 });
  await expect(server.client.page(null)).rejects.toMatchObject({ code: 'unauthorized', status: 401 });
});
