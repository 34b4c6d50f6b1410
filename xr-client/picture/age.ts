/** How old a picture may be before it says so: a safety property, not a decoration. */
import type { Age } from '../session/viewer-state.ts';

export const OLD_MS = 150;
export const STALE_MS = 1000;

/** Age = now - the sample time of the shown tick, both on this client's clock. */
export function ageOf(shownSampleTimeMs: number | null, nowMs: number): Age {
  if (shownSampleTimeMs === null) return { kind: 'none' };
  const ageMs = Math.max(0, nowMs - shownSampleTimeMs);
  if (ageMs > STALE_MS) return { kind: 'stale', ageMs };
  return { kind: ageMs > OLD_MS ? 'old' : 'fresh', ageMs };
}

/** Older than any hitch: what a person should be told why. */
const STOPPED_MS = 3000;
export const hasStopped = (age: Age): boolean => age.kind === 'stale' && age.ageMs > STOPPED_MS;

/** What the rim says; '' while the picture is fresh. */
export function ageWords(age: Age): string {
  if (age.kind === 'old') return `Picture ${Math.round(age.ageMs / 10) * 10}\u202fms old`;
  if (age.kind === 'stale') return `Picture ${(age.ageMs / 1000).toFixed(1)}\u202fs old`;
  return '';
}
