/** Who the embedded patient is, and the identifiers of everything made of it. */
import { createHash } from 'node:crypto';

/** Part of every identifier and of the cache's folder name: another picture is another object. */
export const GENERATOR_VERSION = 6;

export const PATIENT = {
  name: 'ANTEROOM^EMBEDDED PATIENT',
  id: 'EMBEDDED-1',
  birthDate: '19600229',
  sex: 'M',
} as const;

/** 'small' is the same patient on a coarser grid, made in a second: for tests. */
export type PatientSize = 'full' | 'small';

/** The same UID for the same words, from a UUID made of their digest (PS3.5 B.2). */
export function uidOf(words: string): string {
  const digest = createHash('sha256').update(`anteroom embedded ${GENERATOR_VERSION} ${words}`).digest();
  digest[6] = (digest[6]! & 0x0f) | 0x80;
  digest[8] = (digest[8]! & 0x3f) | 0x80;
  return `2.25.${BigInt(`0x${digest.subarray(0, 16).toString('hex')}`)}`;
}
