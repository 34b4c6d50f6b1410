/**
 * The same series through dcm2niix, where it is a good witness: chest, abdomen, cardiac phases, classic flow, PET and
 * plain MR. Every voxel is compared by its place in the patient, so that a swapped or flipped axis fails.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import { exportNifti } from '../../edge-node/twin/index.ts';
import type { Volume } from '../../shared/volume.ts';
import { DCM2NIIX, DCMDJPLS, missing, missingData, sharedData } from '../fixtures/debian.ts';
import {
  compareInPlace,
  decodedCopy,
  openOnly,
  openPool,
  runDcm2niix,
  temporaryFolder,
} from '../fixtures/ingest.ts';
import { readNifti } from '../fixtures/read-grid.ts';

const why = missing(DCM2NIIX, DCMDJPLS) ?? missingData('ct-chest-thin');

describe.skipIf(why !== null)(`dcm2niix as witness${why ? ` (skipped: ${why})` : ''}`, () => {
  const folder = temporaryFolder('witness');
  let pool: DecodePool;
  beforeAll(() => {
    pool = openPool();
  });
  afterAll(async () => {
    folder.remove();
    await pool.close();
  });

  const witness = (name: string, from: string): ReturnType<typeof readNifti>[] => {
    const decoded = path.join(folder.path, name, 'decoded');
    decodedCopy(from, decoded);
    return runDcm2niix(decoded, path.join(folder.path, name, 'out')).map(readNifti);
  };

  /** Values to within float32 of each other; places to a thousandth of a voxel or what float32 headers allow. */
  const expectSame = (volume: Volume, grids: ReturnType<typeof readNifti>[], tolerance: number): void => {
    expect(grids.reduce((n, g) => n + g.phases, 0)).toBe(volume.phases.length);
    volume.phases.forEach((_, phase) => {
      const grid = grids.length === 1 ? grids[0]! : grids[phase]!;
      const found = compareInPlace(volume, phase, grid, grids.length === 1 ? phase : 0);
      expect(found.compared).toBe(volume.dims[0] * volume.dims[1] * volume.dims[2]);
      expect(found.placeError).toBeLessThan(0.005);
      expect(found.valueError).toBeLessThanOrEqual(tolerance);
    });
  };

  test('the chest, through our own NIfTI as well', async () => {
    const from = sharedData('ct-chest-thin', 'series');
    const { volumes } = await openOnly(from, pool);
    const grids = witness('chest', from);
    expectSame(volumes[0]!, grids, 0);
    const file = path.join(folder.path, 'ours.nii');
    await exportNifti(volumes[0]!, file);
    expectSame(volumes[0]!, [readNifti(file)], 0);
    // The comparison can fail: a mirrored row axis is seen.
    const m = [...volumes[0]!.lpsFromIndex];
    for (let n = 0; n < 3; n++) {
      m[12 + n]! += m[n]! * 511;
      m[n] = -m[n]!;
    }
    expect(compareInPlace({ ...volumes[0]!, lpsFromIndex: m }, 0, grids[0]!).valueError).toBeGreaterThan(500);
  });

  test('the abdomen', async () => {
    const from = sharedData('ct-abdomen-labels', 'series');
    const { volumes } = await openOnly(from, pool);
    expectSame(volumes[0]!, witness('abdomen', from), 0);
  });

  test('ten cardiac phases', async () => {
    const from = sharedData('cardiac-phases', 'series');
    const { volumes } = await openOnly(from, pool);
    expectSame(volumes[0]!, witness('cardiac', from), 0);
  });

  test('PET', async () => {
    const from = sharedData('pet-seg', 'pet');
    const { volumes } = await openOnly(from, pool);
    expectSame(volumes[0]!, witness('pet', from), 0.01);
  });

  test.each(['4D_flow_MAG', '4D_flow_P_fh'])('classic flow: %s', async (name) => {
    const from = sharedData('flow', 'classic-siemens-like', name);
    expect(readdirSync(from)).toHaveLength(300);
    const { volumes } = await openOnly(from, pool);
    expectSame(volumes[0]!, witness(name, from), 0.001);
  });

  test('plain MR', async () => {
    const from = sharedData('dicom-objects', 'parametric-map');
    const mr = path.join(folder.path, 'mr-in');
    decodedCopy(from, mr);
    const { volumes } = await openOnly(mr, pool, await mrSeries(mr));
    const grids = runDcm2niix(mr, path.join(folder.path, 'mr-out')).map(readNifti);
    const own = grids.filter((g) => g.dims[0] === 256);
    expectSame(volumes[0]!, own, 0.001);
  });

  async function mrSeries(from: string): Promise<string> {
    const { openFolder } = await import('../../edge-node/ingest/index.ts');
    await using source = openFolder(from);
    const { studies } = await source.list();
    return studies.flatMap((s) => s.series).find((s) => s.modality === 'MR')!.seriesInstanceUid;
  }
});
