import { expect, test } from 'vitest';
import type { FhirClient, FhirPage, FhirStudy } from '../../fhir/clients/index.ts';
import { nameByFhir } from './name-studies.ts';

const study = (uid: string): FhirStudy => ({
  name: `ImagingStudy/${uid}`,
  studyInstanceUid: uid,
  started: '',
  description: '',
  numberOfSeries: null,
  numberOfInstances: null,
  patientIdentifiers: null,
  addresses: ['https://pacs.example/rs'],
  series: [],
});
/** A server whose pages are told by their addresses: the studies of each, and what its next link says. */
function told(
  pageAt: (address: string) => { readonly uids: readonly string[]; readonly next: string | null },
  total?: number,
) {
  const asked: string[] = [];
  const server: Pick<FhirClient, 'page' | 'peer'> = {
    peer: { host: 'fhir.example' } as FhirClient['peer'],
    page(place) {
      asked.push(place?.next ?? '');
      const { uids, next } = pageAt(place?.next ?? '');
      const page: FhirPage = {
        studies: uids.map(study),
        quarantine: [],
        sorted: true,
        total,
        place: next === null ? null : { next, sorted: true, last: '' },
      };
      return Promise.resolve(page);
    },
  };
  return { names: nameByFhir(server as FhirClient), asked };
}
async function all(names: ReturnType<typeof nameByFhir>, into: string[]): Promise<void> {
  const { signal } = new AbortController();
  for (let batch = await names.name(signal); batch; batch = await names.name(signal))
    into.push(...batch.wanted.map((one) => one.studyInstanceUid));
}

test.each([
  ['itself', 'c'],
  ['one before', 'b'],
])(
  'a page that leads back to %s: what it named counts, and that it is not the end is said',
  async (_, back) => {
    const nexts: Readonly<Record<string, string>> = { '': 'b', b: 'c', c: back };
    const server = told((address) => ({ uids: [`1.${address.length}${address}`], next: nexts[address]! }));
    const found: string[] = [];
    await expect(all(server.names, found)).rejects.toThrow('never end');
    expect(found).toEqual(['1.0', '1.1b', '1.1c']);
    expect(server.asked).toEqual(['', 'b', 'c']);
  },
);

test('a server that counts more studies than it names says so at its end', async () => {
  const problemsOf = async (total: number | undefined): Promise<readonly string[]> => {
    const server = told(
      (address) => ({ uids: [`1.${address.length}`], next: address === '' ? 'b' : null }),
      total,
    );
    await all(server.names, []);
    return server.names.problems().map(({ text }) => text);
  };
  expect(await problemsOf(5)).toEqual([expect.stringContaining('counts 5 imaging studies and named 2')]);
  for (const total of [2, undefined]) expect(await problemsOf(total)).toEqual([]);
});

test('pages that go on for ever with nothing new end in words; a long way through empty ones does not', async () => {
  const counted = (last: number) =>
    told((address) => {
      const at = Number(address);
      const next = at === last ? null : String(at + 1);
      return { uids: at === 0 || at === last ? [`1.${at}`] : [], next };
    });
  const found: string[] = [];
  const endless = counted(Number.POSITIVE_INFINITY);
  await expect(all(endless.names, found)).rejects.toThrow('never end');
  expect(found).toEqual(['1.0']);
  expect(endless.asked.length).toBeLessThan(150);
  const sparse: string[] = [];
  await all(counted(90).names, sparse);
  expect(sparse).toEqual(['1.0', '1.90']);
});
