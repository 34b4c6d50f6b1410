import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { columnLengths, determinant3, transformPoint } from '../../shared/geometry/index.ts';
import type { Mat4 } from '../../shared/geometry/index.ts';
import type { Volume } from '../../shared/volume.ts';
import { readNifti, readNrrd } from '../../test/fixtures/read-grid.ts';
import { exportNifti, exportNrrd } from './write-volume.rim.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-export-'));
afterAll(() => rmSync(folder, { recursive: true }));

const DIMS = [3, 4, 5] as const;

/** Every voxel holds its own index. */
function volumeOf(lpsFromIndex: Mat4, phases = 1, float = false): Volume {
  const size = DIMS[0] * DIMS[1] * DIMS[2];
  return {
    id: '0',
    studyInstanceUid: '2.25.1',
    seriesInstanceUid: '2.25.1.1',
    frameOfReferenceUid: null,
    modality: 'CT',
    dims: DIMS,
    lpsFromIndex,
    spacingMm: columnLengths(lpsFromIndex),
    unit: 'HU',
    phases: Array.from({ length: phases }, (_, p) => {
      const voxels = float
        ? new Float32Array(new SharedArrayBuffer(4 * size))
        : new Int16Array(new SharedArrayBuffer(2 * size));
      voxels.forEach((_v, at) => (voxels[at] = 1000 * p + at + (float ? 0.25 : 0)));
      return { timeMs: 80 * p, voxels, sopInstanceUids: [] };
    }),
    paddingValue: null,
    window: null,
    slicePositionsMm: null,
    holes: [],
    problems: [],
  };
}

/** The 24 proper turns of a box, each with two handednesses of its first two axes: all 48, as stored. */
function orientations(): Mat4[] {
  const found: Mat4[] = [];
  const size = [0.7, 0.9, 2.5];
  for (const order of [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
  ])
    for (let signs = 0; signs < 8; signs++) {
      const column = (i: number): number[] => {
        const v = [0, 0, 0, 0];
        v[order[i]!] = size[i]! * (signs & (1 << i) ? -1 : 1);
        return v;
      };
      found.push([...column(0), ...column(1), ...column(2), 11, -22, 33, 1]);
    }
  return found;
}

const CORNERS = [
  [0, 0, 0],
  [2, 0, 0],
  [0, 3, 0],
  [0, 0, 4],
  [1, 2, 3],
] as const;

test('48 orientations land on the same LPS points in NRRD and in NIfTI, by both of its transforms', async () => {
  const all = orientations();
  expect(new Set(all.map(String)).size).toBe(48);
  for (const lpsFromIndex of all) {
    // A planned volume is never mirrored; the files must be right for one that comes from elsewhere too.
    const mirrored = determinant3(lpsFromIndex) < 0;
    const volume = volumeOf(lpsFromIndex);
    const nrrd = path.join(folder, 'v.nrrd');
    await exportNrrd(volume, nrrd);
    const a = readNrrd(nrrd);
    for (const [i, j, k] of CORNERS) {
      const lps = transformPoint(lpsFromIndex, [i, j, k]);
      lps.forEach((v, n) => expect(a.lpsOf(i, j, k)[n]).toBeCloseTo(v, 9));
      expect(a.at(i, j, k)).toBe((k * 4 + j) * 3 + i);
    }
    if (mirrored) continue;
    const nifti = path.join(folder, 'v.nii');
    await exportNifti(volume, nifti);
    const b = readNifti(nifti);
    for (const [i, j, k] of CORNERS) {
      const lps = transformPoint(lpsFromIndex, [i, j, k]);
      lps.forEach((v, n) => expect(b.lpsOf(i, j, k)[n]).toBeCloseTo(v, 4));
      // A float32 quaternion near half a turn is good to a few thousandths of a mm here.
      lps.forEach((v, n) => expect(b.lpsOfQform!(i, j, k)[n]).toBeCloseTo(v, 2));
      expect(b.at(i, j, k)).toBe((k * 4 + j) * 3 + i);
    }
  }
});

test('an oblique grid has the same quaternion and matrix', async () => {
  const [c, s] = [Math.cos(0.5), Math.sin(0.5)];
  const oblique: Mat4 = [0.6 * c, 0, -0.6 * s, 0, 0, 0.8, 0, 0, 2 * s, 0, 2 * c, 0, -100, -50, 30, 1];
  expect(determinant3(oblique)).toBeGreaterThan(0);
  const file = path.join(folder, 'o.nii');
  await exportNifti(volumeOf(oblique), file);
  const read = readNifti(file);
  for (const [i, j, k] of CORNERS)
    transformPoint(oblique, [i, j, k]).forEach((v, n) => {
      expect(read.lpsOf(i, j, k)[n]).toBeCloseTo(v, 4);
      expect(read.lpsOfQform!(i, j, k)[n]).toBeCloseTo(v, 4);
    });
});

const UPRIGHT: Mat4 = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1];

test('phases are a fourth, slowest axis; one phase is three', async () => {
  const volume = volumeOf(UPRIGHT, 3, true);
  const [nrrd, nifti] = [path.join(folder, 'p.nrrd'), path.join(folder, 'p.nii.gz')];
  await exportNrrd(volume, nrrd);
  await exportNifti(volume, nifti);
  for (const read of [readNrrd(nrrd), readNifti(nifti)]) {
    expect(read.phases).toBe(3);
    expect(read.at(2, 3, 4, 2)).toBe(2059.25);
  }
  expect(readNrrd(nrrd).fields['phase times ms']).toBe('0 80 160');
  await exportNrrd(volume, nrrd, { phase: 1 });
  expect(readNrrd(nrrd)).toMatchObject({ phases: 1, dims: [3, 4, 5] });
  expect(readNrrd(nrrd).at(0, 0, 0)).toBe(1000.25);
  await expect(exportNrrd(volume, nrrd, { phase: 3 })).rejects.toThrow('there is no phase 3');
});

test('an interrupted export leaves nothing behind', async () => {
  const before = readdirSync(folder);
  const stop = new AbortController();
  const write = exportNrrd(volumeOf(UPRIGHT, 3), path.join(folder, 'never.nrrd'), {
    signal: stop.signal,
    onBytes: () => stop.abort(),
  });
  await expect(write).rejects.toThrow();
  expect(readdirSync(folder)).toEqual(before);
});
