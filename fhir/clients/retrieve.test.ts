import { expect, test } from 'vitest';
import { ArchiveError } from './errors.ts';
import { sopInstanceUidOf } from './object-name.ts';
import { peekTransferSyntax, retrieveSeries, type Retrieved, type RetrieveOptions } from './retrieve.ts';
import { multipartAnswer, routedServer, tinyObject, type Routed } from './routed-server.fixture.ts';

const UIDS = ['1.2.1', '1.2.2', '1.2.3', '1.2.4', '1.2.5', '1.2.6'];
const SERIES = '/studies/1.1/series/1.2';
const status = (code: number): Response => new Response('{}', { status: code });
const uidOf = (path: string): string => path.split('/').at(-1)!;
const single = (uid: string): Response => multipartAnswer([tinyObject(uid)]);

async function collect(routed: Routed, options: Partial<RetrieveOptions> = {}): Promise<Retrieved[]> {
  const found: Retrieved[] = [];
  const listInstances = async (): Promise<string[]> => UIDS;
  for await (const object of retrieveSeries(routed.server, '1.1', '1.2', { listInstances, ...options }))
    found.push(object);
  return found;
}
const uids = (found: readonly Retrieved[]): string[] =>
  found.map((object) => object.sopInstanceUid).toSorted();
const codeOf = async (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => 'none',
    (error: unknown) => (error instanceof ArchiveError ? error.code : String(error)),
  );

test('W1 W2: stored bytes, the whole series at once', async () => {
  const routed = routedServer(() => multipartAnswer(UIDS.map(tinyObject)));
  const found = await collect(routed, { expected: UIDS });
  expect(uids(found)).toEqual(UIDS);
  expect(found.map(({ bytes }) => sopInstanceUidOf(bytes))).toEqual(UIDS);
  expect(routed.asked).toEqual([
    { line: `GET ${SERIES}`, accept: 'multipart/related; type="application/dicom"; transfer-syntax=*' },
  ]);
});

test('W2: a server that refuses `*` is asked for any syntax, one that refuses the series image by image', async () => {
  const any = routedServer((_path, accept) =>
    accept.includes('*') ? status(406) : multipartAnswer(UIDS.map(tinyObject)),
  );
  expect(uids(await collect(any))).toEqual(UIDS);
  expect(any.asked).toHaveLength(2);
  const one = routedServer((path, accept) => {
    if (path === SERIES) return status(501);
    if (accept !== 'application/dicom') return status(400);
    return new Response(Uint8Array.from(tinyObject(uidOf(path))), {
      headers: { 'content-type': 'application/dicom' },
    });
  });
  expect(uids(await collect(one))).toEqual(UIDS);
  // What worked for the first ones is asked for first by the others.
  expect(one.asked.filter(({ accept }) => accept.includes('*')).length).toBeLessThanOrEqual(5);
});

test('W3: what a cut answer lacks is fetched by name, and nothing twice', async () => {
  const routed = routedServer((path) =>
    path === SERIES ? multipartAnswer(UIDS.slice(0, 4).map(tinyObject), false) : single(uidOf(path)),
  );
  const found = await collect(routed);
  expect(uids(found)).toEqual(UIDS);
  // The last part before the cut has no delimiter after it: it may be short, so it is not believed.
  expect(
    routed.asked
      .map(({ line }) => uidOf(line))
      .slice(1)
      .toSorted(),
  ).toEqual(['1.2.4', '1.2.5', '1.2.6']);
});

test('W3: an answer that ends properly and lacks what the headers named is made whole too', async () => {
  const routed = routedServer((path) =>
    path === SERIES ? multipartAnswer(UIDS.slice(1).map(tinyObject)) : single(uidOf(path)),
  );
  expect(uids(await collect(routed, { expected: UIDS }))).toEqual(UIDS);
});

test('W4: an image that cannot be had is a failure by name; the others come', async () => {
  const routed = routedServer((path) => {
    if (path === SERIES) return status(500);
    return uidOf(path) === '1.2.1' ? status(404) : single(uidOf(path));
  });
  const found = await collect(routed);
  expect(uids(found)).toEqual(UIDS);
  const failed = found.filter((object) => object.failure !== null);
  expect(failed.map((object) => object.sopInstanceUid)).toEqual(['1.2.1']);
  expect(failed[0]!.bytes).toHaveLength(0);
  expect(failed[0]!.failure).toContain('does not have an image');
});

test('W4: where not one can be had, that is an error', async () => {
  expect(await codeOf(collect(routedServer(() => status(404))))).toBe('not-found');
  expect(
    await codeOf(
      collect(
        routedServer(() => status(404)),
        { listInstances: async () => [] },
      ),
    ),
  ).toBe('not-found');
  expect(await codeOf(collect(routedServer(() => status(401))))).toBe('unauthorized');
  expect(await codeOf(collect(routedServer(() => status(503))))).toBe('unreachable');
});

test('what is no multipart, and what is cut everywhere', async () => {
  const page = () => new Response('<html>', { headers: { 'content-type': 'text/html' } });
  expect(await codeOf(collect(routedServer(page)))).toBe('bad-answer');
  const cut = routedServer((path) =>
    multipartAnswer([tinyObject(uidOf(path))].slice(0, path === SERIES ? 0 : 1), false),
  );
  const broken = routedServer((path) =>
    path === SERIES ? multipartAnswer([], false) : multipartAnswer([], false),
  );
  expect(await codeOf(collect(broken))).toBe('cut-short');
  expect(await codeOf(collect(cut))).toBe('cut-short');
});

test('`only` is asked for by name where it is little, and picked out where it is much', async () => {
  const answer = (path: string): Response =>
    path === SERIES ? multipartAnswer(UIDS.map(tinyObject)) : single(uidOf(path));
  const little = routedServer(answer);
  expect(uids(await collect(little, { expected: UIDS, only: ['1.2.5'] }))).toEqual(['1.2.5']);
  expect(little.asked.map(({ line }) => line)).toEqual([`GET ${SERIES}/instances/1.2.5`]);
  const much = routedServer(answer);
  expect(uids(await collect(much, { expected: UIDS, only: UIDS.slice(1) }))).toEqual(UIDS.slice(1));
  expect(much.asked.map(({ line }) => line)).toEqual([`GET ${SERIES}`]);
});

test('a name is read from the data set, from the file meta where that fails, and is empty where there is none', () => {
  expect(sopInstanceUidOf(tinyObject('1.2.3'))).toBe('1.2.3');
  expect(sopInstanceUidOf(tinyObject('1.2.3').subarray(0, -4))).toBe('9.9.9');
  expect(sopInstanceUidOf(Buffer.from('nothing'))).toBe('');
  expect(sopInstanceUidOf(new Uint8Array(0))).toBe('');
});

test('the transfer syntax is read from the first bytes', async () => {
  const found = routedServer((path) => single(uidOf(path)));
  expect(await peekTransferSyntax(found.server, '1.1', '1.2', '1.2.3')).toBe('1.2.840.10008.1.2.1');
  for (const answer of [() => status(404), () => new Response('x')])
    expect(await peekTransferSyntax(routedServer(answer).server, '1.1', '1.2', '1.2.3')).toBe('');
});

test('uids that are none never become an address', async () => {
  const routed = routedServer(() => status(200));
  const listInstances = async (): Promise<string[]> => [];
  const run = async (study: string): Promise<void> => {
    for await (const _ of retrieveSeries(routed.server, study, '1.2', { listInstances }));
  };
  for (const study of ['../1', '1.2/..', '1.2?x', '', '1', `1.${'2'.repeat(64)}`])
    expect(await codeOf(run(study)), study).toBe('not-found');
  expect(routed.asked).toEqual([]);
});
