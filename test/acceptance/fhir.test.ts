/** A real FHIR server in front of a real Orthanc: studies are found through FHIR, and what the two say otherwise is stated. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../edge-node/ingest/open-source.rim.ts';
import { SourceError, type Source } from '../../edge-node/ingest/types.ts';
import { openFhir } from '../../fhir/clients/index.ts';
import type { Problem, StudyEntry } from '../../shared/volume.ts';
import { missing, missingData, ORTHANC, ORTHANC_DICOMWEB, sharedData, STORESCU } from '../fixtures/debian.ts';
import {
  startFhirServer,
  type FhirBundle,
  type FhirResource,
  type FhirServer,
} from '../fixtures/fhir-server.ts';
import { matchingBundle } from '../fixtures/matching-bundle.ts';
import { startOrthanc, type Orthanc } from '../fixtures/orthanc.ts';

const absentData = missingData('fhir', 'ct-chest-thin', 'ct-head-gantry-tilt');
const absent = missing(ORTHANC, ORTHANC_DICOMWEB, STORESCU) ?? absentData;
if (absent) console.log(`skipped: FHIR in front of a real Orthanc (${absent})`);

const CHEST = {
  study: '1.3.6.1.4.1.14519.5.2.1.6279.6001.265704884949271879044145982159',
  series: '1.3.6.1.4.1.14519.5.2.1.6279.6001.154677396354641150280013275227',
};
const GE = {
  study: '1.2.826.0.1.3680043.9.4245.1760717064491086528325869788156915668',
  series: '1.2.826.0.1.3680043.9.4245.3115138630835728997848661150714813892',
};
const failureOf = async (run: Promise<unknown>): Promise<SourceError> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
};
const mismatches = (problems: readonly Problem[]): string[] =>
  problems.filter((problem) => problem.code === 'source-mismatch').map((problem) => problem.text);
const seriesOf = (study: StudyEntry | undefined, uid: string) =>
  study!.series.find((series) => series.seriesInstanceUid === uid)!;
const bundleOf = (...resources: FhirResource[]): FhirBundle => ({
  entry: resources.map((resource) => ({ resource })),
});
const example = (name: string): FhirResource =>
  JSON.parse(readFileSync(sharedData('fhir', 'examples', `${name}.json`), 'utf8')) as FhirResource;

describe.skipIf(absent !== null)('FHIR in front of a real Orthanc', () => {
  let orthanc: Orthanc;
  let fhir: FhirServer;
  let source: Source;
  const withFhir = (server: FhirServer, environment = {}): Promise<Source> =>
    openSource(orthanc.dicomwebUrl, { fhir: server.fhirUrl, environment });

  beforeAll(async () => {
    orthanc = await startOrthanc();
    const folders = [
      'ct-chest-thin/series',
      'ct-head-gantry-tilt/ge-head-variable-spacing',
      'ct-head-gantry-tilt/philips-phantom-tilt-minus-18',
    ];
    for (const folder of folders) await orthanc.storescu([sharedData(folder)], '-xt');
    fhir = await startFhirServer({
      bundles: ['ct-chest-thin', 'ct-head-gantry-tilt-ge', 'ct-head-gantry-tilt-philips'].map(matchingBundle),
      dicomwebUrl: orthanc.dicomwebUrl,
      page: 1,
    });
    source = await withFhir(fhir);
  });
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
    await fhir?.close();
    await orthanc?.close();
  });

  test('studies are found page by page, and agree with the archive', async () => {
    const { studies, quarantine } = await source.list();
    expect(quarantine).toEqual([]);
    expect(studies).toHaveLength(3);
    expect(fhir.requests.filter(({ line }) => line.includes('_offset=')).length).toBe(2);
    const chest = seriesOf(
      studies.find((study) => study.studyInstanceUid === CHEST.study),
      CHEST.series,
    );
    expect(chest).toMatchObject({ kind: 'volume', dims: [512, 512, 150], instances: 150, problems: [] });
    for (const study of studies)
      for (const series of study.series) expect(mismatches(series.problems)).toEqual([]);
  });

  test('a series is opened through FHIR: study, endpoint, headers, bytes', async () => {
    const headers = await source.headers(CHEST.study, CHEST.series);
    expect(headers.instances).toHaveLength(150);
    expect(headers.problems).toEqual([]);
    let bytes = 0;
    for await (const object of source.retrieve(CHEST.study, CHEST.series)) bytes += object.bytes.length;
    expect(bytes).toBeGreaterThan(29_000_000);
  });

  test('one study, the first one, and the study of a series are asked for alone', async () => {
    const before = fhir.requests.length;
    expect(await source.studiesOf?.(CHEST.series)).toEqual([CHEST.study]);
    expect(fhir.requests.slice(before).map(({ line }) => line)).toEqual([
      expect.stringContaining(`series=${CHEST.series}`),
    ]);
    // FHIR need not name every series: that it has none of this name is no answer.
    expect(await source.studiesOf?.('1.2.3.4')).toBeNull();
    const { studies } = await source.list({ studyInstanceUid: CHEST.study });
    expect(studies.map((study) => study.studyInstanceUid)).toEqual([CHEST.study]);
    expect((await source.list({ most: 1 })).studies).toHaveLength(1);
  });

  test('the address of the FHIR server alone is enough: its endpoints say where', async () => {
    await using alone = await openSource(fhir.fhirUrl, { environment: {} });
    const { studies } = await alone.list();
    expect(studies).toHaveLength(3);
    expect((await alone.headers(CHEST.study, CHEST.series)).instances).toHaveLength(150);
    for await (const object of alone.retrieve(CHEST.study, CHEST.series)) {
      expect(object.bytes.length).toBeGreaterThan(1000);
      break;
    }
  });

  test('a FHIR server that tells another story is not believed, and it is said', async () => {
    await using other = await startFhirServer({
      bundles: [matchingBundle('mismatch-ge')],
      dicomwebUrl: orthanc.dicomwebUrl,
    });
    await using source = await withFhir(other);
    const { studies } = await source.list();
    const ge = studies[0];
    expect(mismatches(seriesOf(ge, GE.series).problems)).toEqual([
      'The FHIR server counts 1 series in this study and lists 2.',
      'The FHIR server names 1 image of this series that the archive does not have.',
    ]);
    const ghost = seriesOf(ge, '2.25.888888');
    expect(ghost).toMatchObject({ kind: 'other', instances: 0, dims: null });
    expect(mismatches(ghost.problems)).toContain(
      'The FHIR server names this series (1 image) and the archive does not have it.',
    );
    const headers = await source.headers(GE.study, GE.series);
    expect(headers.instances).toHaveLength(28);
    expect(mismatches(headers.problems)).toContain(
      'The FHIR server names 1 image of this series that the archive does not have.',
    );
    expect((await failureOf(source.headers(GE.study, '2.25.888888'))).code).toBe('not-found');
  });

  test("another patient's number is stated, without the numbers", async () => {
    await using other = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin')],
      dicomwebUrl: orthanc.dicomwebUrl,
      edit: (resource) =>
        resource.resourceType === 'Patient'
          ? { ...resource, identifier: [{ value: 'SOMEBODY-ELSE' }] }
          : resource,
    });
    await using source = await withFhir(other);
    const texts = mismatches((await source.headers(CHEST.study, CHEST.series)).problems);
    expect(texts).toHaveLength(1);
    expect(texts[0]).toContain('different patient numbers');
    expect(texts[0]).not.toMatch(/SOMEBODY|LIDC/);
  });

  test('an endpoint elsewhere than the archive that was named is stated, not followed', async () => {
    await using other = await startFhirServer({ bundles: [matchingBundle('ct-chest-thin')] });
    await using source = await withFhir(other);
    const { studies } = await source.list();
    expect(mismatches(studies[0]!.series[0]!.problems)).toEqual([
      expect.stringContaining('lies at localhost:8042'),
    ]);
    expect((await source.headers(CHEST.study, CHEST.series)).instances).toHaveLength(150);
  });

  test('no Endpoint: where the images lie is not known, and that is said', async () => {
    const edits: ((resource: FhirResource) => FhirResource | null)[] = [
      (resource) => (resource.resourceType === 'Endpoint' ? null : resource),
      (resource) => (resource.resourceType === 'Endpoint' ? { ...resource, status: 'off' } : resource),
      (resource) =>
        resource.resourceType === 'Endpoint'
          ? { ...resource, connectionType: { code: 'hl7v2-mllp' } }
          : resource,
      (resource) => ({ ...resource, endpoint: [] }),
    ];
    for (const edit of edits) {
      await using other = await startFhirServer({
        bundles: [matchingBundle('ct-chest-thin')],
        dicomwebUrl: orthanc.dicomwebUrl,
        edit,
      });
      await using source = await withFhir(other);
      for (const run of [
        () => source.list(),
        () => source.list({ most: 1 }),
        () => source.headers(CHEST.study, CHEST.series),
      ]) {
        const error = await failureOf(run());
        expect(error.code).toBe('no-endpoint');
        expect(error.message).toContain('dicom-wado-rs');
      }
    }
  });

  test('a study that the archive lacks, and one entered in error, are records', async () => {
    await using other = await startFhirServer({
      bundles: [matchingBundle('pet'), matchingBundle('ct-chest-thin')],
      dicomwebUrl: orthanc.dicomwebUrl,
      edit: (resource) =>
        resource.id === 'imagingstudy-ct-chest-thin' ? { ...resource, status: 'entered-in-error' } : resource,
    });
    await using source = await withFhir(other);
    const { studies, quarantine } = await source.list();
    expect(studies).toEqual([]);
    expect(quarantine.map(({ object }) => object).toSorted()).toEqual([
      '1.3.6.1.4.1.14519.5.2.1.2744.7002.271803936741289691489150315969',
      'ImagingStudy/imagingstudy-ct-chest-thin',
    ]);
    expect((await failureOf(source.headers(CHEST.study, CHEST.series))).message).toContain(
      'entered-in-error',
    );
    expect((await failureOf(source.headers('1.2.3.4', '1.2.3.5'))).code).toBe('not-found');
  });

  test('the older shape is refused by name; what is not R4 is one record beside what is', async () => {
    const older = { ...example('hl7-stu3-like-imagingstudy-example'), id: 'older' };
    const lying: FhirResource = {
      ...example('hl7-r4-imagingstudy-example'),
      id: 'lying',
      series: [{ uid: '../../etc', modality: { code: 'CT' } }],
    };
    await using other = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin'), bundleOf(older, lying)],
      dicomwebUrl: orthanc.dicomwebUrl,
      page: 2,
    });
    await using source = await withFhir(other);
    const { studies, quarantine } = await source.list();
    expect(studies.map((study) => study.studyInstanceUid)).toEqual([CHEST.study]);
    expect(quarantine.map(({ object }) => object).toSorted()).toEqual([
      'ImagingStudy/lying',
      'ImagingStudy/older',
    ]);
    expect(quarantine.find(({ object }) => object.endsWith('older'))!.reason).toContain('STU3');
    expect(quarantine.find(({ object }) => object.endsWith('lying'))!.reason).toContain('series.0.uid');
  });

  test("credentials: each server gets its own, and nobody another's", async () => {
    await using guarded = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin')],
      dicomwebUrl: orthanc.dicomwebUrl,
      authorization: 'Bearer for-fhir',
    });
    await using mine = await withFhir(guarded, {
      ANTEROOM_TOKEN: 'for-archive',
      ANTEROOM_FHIR_TOKEN: 'for-fhir',
    });
    expect((await mine.list()).studies).toHaveLength(1);
    await using without = await withFhir(guarded, { ANTEROOM_TOKEN: 'for-archive' });
    const error = await failureOf(without.list());
    expect(error.code).toBe('unauthorized');
    expect(error.message).toContain('ANTEROOM_FHIR_TOKEN');
    const seen = new Set(guarded.requests.map((request) => request.authorization));
    expect(seen).toEqual(new Set(['Bearer for-fhir', undefined]));
  });

  test('an archive that only FHIR named gets no credentials, and is told how it would', async () => {
    await using guarded = await startOrthanc({ user: 'alice', password: 'secret' });
    await using naming = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin')],
      dicomwebUrl: guarded.dicomwebUrl,
    });
    await using alone = await openSource(naming.fhirUrl, { environment: { ANTEROOM_BASIC: 'alice:secret' } });
    const error = await failureOf(alone.list());
    expect(error.code).toBe('unauthorized');
    expect(error.message).toContain('--source');
    await using both = await openSource(guarded.dicomwebUrl, {
      fhir: naming.fhirUrl,
      environment: { ANTEROOM_BASIC: 'alice:secret' },
    });
    expect((await both.list()).quarantine).toHaveLength(1);
    for (const { line, authorization } of naming.requests.slice(-1))
      expect({ line, authorization }).toMatchObject({ authorization: undefined });
  });

  test('a next page on another server is not asked for', async () => {
    await using other = await startFhirServer({ bundles: [] });
    await using luring = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin'), matchingBundle('pet')],
      page: 1,
      authorization: 'Bearer for-fhir',
      nextOrigin: new URL(other.fhirUrl).origin,
    });
    const client = openFhir({ root: luring.fhirUrl, authorization: 'Bearer for-fhir' });
    const { place } = await client.page(null);
    await expect(client.page(place)).rejects.toThrow('another server');
    expect(other.requests).toEqual([]);
  });

  test('a FHIR server that is down, and one that is none', async () => {
    const closed = await startFhirServer({ bundles: [] });
    await closed.close();
    await using down = await withFhir(closed);
    const error = await failureOf(down.list());
    expect(error.code).toBe('unreachable');
    expect(error.message).toMatch(/^The FHIR server at 127\.0\.0\.1:\d+ did not answer \(tried 3 times/);
    await using none = await openSource(orthanc.dicomwebUrl, { fhir: orthanc.restUrl, environment: {} });
    expect((await failureOf(none.list())).code).toBe('not-found');
  });

  test('aborting ends a discovery', async () => {
    const stop = new AbortController();
    stop.abort();
    expect((await failureOf(source.list({ signal: stop.signal }))).code).toBe('aborted');
  });
});
