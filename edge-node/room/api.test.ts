import { expect, test } from 'vitest';
import type { SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { answerApi, type ApiContext } from './api.ts';
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
