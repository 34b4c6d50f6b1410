import { describe, expect, test } from 'vitest';
import type { DicomJson, DicomJsonElement } from '../../fhir/dicom/types.ts';
import { CT, MR, sliceHeader } from '../../test/fixtures/dicom-folder.ts';
import { readValueRule } from './values.ts';

const el = (vr: string, ...Value: NonNullable<DicomJsonElement['Value']>): DicomJsonElement => ({
  vr,
  Value,
});
const type = (word: string): Record<string, DicomJsonElement> => ({ '00281054': el('LO', word) });
const none = { '00281052': null, '00281053': null };
const unit = (sopClass: string, more: Readonly<Record<string, DicomJsonElement | null>>): string =>
  readValueRule(sliceHeader({ position: [0, 0, 0], sopClass, more }).header, 0).unit;

describe('Hounsfield units are said only of values that are', () => {
  test.each([
    ['a CT image whose rescale names nothing', CT, {}, 'HU'],
    ['one that says HU', CT, type('HU'), 'HU'],
    ['an enhanced CT', `${CT}.1`, {}, 'HU'],
    ['an enhanced CT made of old ones', `${CT}.2`, {}, 'HU'],
    ['a CT image that was not rescaled', CT, none, '1'],
    ['one that says unspecified', CT, type('US'), '1'],
    ['one of another quantity', CT, type('Z_EFF'), '1'],
    ['a capture that calls itself CT', '1.2.840.10008.5.1.4.1.1.7', {}, '1'],
    ['another class that says HU', MR, type('HU'), 'HU'],
  ] as const)('%s', (_name, sopClass, more, expected) => {
    expect(unit(sopClass, more)).toBe(expected);
  });

  test('the rescale of a frame is asked where it stands', () => {
    const transform = { '00281052': el('DS', -1024), '00281053': el('DS', 1) };
    const frame = { '00289145': { vr: 'SQ', Value: [transform] } } as unknown as DicomJson;
    const groups = { vr: 'SQ', Value: [frame] } as DicomJsonElement;
    expect(unit(`${CT}.1`, { ...none, '52009230': groups })).toBe('HU');
  });

  test('gray are said of nothing that no dose scaling was applied to', () => {
    const gray = { '00080060': el('CS', 'RTDOSE'), '30040002': el('CS', 'GY') };
    expect(unit('1.2.840.10008.5.1.4.1.1.7', gray)).toBe('1');
    const scaled = { ...gray, '3004000E': el('DS', 1e-6) };
    const { header } = sliceHeader({ position: [0, 0, 0], slope: 1, intercept: 5, more: scaled });
    expect(readValueRule(header, 0)).toMatchObject({ unit: 'Gy', slope: 1e-6, intercept: 0 });
  });

  test('a Modality LUT says itself what it gives', () => {
    const lut = (word: string): Record<string, DicomJsonElement | null> => ({
      ...none,
      '00283000': { vr: 'SQ', Value: [{ '00283004': el('LO', word) }] } as unknown as DicomJsonElement,
    });
    expect(unit(CT, lut('HU'))).toBe('HU');
    expect(unit(CT, lut('US'))).toBe('1');
  });
});
