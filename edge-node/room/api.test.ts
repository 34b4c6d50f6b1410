import { expect, test } from 'vitest';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { answerApi, type ApiContext } from './api.ts';
import { Refusal } from './http-answer.ts';
import type { KnownStudies } from './listing-cache.ts';
import type { Access } from './tokens.ts';

const entry = (sopClassUid: string, kind: SeriesEntry['kind']): SeriesEntry =>
  ({ seriesInstanceUid: '1.2.3', sopClassUid, kind }) as SeriesEntry;

/** Which entry of the series the picture is asked of. */
async function pictured(...series: readonly SeriesEntry[]): Promise<string> {
  let asked = '';
  const access: Access = {
    scope: 'host',
    role: 'surgeon',
    roomId: null,
    studyInstanceUid: null,
    expiresMs: null,
  };
  const context: ApiContext = {
    rooms: { admit: () => ({ ok: true, access }), create: () => expect.unreachable() },
    listing: {
      searchable: false,
      studies: () => expect.unreachable(),
      study: async () => ({ studyInstanceUid: '1.2', series }) as unknown as StudyEntry,
    },
    thumbnails: {
      async get(_study, one) {
        asked = one.sopClassUid;
        return new Uint8Array(1);
      },
    },
    sourceLabel: '',
  };
  const request = {
    method: 'GET',
    pathname: '/api/thumbnails/1.2/1.2.3',
    token: 'host',
    contentType: '',
    origin: '',
    signal: new AbortController().signal,
    body: async () => '',
  };
  expect((await answerApi(request, context, 0)).status).toBe(200);
  return asked;
}

test('a series of two SOP classes is pictured by the one that is a volume, whichever comes first', async () => {
  const report = entry('report', 'sr');
  const picture = entry('picture', 'image2d');
  const volume = entry('volume', 'volume');
  expect(await pictured(report, volume)).toBe('volume');
  expect(await pictured(picture, volume)).toBe('volume');
  expect(await pictured(report, picture)).toBe('picture');
});

/** The answer to a search; `asked` gets what the listing was asked for. */
async function search(
  text: unknown,
  how: { scope?: Access['scope']; method?: string; searchable?: boolean } = {},
): Promise<{ status: number; asked: unknown }> {
  let asked: unknown = null;
  const access: Access = { scope: how.scope ?? 'host', role: 'surgeon', roomId: null, studyInstanceUid: null, expiresMs: null }; // prettier-ignore
  const context: ApiContext = {
    rooms: { admit: () => ({ ok: true, access }), create: () => expect.unreachable() },
    listing: {
      searchable: how.searchable ?? true,
      studies: (_now, question) => {
        asked = question?.search;
        return Promise.resolve({} as KnownStudies);
      },
      study: () => expect.unreachable(),
    },
    thumbnails: { get: () => expect.unreachable() },
    sourceLabel: '',
  };
  const request = {
    method: how.method ?? 'POST',
    pathname: '/api/studies/search',
    token: 'host',
    contentType: 'application/json',
    origin: '',
    signal: new AbortController().signal,
    body: async () => JSON.stringify(text),
  };
  const status = await answerApi(request, context, 0).then(
    (answer) => answer.status,
    (error: unknown) => (error instanceof Refusal ? error.status : expect.unreachable()),
  );
  return { status, asked };
}

test("a search is the host's alone, comes in a body, and asks for what was read of it", async () => {
  const words = { words: 'doe', span: { from: '20260314', to: '20260314' } };
  expect(await search({ text: ' doe* 2026-03-14' })).toEqual({ status: 200, asked: words });
  expect(await search({ text: 'doe' }, { scope: 'room' })).toEqual({ status: 403, asked: null });
  expect(await search({ text: 'doe' }, { method: 'GET' })).toEqual({ status: 405, asked: null });
  expect(await search({ text: 'doe' }, { searchable: false })).toEqual({ status: 404, asked: null });
  for (const bad of [{}, { text: 7 }, { text: '*' }, { text: 'x'.repeat(201) }, 'doe'])
    expect(await search(bad)).toEqual({ status: 400, asked: null });
});
