/** The whole way of a real CT: found through FHIR, fetched from a real Orthanc, in its place, to the first stereo frame. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { renderFirstFrame, type FirstFrame } from '../../edge-node/cli/first-frame.ts';
import { openSource } from '../../edge-node/ingest/open-source.rim.ts';
import type { Source } from '../../edge-node/ingest/types.ts';
import { openDecodePool, type DecodePool } from '../../fhir/dicom/index.ts';
import { determinant3, transformPoint } from '../../shared/geometry/index.ts';
import { missing, missingData, ORTHANC, ORTHANC_DICOMWEB, sharedData, STORESCU } from '../fixtures/debian.ts';
import { startFhirServer, type FhirServer } from '../fixtures/fhir-server.ts';
import { matchingBundle } from '../fixtures/matching-bundle.ts';
import { startOrthanc, type Orthanc } from '../fixtures/orthanc.ts';

const absent = missing(ORTHANC, ORTHANC_DICOMWEB, STORESCU) ?? missingData('fhir', 'ct-chest-thin');
if (absent) console.log(`skipped: a real CT from FHIR to its first frame (${absent})`);

interface Truth {
  readonly StudyInstanceUID: string;
  readonly SeriesInstanceUID: string;
  readonly sha256_volume_uint16le_file_order: string;
  readonly first_file_ipp: readonly number[];
  readonly last_file_ipp: readonly number[];
  readonly rescale: { readonly slope: number; readonly intercept: number };
}

describe.skipIf(absent !== null)('a real CT, from FHIR to its first stereo frame', () => {
  let truth: Truth;
  let orthanc: Orthanc;
  let fhir: FhirServer;
  let source: Source;
  let pool: DecodePool;
  let first: FirstFrame;

  beforeAll(async () => {
    truth = JSON.parse(readFileSync(sharedData('ct-chest-thin', 'truth.json'), 'utf8')) as Truth;
    orthanc = await startOrthanc();
    await orthanc.storescu([sharedData('ct-chest-thin', 'series')], '-xt');
    fhir = await startFhirServer({
      bundles: [matchingBundle('ct-chest-thin')],
      dicomwebUrl: orthanc.dicomwebUrl,
    });
    source = await openSource(fhir.fhirUrl, { environment: {} });
    pool = openDecodePool();
    const uids = { studyInstanceUid: truth.StudyInstanceUID, seriesInstanceUid: truth.SeriesInstanceUID };
    first = await renderFirstFrame(source, uids, { pool });
    const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
    const stages = Object.entries(first.stages).map(([stage, ms]) => `${stage} ${seconds(ms)}`);
    console.log(`ct-chest-thin, Orthanc through FHIR: ${seconds(first.totalMs)} (${stages.join(', ')})`);
  });
  afterAll(async () => {
    await pool?.close();
    await source?.[Symbol.asyncDispose]();
    await fhir?.close();
    await orthanc?.close();
  });

  test('every voxel is the one that was scanned', () => {
    const { voxels } = first.volume.phases[0]!;
    const slice = 512 * 512;
    const stored = new Uint16Array(slice);
    const hash = createHash('sha256');
    // Files run from head to foot; k follows the normal, which points to the head.
    for (let k = 149; k >= 0; k--) {
      for (let i = 0; i < slice; i++)
        stored[i] = (voxels[k * slice + i]! - truth.rescale.intercept) / truth.rescale.slope;
      hash.update(new Uint8Array(stored.buffer));
    }
    expect(hash.digest('hex')).toBe(truth.sha256_volume_uint16le_file_order);
  });

  test('and it lies where it lay in the patient', () => {
    const { lpsFromIndex, dims, unit, problems } = first.volume;
    expect({ dims, unit, problems }).toEqual({ dims: [512, 512, 150], unit: 'HU', problems: [] });
    expect(determinant3(lpsFromIndex)).toBeGreaterThan(0);
    const at = (k: number) => transformPoint(lpsFromIndex, [0, 0, k]);
    at(149).forEach((value, axis) => expect(value).toBeCloseTo(truth.first_file_ipp[axis]!, 3));
    at(0).forEach((value, axis) => expect(value).toBeCloseTo(truth.last_file_ipp[axis]!, 3));
  });

  test('the frame shows it to two eyes', () => {
    const { pixels, width, height } = first.picture;
    expect([width, height]).toEqual([1280, 640]);
    const lit = [0, 0];
    let different = 0;
    for (let y = 0; y < height; y++)
      for (let x = 0; x < 640; x++) {
        const [left, right] = [(y * width + x) * 4, (y * width + x + 640) * 4];
        if (pixels[left]! > 60) lit[0]!++;
        if (pixels[right]! > 60) lit[1]!++;
        if (pixels[left] !== pixels[right]) different++;
      }
    for (const count of lit) expect(count).toBeGreaterThan(20_000);
    expect(different).toBeGreaterThan(10_000);
  });
});
