import { execFileSync } from 'node:child_process';
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { missingData, sharedData } from '../../test/fixtures/debian.ts';
import { DicomError, readHeader, readHeaderFromFile, readInstance, writeInstance } from './index.ts';
import type { DicomJson, DicomJsonElement } from './types.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-read-'));
afterAll(() => rmSync(folder, { recursive: true }));

const image = (more: DicomJson = {}): Uint8Array =>
  writeInstance(
    {
      '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
      '00080018': { vr: 'UI', Value: ['1.2.3.4'] },
      '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Secret^Name' }] },
      '00280002': { vr: 'US', Value: [1] },
      '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
      '00280010': { vr: 'US', Value: [2] },
      '00280011': { vr: 'US', Value: [2] },
      '00280100': { vr: 'US', Value: [8] },
      '00280101': { vr: 'US', Value: [8] },
      '00280102': { vr: 'US', Value: [7] },
      '00280103': { vr: 'US', Value: [0] },
      ...more,
    },
    { pixelData: Uint8Array.of(1, 2, 3, 4) },
  );
const refusal = (bytes: Uint8Array): DicomError => {
  try {
    readInstance(bytes);
  } catch (error) {
    if (error instanceof DicomError) return error;
    throw error;
  }
  throw new Error('it was read');
};
const ds = (...Value: unknown[]): DicomJsonElement => ({ vr: 'DS', Value });

describe('readInstance', () => {
  test('frames of native data are views of the file', () => {
    const bytes = image();
    const frame = readInstance(bytes).frame(0);
    expect([...frame]).toEqual([1, 2, 3, 4]);
    expect(frame.buffer).toBe(bytes.buffer);
    expect(() => readInstance(bytes).frame(1)).toThrow('Frame 1 was asked for, the object has 1');
  });

  test.each<[string, DicomJson, string]>([
    ['spacing', { '00280030': ds('NaN', 1) }, 'bad-geometry'],
    ['position', { '00200032': ds(0, 0) }, 'bad-geometry'],
    ['orientation', { '00200037': ds(1, 0, 0, 0.7, 0.7, 0) }, 'bad-geometry'],
    ['slope', { '00281053': ds('x') }, 'bad-image'],
    ['a frame in the functional groups', functionalGroups([0, 0, 'NaN']), 'bad-geometry'],
    ['bits', { '00280101': { vr: 'US', Value: [9] } }, 'bad-image'],
    ['frames', { '00280008': { vr: 'IS', Value: [2] } }, 'bad-image'],
  ])('%s that is there and unusable is refused', (_, wrong, code) => {
    expect(refusal(image(wrong)).code).toBe(code);
  });
  test('geometry that is good is not', () => {
    const good = {
      ...functionalGroups([0, 0, 1]),
      '00280030': ds(0.5, 0.5),
      '00200037': ds(1, 0, 0, 0, 0, -1),
    };
    expect(readInstance(image(good)).layout).toMatchObject({ rows: 2, columns: 2 });
  });

  test('no byte of a cut file is read as another: every cut is refused, and no sentence has a name in it', () => {
    const bytes = image();
    for (let length = 0; length < bytes.length; length++) {
      const error = refusal(bytes.slice(0, length));
      expect(error.message).not.toContain('Secret');
      if (length > 400) expect(['truncated', 'malformed']).toContain(error.code);
    }
  });

  test('a deflated data set is inflated as far as its image may need', () => {
    const plain = image();
    const meta = writeInstance(
      { '00080016': { vr: 'UI', Value: ['1.2'] }, '00080018': { vr: 'UI', Value: ['1.2.3.4'] } },
      {},
    );
    // The same length of UID as explicit LE padded: '1.2.840.10008.1.2.1' → '...1.99'; the group's length is not trusted.
    const start = (file: Uint8Array): number => 132 + 12 + new DataView(file.buffer).getUint32(140, true);
    const head = Buffer.from(meta.subarray(0, start(meta)));
    const uid = head.indexOf('1.2.840.10008.1.2.1');
    const deflatedUid = Buffer.concat([
      head.subarray(0, uid - 2),
      Buffer.from([22, 0]),
      Buffer.from('1.2.840.10008.1.2.1.99'),
      head.subarray(uid + 20),
    ]);
    const bomb = Buffer.concat([plain.subarray(start(plain)), Buffer.alloc(200 << 20)]);
    const file = (dataset: Uint8Array): Uint8Array =>
      Buffer.concat([deflatedUid, deflateRawSync(dataset, { level: 1 })]);
    expect([...readInstance(file(plain.subarray(start(plain)))).frame(0)]).toEqual([1, 2, 3, 4]);
    expect(refusal(file(bomb)).code).toBe('too-large');
  });
});

function functionalGroups(position: unknown[]): DicomJson {
  const plane = { '00209113': { vr: 'SQ', Value: [{ '00200032': ds(...position) }] } };
  return { '52009230': { vr: 'SQ', Value: [plane] } };
}

describe('readHeaderFromFile', () => {
  test('reads a header longer than its first piece, and stops before the pixels', async () => {
    const long = {
      '00204000': { vr: 'LT', Value: ['x'.repeat(60_000)] },
      '00324000': { vr: 'LT', Value: ['y'.repeat(60_000)] },
    };
    const file = path.join(folder, 'long.dcm');
    const bytes = image(long);
    writeFileSync(file, bytes);
    const header = await readHeaderFromFile(file);
    expect(header).toEqual(readHeader(bytes));
    expect(header.header['00204000']!.Value).toEqual(['x'.repeat(60_000)]);
    // Pixels that are not there are nothing a scan sees.
    expect(readHeader(bytes.subarray(0, -4)).sopInstanceUid).toBe('1.2.3.4');
  });
});

const SCRIPT = `
import json, sys, warnings, pydicom
warnings.simplefilter('ignore')
out = {}
for name in sys.argv[1:]:
    d = pydicom.dcmread(name, force=True)
    for tag in (0x7fe00010, 0x7fe00008, 0x7fe00009):
        if tag in d: del d[tag]
    out[name] = d.to_json_dict(bulk_data_threshold=1 << 40)
json.dump(out, sys.stdout)`;

const absent =
  missingData('dicom-objects', 'transfer-syntaxes') ??
  (existsSync('/usr/lib/python3/dist-packages/pydicom') ? null : 'python3-pydicom is not here');

const isPrivate = (tag: string): boolean => (Number.parseInt(tag.slice(0, 4), 16) & 1) === 1;
/** What pydicom has and we leave out, or call otherwise: the character set, private VRs it knows by a list. */
const skipped = (tag: string, ours: DicomJsonElement | undefined): boolean =>
  tag === '00080005' ||
  tag.endsWith('0000') ||
  (isPrivate(tag) && ours?.vr === 'UN') ||
  ours?.BulkDataURI !== undefined;

const same = (a: unknown, b: unknown): boolean => {
  if (typeof a === 'number' || typeof b === 'number')
    return Number(a) === Number(b) || Math.abs(Number(a) - Number(b)) <= 1e-9 * Math.abs(Number(b));
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? '') === (b ?? '');
  if (typeof a === 'string') return a.trim() === String(b).trim();
  return JSON.stringify(a) === JSON.stringify(b);
};

function* differences(ours: DicomJson, theirs: DicomJson, at: string): Generator<string> {
  for (const tag of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const [a, b] = [ours[tag], theirs[tag]];
    if (skipped(tag, a)) continue;
    const [x, y] = [a?.Value ?? [], b?.Value ?? []];
    if (a?.vr !== b?.vr || a?.InlineBinary !== b?.InlineBinary || x.length !== y.length) yield `${at}${tag}`;
    else if (a?.vr === 'SQ')
      for (const [i, item] of x.entries())
        yield* differences(item as DicomJson, y[i] as DicomJson, `${at}${tag}/`);
    else if (!x.every((value, i) => same(value, y[i]))) yield `${at}${tag}`;
  }
}

describe.skipIf(absent !== null)(`headers beside pydicom (${absent ?? 'python3-pydicom'})`, () => {
  test('every element of every object of the shared set is the same', () => {
    const files = ['dicom-objects', 'transfer-syntaxes/as-found']
      .flatMap((name) => globSync(sharedData(name, '**/*.dcm')))
      .filter((file) => !file.endsWith('-retired.dcm'));
    expect(files.length).toBeGreaterThan(100);
    const json = execFileSync('/usr/bin/python3', ['-c', SCRIPT, ...files], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    });
    const theirs = JSON.parse(json) as Record<string, DicomJson>;
    const found = files.flatMap((file) =>
      [...differences(readInstance(readFileSync(file)).header, theirs[file]!, '')].map(
        (tag) => `${path.basename(file)} ${tag}`,
      ),
    );
    expect(found).toEqual([]);
  }, 120_000);
});
