/**
 * Who we are to an archive. Credentials come from the environment or from a file, never from the command line (other
 * people of the machine can read that), and they are written nowhere.
 */
import { readFile } from 'node:fs/promises';
import { ArchiveError } from './errors.ts';

/** The value of an Authorization header, or null for none. */
export type Authorization = string | null;

export const bearer = (token: string): Authorization => `Bearer ${token}`;
export const basic = (userAndPassword: string): Authorization =>
  `Basic ${Buffer.from(userAndPassword, 'utf8').toString('base64')}`;

/** A header value must be one line of visible characters: a token file often ends in a newline. */
function clean(token: string, where: string): string {
  const trimmed = token.trim();
  if (trimmed === '' || !/^[\x21-\x7e]+$/.test(trimmed))
    throw new ArchiveError(
      'unauthorized',
      `${where} holds no usable token: it must be one line of letters, digits and signs.`,
    );
  return trimmed;
}

/** Names of the variables: `ANTEROOM_TOKEN` / `ANTEROOM_BASIC` for the archive, the FHIR ones for a FHIR server elsewhere. */
export const ARCHIVE_VARIABLES = { token: 'ANTEROOM_TOKEN', basic: 'ANTEROOM_BASIC' } as const;
export const FHIR_VARIABLES = { token: 'ANTEROOM_FHIR_TOKEN', basic: 'ANTEROOM_FHIR_BASIC' } as const;

/** A token file first, then the token variable, then user:password. Throws 'unauthorized' where what is given is unusable. */
export async function readAuthorization(
  names: { readonly token: string; readonly basic: string },
  environment: Readonly<Record<string, string | undefined>>,
  tokenFile?: string,
): Promise<Authorization> {
  if (tokenFile !== undefined) {
    const text = await readFile(tokenFile, 'utf8').catch((cause: unknown) => {
      throw new ArchiveError(
        'unauthorized',
        `The token file ${tokenFile} could not be read (${cause instanceof Error && 'code' in cause ? String(cause.code) : 'error'}). Check its name and that this account may read it.`,
        { cause },
      );
    });
    return bearer(clean(text, `The token file ${tokenFile}`));
  }
  const token = environment[names.token];
  if (token) return bearer(clean(token, names.token));
  const pair = environment[names.basic];
  if (!pair) return null;
  if (!pair.includes(':'))
    throw new ArchiveError('unauthorized', `${names.basic} should hold user:password, and has no colon.`);
  return basic(pair);
}
