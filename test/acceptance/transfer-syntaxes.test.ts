/** Every transfer syntax of the shared set: exact where it is lossless, within the stated error where it is not. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { decodeFrame, DicomError, number, readInstance, TAG } from '../../fhir/dicom/index.ts';
import { missingData, sharedData } from '../fixtures/debian.ts';

interface Entry {
  readonly file: string;
  readonly transfer_syntax: string;
  readonly lossless_syntax: boolean;
  readonly sha256_decoded?: string;
  readonly contested?: string;
  readonly decoded: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly std: number;
  };
  readonly max_abs_error_to_family_truth?: number;
  readonly mean_abs_error_to_family_truth?: number;
}

const absent = missingData('transfer-syntaxes');
const entries: readonly Entry[] = absent
  ? []
  : (JSON.parse(readFileSync(sharedData('transfer-syntaxes', 'manifest.json'), 'utf8')) as { files: Entry[] })
      .files;

/** Retired: refused in words. */
const RETIRED = new Set(['1.2.840.10008.1.2.4.53', '1.2.840.10008.1.2.4.55']);
const open = (file: string) => readInstance(readFileSync(sharedData('transfer-syntaxes', file)));

async function decodeAll(file: string): Promise<{ sha256: string; values: Float64Array }> {
  const instance = open(file);
  const hash = createHash('sha256');
  const parts: number[] = [];
  for (let index = 0; index < instance.layout!.frames; index++) {
    const { data } = await decodeFrame(instance, index);
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    for (const value of data) parts.push(value);
  }
  return { sha256: hash.digest('hex'), values: Float64Array.from(parts) };
}

const mean = (values: Float64Array): number => values.reduce((sum, v) => sum + v, 0) / values.length;

const rescaled = (file: string, values: Float64Array): Float64Array => {
  const { header } = open(file);
  const [slope, intercept] = [
    number(header, TAG.RescaleSlope) ?? 1,
    number(header, TAG.RescaleIntercept) ?? 0,
  ];
  return values.map((v) => v * slope + intercept);
};

/** 'family-ct256/g8-jpegls-near2.dcm' → 'family-ct256/g8-explicit-le.dcm' */
const familyTruth = (file: string): string => file.replace(/(\/[a-z0-9]+)-.*$/, '$1-explicit-le.dcm');

describe.skipIf(absent !== null)(`transfer syntaxes (${absent ?? 'shared data'})`, () => {
  const named = (wanted: (entry: Entry) => boolean) => entries.filter(wanted).map((entry) => ({ ...entry }));
  const readable = (entry: Entry) => !RETIRED.has(entry.transfer_syntax) && entry.contested === undefined;

  test('the set is all there', () => {
    expect(entries.length).toBe(170);
    expect(new Set(entries.map((entry) => entry.transfer_syntax)).size).toBe(19);
  });

  test.each(named((entry) => readable(entry) && entry.lossless_syntax))('exact: $file', async (entry) => {
    expect(entry.sha256_decoded).toMatch(/^[0-9a-f]{64}$/);
    expect((await decodeAll(entry.file)).sha256).toBe(entry.sha256_decoded);
  });

  test.each(named((entry) => readable(entry) && !entry.lossless_syntax))('lossy: $file', async (entry) => {
    const { values } = await decodeAll(entry.file);
    const average = mean(values);
    const deviation = Math.sqrt(mean(values.map((v) => (v - average) ** 2)));
    const { decoded } = entry;
    // Good decoders differ by a rounding in the inverse transform, and by their chroma filters in colour.
    const span = Math.max(1, decoded.max - decoded.min);
    expect(Math.abs(average - decoded.mean)).toBeLessThan(0.5);
    expect(Math.abs(deviation - decoded.std)).toBeLessThan(0.002 * span + 0.5);
    if (entry.max_abs_error_to_family_truth === undefined) return;
    // In rescaled units: the encoder of one file moved the intercept.
    const own = rescaled(entry.file, values);
    const source = familyTruth(entry.file);
    const truth = rescaled(source, (await decodeAll(source)).values);
    const errors = own.map((v, i) => Math.abs(v - truth[i]!));
    expect(errors.length).toBe(truth.length);
    expect(errors.reduce((a, b) => Math.max(a, b), 0)).toBeLessThanOrEqual(
      entry.max_abs_error_to_family_truth + 1,
    );
    expect(mean(errors)).toBeLessThanOrEqual(entry.mean_abs_error_to_family_truth! * 1.05 + 0.05);
  });

  // Good decoders differ on these: what is asked is an image or a sentence, and what we answer is said.
  const CONTESTED: Readonly<Record<string, string>> = {
    'as-found/rtdose_expb.dcm': 'image',
    'as-found/SC_rgb_small_odd_big_endian.dcm': 'image',
    'as-found/J2K_pixelrep_mismatch.dcm': 'image',
    'as-found/JPEG2000-embedded-sequence-delimiter.dcm': 'codec',
  };
  test.each(named((entry) => entry.contested !== undefined))('contested: $file', async ({ file }) => {
    const answer = await decodeAll(file).then(
      () => 'image',
      (error: unknown) => (error instanceof DicomError ? error.code : String(error)),
    );
    expect(answer).toBe(CONTESTED[file]);
  });
  test('contested: 32 bits in big endian OW are swapped as 32 bits', async () => {
    const [big, little] = await Promise.all(
      ['rtdose_expb', 'rtdose'].map((f) => decodeAll(`as-found/${f}.dcm`)),
    );
    expect(big!.sha256).toBe(little!.sha256);
  });

  test.each(named((entry) => RETIRED.has(entry.transfer_syntax)))('retired, refused: $file', ({ file }) => {
    expect(() => open(file)).toThrow(expect.objectContaining({ code: 'unsupported-syntax' }));
  });
});
