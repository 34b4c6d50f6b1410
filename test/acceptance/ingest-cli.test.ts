/** `anteroom studies` and `anteroom export` as a person runs them: shapes, files and exit codes. */
import { execFile } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeInstance } from '../../fhir/dicom/index.ts';
import { MR, pixelsOf, SERIES, sliceHeader, stackOf, STUDY, writeFolder } from '../fixtures/dicom-folder.ts';
import { temporaryFolder } from '../fixtures/ingest.ts';
import { readNifti, readNrrd } from '../fixtures/read-grid.ts';

const BIN = path.resolve(import.meta.dirname, '../../bin/anteroom');
const folder = temporaryFolder('cli');
const data = path.join(folder.path, 'data');
const outFolder = path.join(folder.path, 'out');
afterAll(() => folder.remove());

async function anteroom(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  try {
    const { stdout, stderr } = await promisify(execFile)(BIN, args, { maxBuffer: 1 << 26 });
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, out: stdout, err: stderr };
  }
}

const FLOW = '2.25.4001.3';

beforeAll(() => {
  const ct = stackOf(6, [0, 0, 2.5], { spacing: [0.8, 0.6], intercept: -1000, position: [-10, 20, 5] })
    .filter((_, k) => k !== 3)
    .map(({ header }, k) => ({
      header,
      pixels: pixelsOf(header, (c, r) => 100 * k + 10 * r + c),
      name: `a/${k}`,
    }));
  const mr = [0, 1, 2].flatMap((t) =>
    ['M', 'P'].flatMap((component, c) =>
      stackOf(4, [0, 0, 2], {
        series: FLOW,
        sopClass: MR,
        modality: 'MR',
        number: 100 * t + 50 * c,
        slope: 0.5,
        more: {
          '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', component] },
          '00181060': { vr: 'DS', Value: [40 * t] },
        },
      }).map(({ header }, k) => ({
        header,
        pixels: pixelsOf(header, () => 1000 * c + 100 * t + k),
        name: `b/${c}${t}${k}`,
      })),
    ),
  );
  writeFolder(data, [...ct, ...mr]);
  const whole = readFileSync(path.join(data, 'a/1'));
  writeFileSync(path.join(data, 'a/cut'), whole.subarray(0, whole.length - 6));
  writeFileSync(path.join(data, 'readme.txt'), 'hello');
  mkdirSync(outFolder);
});

describe('studies', () => {
  test('--json has the shape that was agreed, and nothing of the patient', async () => {
    const { code, out } = await anteroom('studies', '--source', data, '--json');
    expect(code).toBe(0);
    const listing = JSON.parse(out);
    expect(Object.keys(listing)).toEqual(['studies', 'quarantine', 'ignored']);
    expect(listing.ignored).toBe(1);
    expect(listing.quarantine).toEqual([
      { object: path.join(data, 'a/cut'), reason: expect.stringMatching(/\w+ \w+/) },
    ]);
    expect(listing.studies).toHaveLength(1);
    expect(listing.studies[0].studyInstanceUid).toBe(STUDY);
    const [ct, mr] = [SERIES, FLOW].map((uid) =>
      listing.studies[0].series.find((s: { seriesInstanceUid: string }) => s.seriesInstanceUid === uid),
    );
    expect(ct).toEqual({
      seriesInstanceUid: SERIES,
      sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
      modality: 'CT',
      kind: 'volume',
      dims: [4, 3, 6],
      spacingMm: [0.6, 0.8, 2.5],
      phases: 1,
      volumes: [{ id: '0', dims: [4, 3, 6], spacingMm: [0.6, 0.8, 2.5], phases: 1, unit: 'HU' }],
      transferSyntax: '1.2.840.10008.1.2.1',
      problems: [{ code: 'missing-slices', text: expect.stringContaining('1 slice of 6 is missing') }],
    });
    expect(mr).toMatchObject({ kind: 'volume4d', phases: 3, dims: [4, 3, 4] });
    expect(mr.volumes).toHaveLength(2);
    expect(out).not.toMatch(/FIXTURE|GENERATED/);
  });

  test('for people: a table and the problems in sentences', async () => {
    const { code, out, err } = await anteroom('studies', '--source', data);
    expect(code).toBe(0);
    expect(out).toMatch(/CT +volume +4x3x6 +0.6 0.8 2.5 mm/);
    expect(out).toContain('1 slice of 6 is missing');
    expect(out).toContain('1 object could not be used');
    expect(out + err).not.toMatch(/FIXTURE|GENERATED/);
  });
});

describe('export', () => {
  const file = (name: string): string => path.join(outFolder, name);
  const base = ['export', '--source', data];

  test('NRRD in LPS and NIfTI in RAS, rescaled, in place, the hole as padding', async () => {
    for (const [format, name] of [
      ['nrrd', 'a.nrrd'],
      ['nifti', 'a.nii'],
    ] as const) {
      const done = await anteroom(
        ...base,
        '--series',
        SERIES,
        '--format',
        format,
        '--out',
        file(name),
        '--json',
      );
      expect(done.code, done.err).toBe(0);
      expect(JSON.parse(done.out)).toMatchObject({ dims: [4, 3, 6], phases: 1, unit: 'HU', format });
      const grid = format === 'nrrd' ? readNrrd(file(name)) : readNifti(file(name));
      expect(grid.values).toBeInstanceOf(Int16Array);
      const at = grid.lpsOf(3, 2, 4);
      [-10 + 3 * 0.6, 20 + 2 * 0.8, 5 + 4 * 2.5].forEach((v, n) => expect(at[n]).toBeCloseTo(v, 4));
      expect(grid.at(3, 2, 4)).toBe(300 + 20 + 3 - 1000);
      expect(grid.at(3, 2, 2)).toBe(200 + 20 + 3 - 1000);
      expect(grid.at(1, 1, 3)).toBe(-1001);
    }
  });

  test('four axes without --phase, three with it; --volume chooses', async () => {
    const series = [...base, '--series', FLOW, '--format', 'nrrd'];
    expect((await anteroom(...series, '--out', file('all.nrrd'))).code).toBe(0);
    const all = readNrrd(file('all.nrrd'));
    expect([all.phases, all.fields['phase times ms']]).toEqual([3, '0 40 80']);
    const both = await Promise.all(
      ['0', '1'].map(async (id) => {
        const out = file(`v${id}.nrrd`);
        await anteroom(...series, '--volume', id, '--phase', '2', '--out', out);
        return readNrrd(out);
      }),
    );
    expect(both.map((g) => g.phases)).toEqual([1, 1]);
    expect(both.map((g) => g.at(0, 0, 1)).toSorted((a, b) => a - b)).toEqual([100.5, 600.5]);
    expect(both[0]!.values).toBeInstanceOf(Float32Array);
  });

  test.each([
    [2, ['--series', SERIES, '--format', 'jpeg', '--out', 'x'], 'nrrd or nifti'],
    [2, ['--series', SERIES, '--format', 'nrrd', '--out', 'x.nrrd.gz'], 'Leave .gz out'],
    [2, ['--format', 'nrrd', '--out', 'x'], '--series is missing'],
    [2, ['--series', SERIES, '--format', 'nrrd'], '--out is missing'],
    [2, ['--series', SERIES, '--format', 'nrrd', '--out', 'x', '--phase', 'two'], '--phase'],
    [2, ['--series', SERIES, '--what'], '--what'],
    [1, ['--series', '2.25.9', '--format', 'nrrd', '--out', 'x'], 'holds no series 2.25.9'],
    [1, ['--series', SERIES, '--format', 'nrrd', '--out', 'x', '--phase', '7'], 'no phase 7'],
    [1, ['--series', FLOW, '--format', 'nrrd', '--out', 'x', '--volume', '9'], "no volume '9'"],
    [1, ['--series', SERIES, '--format', 'nrrd', '--out', '/no/such/folder/x.nrrd'], 'could not be written'],
  ])('exit code %i for %j', async (code, args, words) => {
    const before = readdirSync(outFolder);
    const where = args.map((arg) => (arg === 'x' ? file('x.nrrd') : arg));
    const done = await anteroom(...base, ...where);
    expect(done.code).toBe(code);
    expect(done.err).toContain(words);
    expect(readdirSync(outFolder)).toEqual(before);
  });

  test('a series without pixels: in words, exit code 1', async () => {
    const bare = path.join(folder.path, 'bare');
    const { header } = sliceHeader({ position: [0, 0, 0] });
    mkdirSync(bare);
    writeFileSync(path.join(bare, 'one'), writeInstance(header));
    const where = ['--source', bare, '--series', SERIES, '--format', 'nrrd', '--out', file('n.nrrd')];
    const done = await anteroom('export', ...where);
    expect([done.code, done.err]).toEqual([1, expect.stringMatching(/that can be used.* no pixel data/)]);
  });

  test('a series without a place in the patient: in words, exit code 1', async () => {
    const flat = path.join(folder.path, 'flat');
    const { header } = sliceHeader({ position: [0, 0, 0], more: { '00200032': null, '00200037': null } });
    writeFolder(flat, [{ header, pixels: pixelsOf(header, () => 1) }]);
    const done = await anteroom(
      'export',
      '--source',
      flat,
      '--series',
      SERIES,
      '--format',
      'nrrd',
      '--out',
      file('f.nrrd'),
    );
    expect(done.code).toBe(1);
    expect(done.err).toContain('pictures without a place in the patient');
  });
});

describe('render', () => {
  const base = ['render', '--source', data, '--series', SERIES, '--size', '16x16'];

  test('--json is the picture alone; what the volume lacks is said on standard error', async () => {
    const { code, out, err } = await anteroom(...base, '--out', path.join(outFolder, 'holes.png'), '--json');
    expect([code, Object.keys(JSON.parse(out))]).toEqual([0, ['backend', 'isa', 'msPerFrame', 'size']]);
    expect(err).toContain('missing');
  });

  test('a pipe in the place of the file stays a pipe: exit code 1', async () => {
    const pipe = path.join(outFolder, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    const { code, err } = await anteroom(...base, '--out', pipe);
    expect([code, err]).toEqual([1, expect.stringContaining('a device or a pipe')]);
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });
});
