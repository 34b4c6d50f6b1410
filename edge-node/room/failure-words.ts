/** A failure as the page is told it: a code, and words for a person that name no patient and no credential. */
import { SourceError } from '../ingest/types.ts';

export interface FailureWords {
  readonly code: string;
  readonly text: string;
}

/** `doing` completes "Anteroom could not ...". Unknown errors' own words stay on the node: they may hold anything. */
export function failureWords(error: unknown, doing: string): FailureWords {
  if (error instanceof SourceError) return { code: error.code, text: error.message };
  if (error instanceof Error && error.name === 'AbortError')
    return { code: 'aborted', text: 'Stopped before it was done.' };
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code.startsWith('NATIVE_'))
    return { code: 'node-failed', text: `Anteroom could not ${doing}: ${(error as Error).message}` };
  return {
    code: 'node-failed',
    text: `Anteroom could not ${doing}. Try again; if it stays so, 'anteroom doctor' on the node says what is missing.`,
  };
}
