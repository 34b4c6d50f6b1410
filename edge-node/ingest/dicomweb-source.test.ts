import { expect, test } from 'vitest';
import type { HttpEffects } from '../../fhir/clients/index.ts';
import { openDicomwebSource } from './dicomweb-source.rim.ts';
import { SourceError } from './types.ts';

const ROOT = 'https://pacs.example/rs';
/** An archive whose answers are a table from path to JSON. */
function archive(answers: Readonly<Record<string, unknown>>) {
  const effects: HttpEffects = {
    fetch: async (url) => {
      const path = url.slice(ROOT.length).split('?')[0]!;
      const offset = new URL(url).searchParams.get('offset');
      const body = offset !== null && offset !== '0' ? [] : answers[path];
      return new Response(JSON.stringify(body ?? {}), { status: body === undefined ? 404 : 200 });
    },
    sleep: async () => undefined,
    alarm: () => ({ again: () => undefined, stop: () => undefined }),
    nowMs: () => 0,
    random: () => 0,
  };
  return openDicomwebSource({ label: 'pacs.example', root: ROOT, effects });
}
const ui = (uid: string) => ({ vr: 'UI', Value: [uid] });
const instance = (sop: string, study = '1.1', series = '1.2') => ({
  '00080016': ui('1.2.840.10008.5.1.4.1.1.88.11'),
  '00080018': ui(sop),
  '0020000D': ui(study),
  '0020000E': ui(series),
});
const failureOf = async (run: Promise<unknown>): Promise<SourceError> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
};

test('a series without images is empty, and says so', async () => {
  const source = archive({ '/studies/1.1/series/1.2/metadata': [] });
  const error = await failureOf(source.headers('1.1', '1.2'));
  expect(error.code).toBe('empty');
  expect(error.message).toContain('no images in it');
});

test('objects of another study or series, or without a name, are records and never headers', async () => {
  const source = archive({
    '/studies/1.1/series/1.2/metadata': [
      instance('1.2.3'),
      instance('1.2.4', '9.9'),
      instance('1.2.5', '1.1', '9.9'),
      instance('../x'),
    ],
  });
  const headers = await source.headers('1.1', '1.2');
  expect(headers.instances.map((one) => one.sopInstanceUid)).toEqual(['1.2.3']);
  expect(headers.quarantine).toEqual([
    { object: '1.2.4', reason: 'The archive answered with an object of another study.' },
    { object: '1.2.5', reason: 'The archive answered with an object of another series.' },
    { object: '../x', reason: 'The archive lists this object without a usable SOP Instance UID.' },
  ]);
});

test('D4: a series whose metadata cannot be had is one record beside the others', async () => {
  const source = archive({
    '/studies': [{ '0020000D': ui('1.1') }],
    '/studies/1.1/series': [{ '0020000E': ui('1.2') }, { '0020000E': ui('1.3') }],
    '/studies/1.1/series/1.2/metadata': [instance('1.2.3')],
  });
  const { studies, quarantine } = await source.list();
  expect(studies[0]!.series.map((series) => series.seriesInstanceUid)).toEqual(['1.2']);
  expect(quarantine.map(({ object }) => object)).toEqual(['1.3']);
});

test('a study without series is a record', async () => {
  const source = archive({ '/studies': [{ '0020000D': ui('1.1') }], '/studies/1.1/series': [] });
  expect(await source.list()).toEqual({
    studies: [],
    quarantine: [{ object: '1.1', reason: 'The archive names this study and has no series of it.' }],
    ignored: 0,
    problems: [],
  });
});
