/** 200 hostile, lying, cut and sound files: each ends as `expected.json` says, in time, in bounded memory, in words. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import { DicomError, openDecodePool, readHeader, readHeaderFromFile } from '../../fhir/dicom/index.ts';
import { missingData, sharedData } from '../fixtures/debian.ts';

interface Expected {
  readonly base_image: { readonly sha256_uint16le: string };
  readonly files: Readonly<
    Record<
      string,
      { readonly expect: 'load' | 'reject' | 'either'; readonly why: string; readonly pixels?: 'base' }
    >
  >;
}

const absent = missingData('malformed');
const expected: Expected = absent
  ? { base_image: { sha256_uint16le: '' }, files: {} }
  : (JSON.parse(readFileSync(sharedData('malformed', 'expected.json'), 'utf8')) as Expected);
const names = Object.keys(expected.files);
const bytesOf = (name: string): Uint8Array => new Uint8Array(readFileSync(sharedData('malformed', name)));

type Outcome =
  | { readonly kind: 'load'; readonly sha256: string }
  | { readonly kind: 'reject'; readonly error: DicomError };

/** As `studies --verify` does it: the header, then every frame, in a worker. */
async function judge(pool: DecodePool, name: string): Promise<Outcome> {
  try {
    const { layout } = readHeader(bytesOf(name));
    const frames = Array.from({ length: layout ? layout.frames : 0 }, (_, i) => i);
    const { sha256 } = await pool.decode({ bytes: bytesOf(name), frames, hash: true });
    return { kind: 'load', sha256: sha256! };
  } catch (error) {
    if (error instanceof DicomError) return { kind: 'reject', error };
    throw error;
  }
}

/** Refused for what no decoder is needed for, or by one: never for the time it took. */
const gaveUp = /more than \d+ s|made its decoder/;

describe.skipIf(absent !== null)(`malformed files (${absent ?? 'shared data'})`, () => {
  const pool = openDecodePool({ workers: 1, timeLimitMs: 20_000 });
  afterAll(() => pool.close());

  test('the set is all there', () => {
    expect(names.length).toBe(200);
    expect(names.filter((name) => expected.files[name]!.expect === 'load').length).toBe(13);
  });

  test.each(names)('%s', async (name) => {
    const { expect: wanted, pixels } = expected.files[name]!;
    const outcome = await judge(pool, name);
    if (wanted !== 'either') expect(outcome.kind).toBe(wanted);
    if (outcome.kind === 'reject') {
      expect(outcome.error.message).toMatch(/^[A-Z(].{15,}\.$/s);
      expect(outcome.error.message).not.toMatch(gaveUp);
    } else if (pixels === 'base') expect(outcome.sha256).toBe(expected.base_image.sha256_uint16le);
  });

  test('all of them at once: what is sound among them loads, in bounded memory', async () => {
    const before = process.memoryUsage().rss;
    const outcomes = await Promise.all(names.map((name) => judge(pool, name)));
    const sound = names.filter((_, i) => {
      const outcome = outcomes[i]!;
      return outcome.kind === 'load' && outcome.sha256 === expected.base_image.sha256_uint16le;
    });
    for (const name of names)
      if (expected.files[name]!.expect === 'load') expect(sound, `${name} loads`).toContain(name);
    expect(process.memoryUsage().rss - before).toBeLessThan(256 << 20);
  });

  test('a folder scan refuses no more than a whole reading does, and keeps every sound file', async () => {
    for (const name of names) {
      const scan = await readHeaderFromFile(sharedData('malformed', name)).then(
        () => 'load',
        (error: unknown) => (error instanceof DicomError ? 'reject' : `${name}: ${String(error)}`),
      );
      if (expected.files[name]!.expect === 'load') expect(scan, name).toBe('load');
      expect(['load', 'reject'], scan).toContain(scan);
    }
  });

  test('the hash of the base image is one that a wrong pixel changes', () => {
    const instance = bytesOf('001-sound-explicit-le.dcm');
    const pixels = instance.subarray(instance.length - 2048);
    expect(createHash('sha256').update(pixels).digest('hex')).toBe(expected.base_image.sha256_uint16le);
  });
});
