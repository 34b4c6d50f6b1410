import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { decodeFrame, readInstance, writeInstance } from './index.ts';
import type { DicomJson } from './types.ts';

const image: DicomJson = {
  '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY', null, 'AXIAL'] },
  '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.2'] },
  '00080018': { vr: 'UI', Value: ['1.2.3.4'] },
  '00081140': {
    vr: 'SQ',
    Value: [{ '00081150': { vr: 'UI', Value: ['1.2'] }, '00081155': { vr: 'UI', Value: ['1.2.3'] } }, {}],
  },
  '00100010': { vr: 'PN', Value: [{ Alphabetic: 'Müller^Ä', Ideographic: '山田^太郎' }] },
  '0020000D': { vr: 'UI', Value: ['1.2.5'] },
  '0020000E': { vr: 'UI', Value: ['1.2.6'] },
  '00189087': { vr: 'FD', Value: [0.1] },
  '00200032': { vr: 'DS', Value: [-1.234567890123, 6.66666666667e-8, 1] },
  '00280002': { vr: 'US', Value: [1] },
  '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
  '00280010': { vr: 'US', Value: [2] },
  '00280011': { vr: 'US', Value: [3] },
  '00280100': { vr: 'US', Value: [16] },
  '00280101': { vr: 'US', Value: [16] },
  '00280102': { vr: 'US', Value: [15] },
  '00280103': { vr: 'US', Value: [1] },
  '00720026': { vr: 'AT', Value: ['00280010'] },
  '00290010': { vr: 'LO', Value: ['ANTEROOM'] },
  '00291001': { vr: 'OB', InlineBinary: 'AQID' },
};
const pixels = Int16Array.of(-32768, -1, 0, 1, 1000, 32767);

describe('writeInstance', () => {
  test('what it writes is read back the same', async () => {
    const instance = readInstance(writeInstance(image, { pixelData: pixels }));
    const { '00080005': charset, '00291001': odd, ...header } = instance.header;
    const { '00291001': _, ...wanted } = image;
    expect(charset?.Value).toEqual(['ISO_IR 192']);
    expect(odd?.InlineBinary).toBe('AQIDAA==');
    expect(header).toEqual(wanted);
    expect((await decodeFrame(instance, 0)).data).toEqual(pixels);
  });

  test('a decimal string has 16 characters at most and stays as close as they allow', () => {
    const value = -123.45678901234567;
    const bytes = writeInstance(
      { ...image, '00200032': { vr: 'DS', Value: [value, 1 / 3, -2e-300] } },
      { pixelData: pixels },
    );
    const read = readInstance(bytes).header['00200032']!.Value as number[];
    expect(read[0]).toBeCloseTo(value, 10);
    expect(read[1]).toBeCloseTo(1 / 3, 13);
    expect(read[2]).toBeCloseTo(-2e-300, 310);
    for (const v of read) expect(String(v).length).toBeLessThanOrEqual(16);
  });

  test('a value its VR cannot hold is refused', () => {
    const wrong = { ...image, '00280010': { vr: 'US', Value: [70_000] } };
    expect(() => writeInstance(wrong, { pixelData: pixels })).toThrow('(0028,0010) (US) cannot hold 70000');
    expect(() => writeInstance({ ...image, '00081030': { vr: 'LO', Value: ['x'.repeat(70_000)] } })).toThrow(
      '65534',
    );
  });
});

const python = '/usr/bin/python3';
const hasPydicom = existsSync('/usr/lib/python3/dist-packages/pydicom');
const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-write-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.skipIf(!hasPydicom)('an independent reader (python3-pydicom)', () => {
  test('reads the same values and pixels', () => {
    const file = path.join(folder, 'w.dcm');
    writeFileSync(file, writeInstance(image, { pixelData: pixels }));
    const script = `
import pydicom, json, sys
d = pydicom.dcmread(sys.argv[1])
print(json.dumps([str(d.PatientName), [float(v) for v in d.ImagePositionPatient], d[0x00189087].value,
  d.ReferencedImageSequence[0].ReferencedSOPInstanceUID, len(d.ReferencedImageSequence), d.pixel_array.tolist(),
  int(d[0x00720026].value), d.file_meta.TransferSyntaxUID, list(d.ImageType)]))`;
    const answer: unknown = JSON.parse(execFileSync(python, ['-c', script, file], { encoding: 'utf8' }));
    expect(answer).toEqual([
      'Müller^Ä=山田^太郎',
      [-1.234567890123, 6.66666666667e-8, 1],
      0.1,
      '1.2.3',
      2,
      [
        [-32768, -1, 0],
        [1, 1000, 32767],
      ],
      0x00280010,
      '1.2.840.10008.1.2.1',
      ['ORIGINAL', 'PRIMARY', '', 'AXIAL'],
    ]);
  });
});
