import { expect, test } from 'vitest';
import { fhirServerOf, REFUSAL } from './fhir-server.fixture.ts';
import type { FhirPage, FhirPlace } from './fhir.ts';

interface Server {
  /** 'YYYY-MM-DD' of each study; '' for none. */
  readonly started: readonly string[];
  /** Parameters that it answers with 400. */
  readonly refuses?: readonly string[];
  /** Does as it was asked. */
  readonly sorts?: boolean;
  /** What the next link of every page says, where not the next page. */
  readonly next?: (root: string) => string;
}
const PER_PAGE = 3;

async function fhirServer({ started, refuses = [], sorts = true, next }: Server) {
  const asked: string[] = [];
  const server = await fhirServerOf((url, root) => {
    asked.push(url.search);
    if (refuses.some((name) => url.searchParams.has(name))) return { status: 400, body: REFUSAL };
    const all = started.map((day, index) => ({ day, index }));
    if (sorts && url.searchParams.get('_sort') === '-started') all.sort((a, b) => (a.day < b.day ? 1 : -1));
    const offset = Number(url.searchParams.get('offset') ?? 0);
    const page = all.slice(offset, offset + PER_PAGE).map(({ day, index }) => ({
      resource: {
        resourceType: 'ImagingStudy',
        id: `s${index}`,
        status: 'available',
        identifier: [{ system: 'urn:dicom:uid', value: `urn:oid:1.2.${index}` }],
        subject: {},
        ...(day === '' ? {} : { started: `${day}T08:00:00Z` }),
      },
    }));
    url.searchParams.set('offset', String(offset + PER_PAGE));
    const link = offset + PER_PAGE < all.length ? [{ relation: 'next', url: next?.(root) ?? `${root}/ImagingStudy${url.search}` }] : []; // prettier-ignore
    return { body: { resourceType: 'Bundle', type: 'searchset', link, entry: page } };
  });
  return { ...server, asked };
}
async function walk(client: Awaited<ReturnType<typeof fhirServer>>['client']) {
  const pages: FhirPage[] = [];
  let place: FhirPlace | null = null;
  do {
    const page: FhirPage = await client.page(place);
    pages.push(page);
    ({ place } = page);
  } while (place);
  return pages;
}
const DAYS = ['2020-01-01', '2024-05-05', '2022-02-02', '', '2026-01-31', '2021-12-24', '2023-03-03'];
const days = (pages: readonly FhirPage[]): string[] =>
  pages.flatMap((page) => page.studies.map((study) => study.started.slice(0, 10)));

test('newest first, a page with each question', async () => {
  await using server = await fhirServer({ started: DAYS });
  const pages = await walk(server.client);
  expect(days(pages)).toEqual(DAYS.toSorted().toReversed());
  expect(pages.map((page) => page.sorted)).toEqual([true, true, true]);
  expect(server.asked).toHaveLength(3);
});

test.each([
  [['_sort'], 2],
  [['_sort', '_include'], 4],
])(
  'a server that refuses %j is asked without, and is not said to have sorted',
  async (refuses, questions) => {
    await using server = await fhirServer({ started: DAYS, refuses });
    const pages = await walk(server.client);
    expect(days(pages)).toEqual(DAYS);
    expect(pages.every((page) => !page.sorted)).toBe(true);
    expect(server.asked).toHaveLength(questions + 2);
  },
);

test('a server that refuses _include alone still sorts', async () => {
  await using server = await fhirServer({ started: DAYS, refuses: ['_include'] });
  const pages = await walk(server.client);
  expect(days(pages)).toEqual(DAYS.toSorted().toReversed());
  expect(pages.at(-1)!.sorted).toBe(true);
});

test('a server that leaves the sorting out and says nothing is found out, on a later page too', async () => {
  await using server = await fhirServer({ started: DAYS, sorts: false });
  expect((await server.client.page(null)).sorted).toBe(false);
  const late = ['2024-01-03', '2024-01-02', '2024-01-01', '2024-06-06'];
  await using other = await fhirServer({ started: late, sorts: false });
  expect((await walk(other.client)).map((page) => page.sorted)).toEqual([true, false]);
});

test('F1: a next page elsewhere is not asked for', async () => {
  await using other = await fhirServer({
    started: DAYS,
    next: () => 'http://elsewhere.example/ImagingStudy',
  });
  const first = await other.client.page(null);
  await expect(other.client.page(first.place)).rejects.toThrow('another server');
});
