import { expect, test } from 'vitest';
import { SourceError, type SourceErrorCode } from '../ingest/types.ts';
import { failureWords } from './failure-words.ts';

const CODES: readonly SourceErrorCode[] = ['bad-source', 'not-found', 'empty', 'no-pixels'];

test.each(CODES)('%s: everybody in the room hears it, nobody hears the folder', (code) => {
  const error = new SourceError(code, 'The folder /scans/DOE^JANE cannot be read (EACCES).');
  const { code: said, text } = failureWords(error, 'open this series');
  expect(said).toBe(code);
  expect(text).toMatch(/^Anteroom could not open this series: .+\.$/);
  expect(text).not.toMatch(/DOE|scans|EACCES/);
});

test('an archive that does not answer is said in its own words', () => {
  const error = new SourceError('unreachable', 'The archive did not answer within 30 s.');
  expect(failureWords(error, 'open this series')).toEqual({ code: 'unreachable', text: error.message });
});

test('what nobody foresaw keeps its words on the node', () => {
  expect(failureWords(new Error('open /scans/DOE^JANE'), 'open this series').text).not.toContain('DOE');
});
