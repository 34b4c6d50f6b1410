/** What a folder says of itself: kinds of all sorts of objects, and broken files one record each, never in the way. */
import { copyFileSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openFolder, openSeries } from '../../edge-node/ingest/index.ts';
import type { SeriesKind } from '../../shared/volume.ts';
import { missingData, sharedData } from '../fixtures/debian.ts';
import { pixelsOf, sliceHeader, stackOf, writeFolder } from '../fixtures/dicom-folder.ts';
import { openOnly, temporaryFolder } from '../fixtures/ingest.ts';

const folder = temporaryFolder('listing');
afterAll(() => folder.remove());
const ct = (headers: ReturnType<typeof stackOf>) =>
  headers.map(({ header }) => ({ header, pixels: pixelsOf(header, (c, r) => c + 10 * r) }));

describe('a folder', () => {
  test('any names, any depth, loops of links, copies by link, and what is no DICOM', async () => {
    const root = path.join(folder.path, 'odd');
    const files = ct(stackOf(5, [0, 0, 2])).map((file, i) => ({
      ...file,
      name: `${'d/'.repeat(i)}x${7 - i}.txt`,
    }));
    const [first] = writeFolder(root, files);
    symlinkSync(root, path.join(root, 'd', 'loop'));
    symlinkSync(first!, path.join(root, 'again'));
    writeFileSync(path.join(root, 'notes.dcm'), 'no DICOM at all');
    mkdirSync(path.join(root, 'empty'));
    await using source = openFolder(root);
    const listing = await source.list({ verify: true });
    expect(listing.ignored).toBe(1);
    expect(listing.quarantine).toEqual([]);
    expect(listing.studies[0]!.series[0]).toMatchObject({ kind: 'volume', dims: [4, 3, 5], problems: [] });
    // What changed is seen, what did not is not read again.
    writeFolder(root, ct([sliceHeader({ position: [0, 0, 10], number: 6 })]));
    expect((await source.list()).studies[0]!.series[0]!.dims).toEqual([4, 3, 6]);
  });

  test('a broken slice is one record and a hole; the rest stays where it is', async () => {
    const root = path.join(folder.path, 'hole');
    const paths = writeFolder(root, ct(stackOf(6, [0, 0, 2])));
    const whole = readFileSync(paths[2]!);
    writeFileSync(paths[2]!, whole.subarray(0, whole.length - 10));
    const { volumes, quarantine } = await openOnly(root);
    const volume = volumes[0]!;
    expect(quarantine).toEqual([{ object: paths[2], reason: expect.any(String) }]);
    expect(volume.dims).toEqual([4, 3, 6]);
    expect(volume.holes).toEqual([[2, 2]]);
    expect(volume.problems.map((p) => p.code)).toEqual(['missing-slices']);
    expect(volume.paddingValue).toBe(-1);
    expect(Array.from(volume.phases[0]!.voxels.slice(24, 36))).toEqual(Array(12).fill(-1));
    expect(Array.from(volume.phases[0]!.voxels.slice(36, 40))).toEqual([0, 1, 2, 3]);
    expect(volume.phases[0]!.sopInstanceUids).toHaveLength(5);
  });

  test('a sound duplicate takes the place of a broken one', async () => {
    const root = path.join(folder.path, 'spare');
    const stack = stackOf(4, [0, 0, 2]);
    const spare = sliceHeader({ position: [0, 0, 4], number: 99, uid: '2.25.4001.98' });
    const paths = writeFolder(root, ct([...stack, spare]));
    const whole = readFileSync(paths[2]!);
    writeFileSync(paths[2]!, whole.subarray(0, whole.length - 10));
    const { volumes, quarantine } = await openOnly(root);
    expect(quarantine.map((q) => q.object)).toEqual([paths[2]]);
    expect(volumes[0]!.holes).toEqual([]);
    expect(volumes[0]!.phases[0]!.sopInstanceUids[2]).toBe('2.25.4001.98');
    expect(Array.from(volumes[0]!.phases[0]!.voxels.slice(24, 28))).toEqual([0, 1, 2, 3]);
  });

  test('nothing but what cannot be shown says so in words', async () => {
    const root = path.join(folder.path, 'flat');
    const flat = sliceHeader({ position: [0, 0, 0], more: { '00200032': null, '00200037': null } });
    writeFolder(root, ct([flat]));
    await using source = openFolder(root);
    const uids = { studyInstanceUid: flat.studyInstanceUid, seriesInstanceUid: flat.seriesInstanceUid };
    await expect(openSeries(source, uids)).rejects.toMatchObject({ code: 'no-pixels' });
    await expect(openSeries(source, { ...uids, seriesInstanceUid: '2.25.0' })).rejects.toMatchObject({
      code: 'not-found',
    });
    await expect(openFolder(path.join(root, 'nowhere')).list()).rejects.toMatchObject({ code: 'bad-source' });
  });

  test('an aborted opening rejects and leaves nothing running', async () => {
    const root = path.join(folder.path, 'abort');
    writeFolder(root, ct(stackOf(40, [0, 0, 1])));
    await using source = openFolder(root);
    const { studies } = await source.list();
    const stop = new AbortController();
    const uids = {
      studyInstanceUid: studies[0]!.studyInstanceUid,
      seriesInstanceUid: studies[0]!.series[0]!.seriesInstanceUid,
    };
    const opening = openSeries(source, uids, {
      signal: stop.signal,
      progress: (p) => p.stage === 'retrieve' && stop.abort(),
    });
    await expect(opening).rejects.toThrow(/abort/i);
  });
});

const whyObjects = missingData('dicom-objects');
describe.skipIf(whyObjects !== null)(`dicom-objects${whyObjects ? ` (skipped: ${whyObjects})` : ''}`, () => {
  const KINDS: Readonly<Record<string, SeriesKind>> = {
    '1.2.840.10008.5.1.4.1.1.66.4': 'seg',
    '1.2.840.10008.5.1.4.1.1.66.7': 'seg',
    '1.2.840.10008.5.1.4.1.1.88.11': 'sr',
    '1.2.840.10008.5.1.4.1.1.88.33': 'sr',
    '1.2.840.10008.5.1.4.1.1.88.34': 'sr',
    '1.2.840.10008.5.1.4.1.1.481.2': 'rtdose',
    '1.2.840.10008.5.1.4.1.1.481.3': 'rtstruct',
    '1.2.840.10008.5.1.4.1.1.481.5': 'rtplan',
    '1.2.840.10008.5.1.4.1.1.30': 'pmap',
    '1.2.840.10008.5.1.4.1.1.104.3': 'mesh',
    '1.2.840.10008.5.1.4.1.1.67': 'other',
  };

  test('every object is listed under its kind; nothing is refused', async () => {
    await using source = openFolder(sharedData('dicom-objects'));
    const listing = await source.list({ verify: true });
    expect(listing.quarantine).toEqual([]);
    expect(listing.ignored).toBe(3);
    const series = listing.studies.flatMap((study) => study.series);
    for (const entry of series) {
      const kind = KINDS[entry.sopClassUid];
      if (kind) expect(entry.kind, entry.sopClassUid).toBe(kind);
      else expect(['volume', 'volume4d', 'image2d']).toContain(entry.kind);
    }
    const truth = JSON.parse(readFileSync(sharedData('dicom-objects', 'truth.json'), 'utf8'));
    const instances = series.reduce((n, entry) => n + entry.instances, 0);
    expect(instances).toBe(Object.keys(truth).length);
  });

  test('a field map is two volumes, fMRI two phases, dose a grid', async () => {
    await using source = openFolder(sharedData('dicom-objects'));
    const { studies } = await source.list();
    const all = studies.flatMap((study) => study.series);
    const withDims = (dims: readonly number[]) => all.find((s) => s.dims?.join() === dims.join());
    expect(withDims([64, 64, 32])!.volumes).toHaveLength(2);
    expect(withDims([64, 64, 6])).toMatchObject({ kind: 'volume4d', phases: 2 });
    const dose = await openOnly(
      sharedData('dicom-objects', 'pydicom'),
      undefined,
      '1.2.777.777.77.7.7777.7777',
    );
    expect(dose.volumes[0]!.dims).toEqual([10, 10, 15]);
    expect(dose.volumes[0]!.spacingMm[2]).toBeCloseTo(5, 6);
    expect(Math.max(...dose.volumes[0]!.phases[0]!.voxels)).toBeCloseTo(1.254, 6);
  });
});

describe.skipIf(whyObjects !== null)(
  `maps of numbers${whyObjects ? ` (skipped: ${whyObjects})` : ''}`,
  () => {
    test.each([
      ['parametric_map_float.dcm', 0.9415791630744934],
      ['parametric_map_double_float.dcm', 0.9415791875855773],
    ])('%s keeps its fractions', async (name, max) => {
      const root = path.join(folder.path, name);
      mkdirSync(root);
      copyFileSync(sharedData('dicom-objects', 'parametric-map', name), path.join(root, name));
      const { volumes, listing } = await openOnly(root);
      expect(listing.studies[0]!.series[0]!.kind).toBe('pmap');
      expect(volumes[0]!.phases[0]!.voxels).toBeInstanceOf(Float32Array);
      expect(Math.max(...volumes[0]!.phases[0]!.voxels)).toBeCloseTo(max, 6);
    });
  },
);

const whyMalformed = missingData('malformed');
describe.skipIf(whyMalformed !== null)(
  `malformed${whyMalformed ? ` (skipped: ${whyMalformed})` : ''}`,
  () => {
    const { files } = whyMalformed
      ? { files: {} }
      : (JSON.parse(readFileSync(sharedData('malformed', 'expected.json'), 'utf8')) as {
          files: Record<string, { expect: 'load' | 'reject' | 'either' }>;
        });

    test('all together: the sound ones load, every other is one record or no DICOM', async () => {
      await using source = openFolder(sharedData('malformed'));
      const listing = await source.list({ verify: true });
      const records = listing.quarantine.map((record) => path.basename(record.object));
      expect(new Set(records).size).toBe(records.length);
      for (const record of listing.quarantine) expect(record.reason.length).toBeGreaterThan(15);
      const wrong = Object.entries(files).filter(
        ([name, { expect: want }]) => want === 'load' && records.includes(name),
      );
      expect(wrong).toEqual([]);
      const listed = listing.studies.flatMap((s) => s.series).reduce((n, s) => n + s.instances, 0);
      // README.md, expected.json and the script beside the files are no DICOM either.
      expect(listed + records.length + listing.ignored).toBe(Object.keys(files).length + 3);
      const sound = Object.values(files).filter((f) => f.expect === 'load').length;
      const disputed = Object.values(files).filter((f) => f.expect === 'either').length;
      expect(listed).toBeGreaterThanOrEqual(sound);
      expect(listed).toBeLessThanOrEqual(sound + disputed);
    });

    test('each alone: load or reject as expected', async () => {
      const root = path.join(folder.path, 'alone');
      const wrong: string[] = [];
      for (const name of Object.keys(files)) {
        const own = path.join(root, name.slice(0, 3));
        mkdirSync(own, { recursive: true });
        copyFileSync(sharedData('malformed', name), path.join(own, name));
      }
      await using source = openFolder(root);
      const listing = await source.list({ verify: true });
      const refused = new Set(listing.quarantine.map((record) => path.basename(record.object)));
      for (const [name, { expect: want }] of Object.entries(files))
        if (want === 'load' && refused.has(name)) wrong.push(name);
      expect(wrong).toEqual([]);
    });

    test('opened as a series, a sound image is shown and every broken one is a record', async () => {
      const opened = await openOnly(sharedData('malformed'));
      expect(opened.volumes.length).toBeGreaterThanOrEqual(1);
      const shown = opened.volumes.find((v) => v.dims.join() === '32,32,1')!;
      expect(shown.phases[0]!.sopInstanceUids).toHaveLength(1);
      const records = opened.quarantine.map((record) => path.basename(record.object));
      for (const name of records) expect(files[name]?.expect, name).not.toBe('load');
    });
  },
);
