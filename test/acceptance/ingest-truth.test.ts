/** Real and truth-bearing series from their folders: geometry, every pixel, and what is amiss, against `truth.json`. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { exportNifti } from '../../edge-node/twin/index.ts';
import { decodeFrame, readHeaderFromFile, readInstance } from '../../fhir/dicom/index.ts';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import { determinant3, transformPoint } from '../../shared/geometry/index.ts';
import type { Volume } from '../../shared/volume.ts';
import { hasSharedData, missingData, sharedData } from '../fixtures/debian.ts';
import { openOnly, openPool, sha256, sliceOf, temporaryFolder } from '../fixtures/ingest.ts';

const why = missingData('ct-chest-thin');
const json = (...names: string[]) => JSON.parse(readFileSync(sharedData(...names), 'utf8'));

describe.skipIf(!hasSharedData)(`series with truth${why ? ` (skipped: ${why})` : ''}`, () => {
  let pool: DecodePool;
  beforeAll(() => {
    pool = openPool();
  });
  afterAll(() => pool.close());

  /** Rescaled voxels back to what was stored, as 16-bit little endian. */
  const stored = (slice: Int16Array | Float32Array, slope: number, intercept: number, signed: boolean) => {
    const out = signed ? new Int16Array(slice.length) : new Uint16Array(slice.length);
    slice.forEach((v, i) => (out[i] = Math.round((v - intercept) / slope)));
    return out;
  };

  const expectPlace = (volume: Volume, k: number, ipp: readonly number[]): void => {
    transformPoint(volume.lpsFromIndex, [0, 0, k]).forEach((v, n) => expect(v).toBeCloseTo(ipp[n]!, 4));
  };

  test('ct-chest-thin: in place, every pixel, and the mL above every level', async () => {
    const truth = json('ct-chest-thin', 'truth.json');
    const { volumes, problems, quarantine } = await openOnly(sharedData('ct-chest-thin'), pool);
    const volume = volumes[0]!;
    expect([problems, quarantine, volume.problems, volume.holes]).toEqual([[], [], [], []]);
    expect(volume.dims).toEqual([512, 512, 150]);
    expect(volume.unit).toBe('HU');
    expect(volume.phases[0]!.voxels).toBeInstanceOf(Int16Array);
    expect(volume.phases[0]!.voxels.buffer).toBeInstanceOf(SharedArrayBuffer);
    expect(determinant3(volume.lpsFromIndex)).toBeGreaterThan(0);
    [0.78125, 0.78125, 1].forEach((v, i) => expect(volume.spacingMm[i]).toBeCloseTo(v, 6));
    expectPlace(volume, 149, truth.first_file_ipp);
    expectPlace(volume, 0, truth.last_file_ipp);
    expect(volume.frameOfReferenceUid).toBe(truth.FrameOfReferenceUID);
    const uids = volume.phases[0]!.sopInstanceUids;
    for (const instance of truth.instances) {
      const k = uids.indexOf(instance.sop);
      expect(transformPoint(volume.lpsFromIndex, [0, 0, k])[2]).toBeCloseTo(instance.z, 4);
      expect(sha256(stored(sliceOf(volume, k), 1, -1000, false)), instance.file).toBe(
        instance.sha256_pixels_uint16le,
      );
    }
    const voxelMl = (volume.spacingMm[0] * volume.spacingMm[1] * volume.spacingMm[2]) / 1000;
    const histogram = new Float64Array(65_536);
    const { voxels } = volume.phases[0]!;
    for (let i = 0; i < voxels.length; i++) histogram[voxels[i]! + 32_768]!++;
    for (const [level, expected] of Object.entries<{ voxels: number; mL: number }>(
      truth.voxels_at_or_above_HU,
    )) {
      const count = histogram.subarray(Number(level) + 32_768).reduce((a, b) => a + b, 0);
      expect(count, level).toBe(expected.voxels);
      expect(count * voxelMl).toBeCloseTo(expected.mL, 2);
    }
  });

  test.each([
    ['ge-head-variable-spacing', 0, true],
    ['philips-phantom-tilt-minus-18', -1024, false],
  ])('%s: straightened, in place, and every slice where it really lay', async (name, intercept, signed) => {
    const truth = json('ct-head-gantry-tilt', `${name}.truth.json`);
    const { volumes, quarantine } = await openOnly(sharedData('ct-head-gantry-tilt', name), pool);
    const volume = volumes[0]!;
    expect(quarantine).toEqual([]);
    const codes = volume.problems.map((p) => p.code);
    expect(codes).toContain('gantry-tilt');
    expect(codes.includes('uneven-spacing')).toBe(!truth.uniform_spacing);
    expect(volume.problems.find((p) => p.code === 'gantry-tilt')!.text).toContain('18.5°');
    expect(volume.spacingMm[0]).toBeCloseTo(truth.pixel_spacing_mm[1], 6);
    expect(volume.spacingMm[1]).toBeCloseTo(truth.pixel_spacing_mm[0], 6);
    const finest = Math.min(...truth.perpendicular_distances_mm.map(([mm]: [number]) => mm));
    expect(volume.spacingMm[2]).toBeCloseTo(finest, 2);
    // k runs along row x column, exactly.
    truth.slice_normal.forEach((v: number, n: number) =>
      expect(volume.lpsFromIndex[8 + n]! / volume.spacingMm[2]).toBeCloseTo(v, 6),
    );
    expect(volume.slicePositionsMm).toHaveLength(truth.slices);
    const gaps = volume.slicePositionsMm!.slice(1).map((p, i) => p - volume.slicePositionsMm![i]!);
    for (const [mm, count] of truth.perpendicular_distances_mm as [number, number][])
      expect(gaps.filter((gap) => Math.abs(gap - mm) < 0.02).length, `${mm} mm`).toBe(count);

    // Truth by formula: at the height of a slice the straight grid is that slice, shifted along its columns.
    const { header } = await readSlices(name, intercept, signed, truth);
    const [columns, rows] = [truth.columns, truth.rows];
    let [compared, worst] = [0, 0];
    for (const slice of header) {
      const k = slice.height / volume.spacingMm[2];
      if (Math.abs(k - Math.round(k)) > 1e-3) continue;
      const index = transformInverse(volume, slice.ipp);
      const top = index[1]!;
      const size = volume.dims[0];
      const plane = sliceOf(volume, Math.round(k));
      for (let row = 2; row < rows - 2; row += 37)
        for (let column = 2; column < columns - 2; column += 29) {
          const j = Math.ceil(top) + row;
          const from = j - top;
          const low = Math.floor(from);
          const share = from - low;
          const a = slice.values[low * columns + column]!;
          const b = slice.values[(low + 1) * columns + column]!;
          if (beside(slice.values, columns, column, low, volume.paddingValue)) continue;
          const expected = a + share * (b - a);
          worst = Math.max(worst, Math.abs(plane[j * size + column]! - expected));
          compared++;
        }
    }
    expect(compared).toBeGreaterThan(truth.uniform_spacing ? 5000 : 100);
    // Rounded to int16, and the grid's height is that of the slice to a thousandth of a row.
    expect(worst).toBeLessThanOrEqual(truth.uniform_spacing ? 0.51 : 2);
  });

  /** The slices as stored, from an opening of each file alone: one-slice volumes need no straightening. */
  async function readSlices(
    name: string,
    _intercept: number,
    _signed: boolean,
    truth: {
      instances: { file: string; ipp: number[]; sha256_pixels_le16: string }[];
      slice_normal: number[];
    },
  ) {
    const dot = (p: number[]): number => p.reduce((s, v, n) => s + v * truth.slice_normal[n]!, 0);
    const first = dot(truth.instances[0]!.ipp);
    const header = [];
    for (const instance of truth.instances) {
      const parsed = readInstance(readFileSync(sharedData('ct-head-gantry-tilt', instance.file)));
      const frame = await decodeFrame(parsed, 0);
      expect(sha256(frame.data), name).toBe(instance.sha256_pixels_le16);
      const values = Float64Array.from(frame.data, (v) => v + _intercept);
      header.push({ ipp: instance.ipp, height: dot(instance.ipp) - first, values });
    }
    return { header };
  }

  /** Padding within a few pixels: blends keep away from it. */
  const beside = (
    values: Float64Array,
    width: number,
    column: number,
    row: number,
    padding: number | null,
  ) => {
    for (let r = -3; r <= 4; r++)
      for (let c = -3; c <= 3; c++) if (values[(row + r) * width + column + c] === padding) return true;
    return false;
  };

  function transformInverse(volume: Volume, lps: readonly number[]): number[] {
    const m = volume.lpsFromIndex;
    const d = lps.map((v, n) => v - m[12 + n]!);
    return [0, 1, 2].map((c) => d.reduce((s, v, n) => s + v * m[4 * c + n]!, 0) / volume.spacingMm[c]! ** 2);
  }

  test('cardiac-phases: ten phases at their times, every pixel', async () => {
    const truth = json('cardiac-phases', 'truth.json');
    const { volumes, listing } = await openOnly(sharedData('cardiac-phases', 'series'), pool);
    const volume = volumes[0]!;
    expect(listing.studies[0]!.series[0]!).toMatchObject({ kind: 'volume4d', phases: 10, problems: [] });
    expect(volume.dims).toEqual([96, 96, 32]);
    expect(volume.phases.map((p) => p.timeMs)).toEqual(truth.trigger_times_ms);
    expectPlace(volume, 0, truth.first_ipp);
    for (const instance of truth.instances)
      expect(
        sha256(stored(sliceOf(volume, instance.slice, instance.phase), 1, -1024, false)),
        instance.file,
      ).toBe(instance.sha256_pixels_uint16le);
  });

  test('pet: Bq/mL as float, each slice by its own slope', async () => {
    const truth = json('pet-seg', 'truth.json').PET;
    const { volumes } = await openOnly(sharedData('pet-seg', 'pet'), pool);
    const volume = volumes[0]!;
    expect(volume.unit).toBe('Bq/mL');
    expect(volume.phases[0]!.voxels).toBeInstanceOf(Float32Array);
    let max = 0;
    for (const v of volume.phases[0]!.voxels) max = Math.max(max, v);
    expect(max).toBeCloseTo(truth.max_bqml, 1);
    for (const instance of truth.instances) {
      const k = volume.phases[0]!.sopInstanceUids.indexOf(instance.sop);
      expect(transformPoint(volume.lpsFromIndex, [0, 0, k])[2]).toBeCloseTo(instance.z, 4);
      expect(sha256(stored(sliceOf(volume, k), instance.rescale_slope, 0, true)), instance.file).toBe(
        instance.sha256_pixels_int16le,
      );
    }
  });

  test('ct-abdomen: JPEG 2000, every pixel in place', async () => {
    const truth = json('ct-abdomen-labels', 'truth.json');
    const { volumes } = await openOnly(sharedData('ct-abdomen-labels', 'series'), pool);
    const volume = volumes[0]!;
    expectPlace(volume, 0, truth.first_ipp);
    for (const instance of truth.instances) {
      const k = volume.phases[0]!.sopInstanceUids.indexOf(instance.sop);
      expect(sha256(stored(sliceOf(volume, k), 1, -1024, false)), instance.file).toBe(
        instance.sha256_pixels_uint16le,
      );
    }
  });

  test('enhanced-mr flow: twelve phases in one object, velocities where the truth has them', async () => {
    const truth = json('flow', 'truth.json');
    const { volumes } = await openOnly(
      sharedData('flow', 'enhanced-mr'),
      pool,
      await seriesOf('4D_flow_velocity_fh.dcm'),
    );
    const volume = volumes[0]!;
    expect(volume.dims).toEqual([64, 80, 25]);
    expect(volume.unit).toBe('cm/s');
    expect(volume.phases.map((p) => p.timeMs)).toEqual(truth.trigger_times_ms);
    // Sagittal, head downwards: k runs to the patient's right, so the truth's first slice is the last row.
    expectPlace(volume, 24, truth.first_slice_ipp);
    const z = transformPoint(volume.lpsFromIndex, [0, truth.planes_axial[0].row, 0])[2];
    expect(z).toBeCloseTo(truth.planes_axial[0].z_lps_mm, 4);
  });

  test.skipIf(!existsSync('/usr/bin/python3'))(
    'enhanced-mr flow: every voxel of the vessel, three directions, twelve phases, within 7.5 mm/s',
    async () => {
      const folder = temporaryFolder('flow');
      const files: string[] = [];
      for (const name of ['rl', 'ap', 'fh']) {
        const file = path.join(folder.path, `${name}.nii`);
        const uid = await seriesOf(`4D_flow_velocity_${name}.dcm`);
        const { volumes } = await openOnly(sharedData('flow', 'enhanced-mr'), pool, uid);
        await exportNifti(volumes[0]!, file);
        files.push(file);
      }
      const script = `
import sys, json, numpy as np
truth = np.load(sys.argv[1]); mask = truth['mask'].astype(bool)
got = [np.fromfile(f, '<f4', offset=352).reshape(12, 25, 80, 64)[:, ::-1] for f in sys.argv[2:]]
error = max(float(np.abs(got[c][p][mask] * 10 - truth['vessel_velocity_mm_s'][p, :, c]).max()) for p in range(12) for c in range(3))
wrong = float(np.abs(got[0][0][mask] * 10 - truth['vessel_velocity_mm_s'][0, :, 2]).max())
print(json.dumps([error, wrong, int(mask.sum())]))`;
      const said = execFileSync('/usr/bin/python3', [
        '-c',
        script,
        sharedData('flow', 'truth_velocity.npz'),
        ...files,
      ]);
      folder.remove();
      const [error, wrong, voxels] = JSON.parse(said.toString()) as number[];
      expect(voxels).toBe(truth().vessel_voxels);
      expect(error).toBeLessThan(7.5);
      // The comparison can fail: another direction is far off.
      expect(wrong).toBeGreaterThan(100);
    },
  );

  const truth = () => json('flow', 'truth.json');

  async function seriesOf(file: string): Promise<string> {
    const header = await readHeaderFromFile(sharedData('flow', 'enhanced-mr', file));
    return header.seriesInstanceUid;
  }
});
