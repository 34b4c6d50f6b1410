import { expect, test } from 'vitest';
import { openDicomweb } from './dicomweb.ts';
import { ArchiveError } from './errors.ts';
import { routedServer, tinyObject } from './routed-server.fixture.ts';

const json = (body: unknown, code = 200): Response =>
  new Response(JSON.stringify(body), { status: code, headers: { 'content-type': 'application/dicom+json' } });
const row = (tag: string, uid: string) => ({ [tag]: { vr: 'UI', Value: [uid] } });
const failureOf = async (run: Promise<unknown>): Promise<ArchiveError> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ArchiveError);
  return error as ArchiveError;
};
const query = (path: string): URLSearchParams => new URLSearchParams(path.split('?')[1]);

test('pages are walked, whatever size the server makes them', async () => {
  const all = Array.from({ length: 23 }, (_, i) => row('0020000E', `1.2.${i}`));
  for (const size of [1, 7, 23, 500]) {
    const { server } = routedServer((path) => {
      const offset = Number(query(path).get('offset'));
      return json(all.slice(offset, offset + size));
    });
    expect((await openDicomweb(server).series('1.2')).map((one) => one.seriesInstanceUid)).toEqual(
      all.map((entry) => entry['0020000E']!.Value[0]),
    );
  }
});

test('a server that ignores `offset` is asked no further than it gives news', async () => {
  const { server, asked } = routedServer(() => json([row('0020000E', '1.2.1'), row('0020000E', '1.2.2')]));
  expect(await openDicomweb(server).series('1.2')).toHaveLength(2);
  expect(asked).toHaveLength(2);
});

test('nothing found may be an empty list, or no body at all', async () => {
  for (const answer of [() => json([]), () => new Response(null, { status: 204 })])
    expect(await openDicomweb(routedServer(answer).server).series('1.2')).toEqual([]);
});

test('404 behind the last page is the end, and on the first page what it says', async () => {
  const { server } = routedServer((path) =>
    query(path).get('offset') === '0' ? json([row('0020000E', '1.2.1')]) : json({}, 404),
  );
  expect(await openDicomweb(server).series('1.2')).toHaveLength(1);
  const none = routedServer(() => json({}, 404));
  expect((await failureOf(openDicomweb(none.server).series('1.2'))).code).toBe('not-found');
});

test('what is no list of datasets is said, not shown', async () => {
  const wrong = [{}, 'text', [1], [{ '0020000E': 'text' }], [{ '0020000E': { vr: 'UI', Value: 'x' } }]];
  for (const body of wrong)
    expect((await failureOf(openDicomweb(routedServer(() => json(body)).server).series('1.2'))).code).toBe(
      'bad-answer',
    );
  const html = routedServer(() => new Response('<html>'));
  expect((await failureOf(openDicomweb(html.server).metadata('1.2', '1.3'))).code).toBe('bad-answer');
});

test('rows without a usable UID are passed over', async () => {
  const { server } = routedServer((path) =>
    json(query(path).get('offset') === '0' ? [row('0020000E', '../x'), {}, row('0020000E', '1.2.3')] : []),
  );
  expect((await openDicomweb(server).series('1.2')).map((one) => one.seriesInstanceUid)).toEqual(['1.2.3']);
});

test('a study that was not asked for is not taken for the one that was', async () => {
  const { server } = routedServer(() => json([row('0020000D', '1.2.9')]));
  expect(await openDicomweb(server).study('1.2.3')).toBeNull();
});

test.each([
  ['299 pacs.example "There are 12 additional results that can be requested"', true],
  ['299 - "The results are limited to 100"', true],
  ['299 pacs: The number of results exceeded the maximum supported by the server', true],
  [
    '299 pacs "The fuzzymatching parameter is not supported. Only literal matching has been performed."',
    false,
  ],
  ['110 proxy "Response is stale, there may be more"', false],
  [null, false],
])('a warning %s: there is more: %s', async (warning, more) => {
  const { server } = routedServer(() => {
    const answer = json([row('0020000D', '1.2.3')]);
    if (warning !== null) answer.headers.set('warning', warning);
    return answer;
  });
  const page = await openDicomweb(server).studyPage({}, { limit: 1, offset: 0 });
  expect(page).toMatchObject({ studies: [{ studyInstanceUid: '1.2.3' }], saysMore: more });
});

test('as many series as are expected are not asked for more, fewer are', async () => {
  const { server, asked } = routedServer((path) =>
    json(query(path).get('offset') === '0' ? [row('0020000E', '1.2.1'), row('0020000E', '1.2.2')] : []),
  );
  const archive = openDicomweb(server);
  for (const [expected, requests] of [
    [2, 1],
    [3, 2],
    [null, 2],
  ] as const) {
    asked.length = 0;
    expect(await archive.series('1.2', { expected })).toHaveLength(2);
    expect(asked).toHaveLength(requests);
  }
});

test('failures come in our words', async () => {
  const { server } = routedServer(() => json({}, 403));
  const error = await failureOf(openDicomweb(server).metadata('1.2', '1.3'));
  expect(error).toMatchObject({ code: 'unauthorized', status: 403 });
  expect(error.message).toContain('does not let this account read the headers of a series');
});

const storedAnswer = (stored: readonly string[], refused: readonly string[]) => ({
  '00081199': { vr: 'SQ', Value: stored.map((uid) => row('00081155', uid)) },
  ...(refused.length > 0
    ? {
        '00081198': {
          vr: 'SQ',
          Value: refused.map((uid) => ({ ...row('00081155', uid), '00081197': { vr: 'US', Value: [272] } })),
        },
      }
    : {}),
});

test('storing says what was stored and what was refused', async () => {
  for (const code of [200, 202, 409]) {
    const { server, asked } = routedServer(() => json(storedAnswer(['1.2.1'], ['1.2.2']), code));
    const outcome = await openDicomweb(server).store(['1.2.1', '1.2.2'].map(tinyObject));
    expect(outcome, String(code)).toEqual({
      stored: ['1.2.1'],
      refused: [{ sopInstanceUid: '1.2.2', reason: 272 }],
    });
    expect(asked.map(({ line }) => line)).toEqual(['POST /studies']);
  }
});

test('a request that is refused as a whole is sent again object by object', async () => {
  let requests = 0;
  const { server } = routedServer((_path, _accept, init) => {
    requests++;
    const body = Buffer.from(init.body as ArrayBuffer).toString('latin1');
    const uids = ['7.7.1', '7.7.2', '7.7.3'].filter((uid) => body.includes(uid));
    return uids.includes('7.7.2') ? json({}, 400) : json(storedAnswer(uids, []));
  });
  const outcome = await openDicomweb(server).store(['7.7.1', '7.7.2', '7.7.3'].map(tinyObject));
  expect(outcome.stored).toEqual(['7.7.1', '7.7.3']);
  expect(outcome.refused).toEqual([{ sopInstanceUid: '7.7.2', reason: null }]);
  expect(requests).toBe(4);
});
