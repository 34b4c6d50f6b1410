/** A failure in a sentence: the node's own where it sent one, never a code alone. */
import { FAILURE, START } from '../strings.ts';
import type { Failure } from './viewer-state.ts';

export function failureSentence({ code, text }: Pick<Failure, 'code' | 'text'>): string {
  const known = FAILURE[code];
  return text || (known ? `${known.title} ${known.next}` : `${START.failedHere} (${code})`);
}

/** Whether the node said it for a person: a whole sentence, no bare reason. */
export const isSentence = (said: string): boolean => /^\p{Lu}.*\.$/su.test(said);

/** Long enough to read two sentences twice, where nothing can put them away. */
export const READ_MS = 12_000;

/** The newest failure's sentence, for as long as it takes to read; then null. */
export function createRecentFailure(): (failure: Failure | null, nowMs: number) => string | null {
  let newest: { readonly serial: number; readonly atMs: number } | null = null;
  return (failure, nowMs) => {
    if (!failure) return null;
    if (newest?.serial !== failure.serial) newest = { serial: failure.serial, atMs: nowMs };
    return nowMs - newest.atMs < READ_MS ? failureSentence(failure) : null;
  };
}
