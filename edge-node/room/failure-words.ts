/** A failure as the page is told it: a code, and words for a person that name no patient and no credential. */
import { SourceError, type SourceErrorCode } from '../ingest/types.ts';

export interface FailureWords {
  readonly code: string;
  readonly text: string;
}

/**
 * Sources word these for whoever runs the node: with folders and files, which often bear a patient's name. Everybody
 * in a room hears a failure, so that the room has words of its own.
 */
const OWN_WORDS: Partial<Record<SourceErrorCode, string>> = {
  'bad-source': "this node's archive cannot be read. On the node, 'anteroom studies' says why.",
  'not-found': 'the archive does not hold it. Choose another series.',
  empty: "this node's archive is empty. On the node, 'anteroom studies' says what it holds.",
  'no-pixels':
    "it holds no volume that could be shown. Choose another series; on the node, 'anteroom studies' says why.",
};

/** `doing` completes "Anteroom could not ...". Unknown errors' own words stay on the node: they may hold anything. */
export function failureWords(error: unknown, doing: string): FailureWords {
  if (error instanceof SourceError) {
    const own = OWN_WORDS[error.code];
    return { code: error.code, text: own ? `Anteroom could not ${doing}: ${own}` : error.message };
  }
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
