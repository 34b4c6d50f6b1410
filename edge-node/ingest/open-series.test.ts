import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openDecodePool } from '../../fhir/dicom/index.ts';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import { transformPoint } from '../../shared/geometry/index.ts';
import type { Progress, Volume } from '../../shared/volume.ts';
import { MR, pixelsOf, sliceHeader, stackOf, writeFolder } from '../../test/fixtures/dicom-folder.ts';
import type { FolderFile } from '../../test/fixtures/dicom-folder.ts';
import { openFolder } from './folder-source.rim.ts';
import { openSeries } from './open-series.ts';
import { SourceError } from './types.ts';
import type { OpenedSeries, Source } from './types.ts';

const root = mkdtempSync(path.join(tmpdir(), 'anteroom-open-'));
let pool: DecodePool;
beforeAll(() => {
  pool = openDecodePool({ workers: 2 });
});
afterAll(async () => {
  await pool.close();
  rmSync(root, { recursive: true });
});

let folders = 0;
const put = (files: readonly FolderFile[]): string => {
  const folder = path.join(root, String(folders++));
  writeFolder(folder, files);
  return folder;
};
async function openFiles(files: readonly FolderFile[], change: (source: Source) => Source = (s) => s) {
  await using folder = openFolder(put(files));
  const { studies } = await folder.list();
  const [study] = studies;
  const uids = {
    studyInstanceUid: study!.studyInstanceUid,
    seriesInstanceUid: study!.series[0]!.seriesInstanceUid,
  };
  return openSeries(change(folder), uids, { pool });
}
const only = ({ volumes }: OpenedSeries): Volume => {
  expect(volumes).toHaveLength(1);
  return volumes[0]!;
};
const voxel = (volume: Volume, i: number, j: number, k: number, phase = 0): number =>
  volume.phases[phase]!.voxels[(k * volume.dims[1] + j) * volume.dims[0] + i]!;
const shuffled = <T>(list: readonly T[]): T[] =>
  list
    .map((one, i) => ({ one, key: (i * 7919 + 13) % 101 }))
    .toSorted((a, b) => a.key - b.key)
    .map((x) => x.one);

test('each axis: a voxel marked in the patient is found at its LPS point, whatever way slices were stored', async () => {
  // One voxel of 1000 at (3, 1, slice 2); a swap or flip of any axis puts it elsewhere.
  const ways = [
    { orientation: [1, 0, 0, 0, 1, 0], step: [0, 0, 3] },
    { orientation: [1, 0, 0, 0, 1, 0], step: [0, 0, -3] },
    { orientation: [0, 1, 0, 0, 0, -1], step: [3, 0, 0] },
    { orientation: [-1, 0, 0, 0, 0, -1], step: [0, 3, 0] },
    { orientation: [0, -1, 0, 1, 0, 0], step: [0, 0, 3] },
  ] as const;
  for (const { orientation, step } of ways) {
    const series = stackOf(4, step as unknown as [number, number, number], {
      position: [10, -20, 30],
      orientation,
      spacing: [0.8, 0.6],
      size: [5, 3],
    });
    const marked = series.map(({ header }, slice) => ({
      header,
      pixels: pixelsOf(header, (c, r) => (slice === 2 && c === 3 && r === 1 ? 1000 : 0)),
    }));
    const volume = only(await openFiles(shuffled(marked)));
    const at = volume.phases[0]!.voxels.indexOf(1000);
    const index = [at % 5, Math.floor(at / 5) % 3, Math.floor(at / 15)] as const;
    const found = transformPoint(volume.lpsFromIndex, index);
    [10, -20, 30].forEach((origin, n) => {
      const expected = origin + 3 * 0.6 * orientation[n]! + 1 * 0.8 * orientation[3 + n]! + 2 * step[n]!;
      expect(found[n], `${orientation.join()} / ${step.join()}`).toBeCloseTo(expected, 9);
    });
  }
});

test('each slice by its own slope and intercept', async () => {
  const slopes = [2.02, 0.5, 3.25];
  const files = slopes.map((slope, k) => {
    const { header } = sliceHeader({ position: [0, 0, k], slope, intercept: k, number: k + 1 });
    return { header, pixels: pixelsOf(header, (c, r) => c + 10 * r) };
  });
  const volume = only(await openFiles(shuffled(files)));
  expect(volume.phases[0]!.voxels).toBeInstanceOf(Float32Array);
  slopes.forEach((slope, k) => expect(voxel(volume, 2, 1, k)).toBeCloseTo(12 * slope + k, 5));
});

test('whole values stay int16; one beyond it makes the volume float and nothing is clipped', async () => {
  const files = (top: number): FolderFile[] =>
    stackOf(4, [0, 0, 1], { signed: false, intercept: -1024 }).map(({ header }, k) => ({
      header,
      pixels: pixelsOf(header, (c) => (k === 2 && c === 3 ? top : c)),
    }));
  const small = only(await openFiles(files(33_791)));
  expect(small.phases[0]!.voxels).toBeInstanceOf(Int16Array);
  expect(voxel(small, 3, 0, 2)).toBe(32_767);
  const large = only(await openFiles(files(33_792)));
  expect(large.phases[0]!.voxels).toBeInstanceOf(Float32Array);
  expect(voxel(large, 3, 0, 2)).toBe(32_768);
  expect(voxel(large, 3, 0, 1)).toBe(-1021);
});

test('a modality LUT stands in the place of slope and intercept', async () => {
  const table = Array.from({ length: 8 }, (_, i) => 100 + i * i);
  const files = stackOf(3, [0, 0, 1], {
    signed: false,
    slope: 7,
    more: {
      '00283000': {
        vr: 'SQ',
        Value: [
          {
            '00283002': { vr: 'US', Value: [8, 2, 16] },
            '00283004': { vr: 'LO', Value: ['US'] },
            '00283006': { vr: 'US', Value: table },
          },
        ],
      },
    },
  }).map(({ header }) => ({ header, pixels: pixelsOf(header, (c, r) => c + 4 * r) }));
  const volume = only(await openFiles(files));
  // Below the first mapped value the table's first entry holds, above its end the last.
  expect([0, 1, 2, 3].map((i) => voxel(volume, i, 0, 1))).toEqual([100, 100, 100, 101]);
  expect([0, 1, 2, 3].map((i) => voxel(volume, i, 1, 1))).toEqual([104, 109, 116, 125]);
  expect(voxel(volume, 3, 2, 1)).toBe(149);
});

test('padding of the file is kept, rescaled, and named; holes take it too', async () => {
  const files = stackOf(5, [0, 0, 1], {
    intercept: -1000,
    more: { '00280120': { vr: 'SS', Value: [-2000] } },
  })
    .filter((_, k) => k !== 3)
    .map(({ header }) => ({ header, pixels: pixelsOf(header, (c) => (c === 0 ? -2000 : 1040)) }));
  const volume = only(await openFiles(files));
  expect(volume.paddingValue).toBe(-3000);
  expect(volume.holes).toEqual([[3, 3]]);
  expect([voxel(volume, 0, 0, 0), voxel(volume, 1, 0, 0), voxel(volume, 1, 0, 3)]).toEqual([
    -3000, 40, -3000,
  ]);
});

test('a range of padding becomes one value', async () => {
  const files = stackOf(3, [0, 0, 1], {
    intercept: -1000,
    more: { '00280120': { vr: 'SS', Value: [-2000] }, '00280121': { vr: 'SS', Value: [-1500] } },
  }).map(({ header }) => ({ header, pixels: pixelsOf(header, (c) => [-2000, -1700, -1500, -1499][c]!) }));
  const volume = only(await openFiles(files));
  expect(volume.paddingValue).toBe(-3000);
  expect([0, 1, 2, 3].map((i) => voxel(volume, i, 1, 1))).toEqual([-3000, -3000, -3000, -2499]);
});

test('a tilted stack straightened: a rod along the table stays straight', async () => {
  // Slices drift by half a pixel each; the rod runs along z, so in stored pixels it drifts the other way.
  const series = stackOf(9, [0, 0.5, 2], { size: [7, 24], spacing: [1, 1] });
  const files = series.map(({ header }, k) => ({
    header,
    pixels: pixelsOf(header, (c, r) => (c === 3 ? 1000 * Math.max(0, 1 - Math.abs(r + 0.5 * k - 12)) : 0)),
  }));
  const opened = await openFiles(shuffled(files));
  const volume = only(opened);
  expect(volume.problems.map((p) => p.code)).toEqual(['gantry-tilt']);
  expect(volume.dims).toEqual([7, 28, 9]);
  for (let k = 0; k < 9; k++) {
    let [mass, moment] = [0, 0];
    for (let j = 0; j < 28; j++) {
      const v = voxel(volume, 3, j, k);
      if (v === volume.paddingValue) continue;
      mass += v;
      moment += v * transformPoint(volume.lpsFromIndex, [3, j, k])[1];
    }
    expect(mass).toBeGreaterThan(990);
    expect(moment / mass).toBeCloseTo(12, 1);
  }
  // What the slices never saw is padding, not air.
  expect(voxel(volume, 3, 27, 0)).toBe(volume.paddingValue);
  expect(voxel(volume, 3, 0, 8)).toBe(volume.paddingValue);
  expect(volume.paddingValue).toBe(-1);
});

test('uneven slices: real planes keep their values, between them a blend', async () => {
  const heights = [0, 1, 2.5, 3.5, 5];
  const files = heights.map((z, k) => {
    const { header } = sliceHeader({ position: [0, 0, z], number: k + 1 });
    return { header, pixels: pixelsOf(header, () => 100 * z) };
  });
  const volume = only(await openFiles(files));
  expect(volume.dims[2]).toBe(6);
  expect([0, 1, 2, 3, 4, 5].map((k) => voxel(volume, 1, 1, k))).toEqual([0, 100, 200, 300, 400, 500]);
  expect(volume.slicePositionsMm).toEqual(heights);
});

const flow = (): FolderFile[] =>
  [0, 1].flatMap((t) =>
    ['M', 'P'].flatMap((component, c) =>
      stackOf(3, [0, 0, 2], {
        number: 100 * t + 10 * c,
        sopClass: MR,
        modality: 'MR',
        more: {
          '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', component] },
          '00181060': { vr: 'DS', Value: [40 * t] },
        },
      }).map(({ header }, k) => ({ header, pixels: pixelsOf(header, () => 1000 * c + 100 * t + k) })),
    ),
  );

test('magnitude and phase, two times each: four stacks, nothing mixed', async () => {
  const { volumes, problems } = await openFiles(shuffled(flow()));
  expect(volumes).toHaveLength(2);
  expect(problems.map((p) => p.code)).toEqual(['mixed-phases']);
  volumes.forEach((volume, c) => {
    expect(volume.phases.map((p) => p.timeMs)).toEqual([0, 40]);
    for (const t of [0, 1])
      for (const k of [0, 1, 2]) expect(voxel(volume, 1, 1, k, t)).toBe(1000 * c + 100 * t + k);
  });
});

test('a header that claims more than a machine holds harms nobody else', async () => {
  const sound = stackOf(3, [0, 0, 1]).map(({ header }) => ({ header, pixels: pixelsOf(header, () => 7) }));
  // Ten thousand slices of 65,535 x 65,535 are announced and never come: 86 TB.
  const opened = await openFiles(sound, (source) => ({
    label: source.label,
    list: source.list,
    retrieve: source.retrieve,
    [Symbol.asyncDispose]: async () => {},
    async headers(...args) {
      const headers = await source.headers(...args);
      const huge = stackOf(10_000, [0, 0, 1], { size: [65_535, 65_535] });
      return { ...headers, instances: [...headers.instances, ...huge] };
    },
  }));
  expect(opened.volumes.map((v) => v.dims)).toEqual([[4, 3, 3]]);
  expect(voxel(opened.volumes[0]!, 0, 0, 1)).toBe(7);
  expect(opened.quarantine[0]!.reason).toContain("does not fit into this machine's memory");
});

describe('a source that is not to be trusted', () => {
  const stack = (): FolderFile[] =>
    stackOf(5, [0, 0, 1]).map(({ header }, k) => ({ header, pixels: pixelsOf(header, () => k) }));
  const changed =
    (change: Partial<Source>) =>
    (source: Source): Source => ({
      label: source.label,
      list: source.list,
      headers: source.headers,
      retrieve: source.retrieve,
      [Symbol.asyncDispose]: async () => {},
      ...change,
    });

  test('what lies elsewhere than announced is left out, said, and never misplaced', async () => {
    const opened = await openFiles(stack(), (source) =>
      changed({
        async headers(...args) {
          const headers = await source.headers(...args);
          const instances = headers.instances.map((one) =>
            one.header['00200032']!.Value![2] === 2
              ? { ...one, header: { ...one.header, '00200032': { vr: 'DS', Value: [0, 5, 2] } } }
              : one,
          );
          return { ...headers, instances };
        },
        async *retrieve(...args) {
          for await (const { object, bytes } of source.retrieve(...args)) yield { object, bytes };
        },
      })(source),
    );
    expect(opened.quarantine).toHaveLength(1);
    expect(opened.problems.map((p) => p.code)).toContain('source-mismatch');
    const seen = new Set(opened.volumes.flatMap((v) => Array.from(v.phases[0]!.voxels)));
    expect([...seen].filter((v) => v > 0).toSorted()).not.toContain(2);
  });

  test('what never comes is a record and a hole; what comes twice counts once', async () => {
    const opened = await openFiles(stack(), (source) =>
      changed({
        async *retrieve(...args) {
          let n = 0;
          for await (const object of source.retrieve(...args)) {
            if (n++ === 1) continue;
            yield { ...object, bytes: object.bytes.slice() };
            yield object;
          }
        },
      })(source),
    );
    const volume = only(opened);
    expect(opened.quarantine.map((q) => q.reason)).toEqual([
      'The source announced it and did not deliver it.',
    ]);
    expect(volume.holes).toHaveLength(1);
    const [hole] = volume.holes[0]!;
    for (let k = 0; k < 5; k++) expect(voxel(volume, 0, 0, k)).toBe(k === hole ? volume.paddingValue : k);
  });

  test('a failure of the source is the failure of the opening', async () => {
    const opening = openFiles(stack(), (source) =>
      changed({
        async *retrieve(...args) {
          for await (const object of source.retrieve(...args)) {
            yield object;
            throw new Error('the connection was cut');
          }
        },
      })(source),
    );
    await expect(opening).rejects.toThrow('the connection was cut');
  });
});

test('a file that went after it was listed is said without its path: folders bear names', async () => {
  const folder = put(
    stackOf(3, [0, 0, 1]).map(({ header }) => ({ header, pixels: pixelsOf(header, () => 1) })),
  );
  await using source = openFolder(folder);
  const { studies } = await source.list();
  const { studyInstanceUid, series } = studies[0]!;
  rmSync(folder, { recursive: true });
  const opening = openSeries(source, { studyInstanceUid, seriesInstanceUid: series[0]!.seriesInstanceUid });
  const failed = await opening.then(
    () => null,
    (error: unknown) => error,
  );
  expect(failed).toBeInstanceOf(SourceError);
  expect(String(failed)).toContain('it is no longer there');
  expect(String(failed)).not.toContain(root);
});

test('progress counts every object, at most ten times a second', async () => {
  await using source = openFolder(
    put(stackOf(30, [0, 0, 1]).map(({ header }) => ({ header, pixels: pixelsOf(header, () => 1) }))),
  );
  const { studies } = await source.list();
  const uids = {
    studyInstanceUid: studies[0]!.studyInstanceUid,
    seriesInstanceUid: studies[0]!.series[0]!.seriesInstanceUid,
  };
  const seen: Progress[] = [];
  let now = 0;
  // Every look at the clock passes 7 ms: thirty objects are a few tenths of a second.
  await openSeries(source, uids, { pool, progress: (p) => seen.push(p), nowMs: () => (now += 7) });
  const retrieve = seen.filter((p) => p.stage === 'retrieve');
  expect(retrieve.at(-1)).toMatchObject({ instancesDone: 30, instancesTotal: 30 });
  expect(retrieve.at(-1)!.bytes).toBeGreaterThan(30 * 500);
  expect(retrieve.length).toBeLessThan(12);
});
