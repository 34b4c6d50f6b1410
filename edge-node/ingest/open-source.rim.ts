/**
 * What `--source` says, opened: 'embedded', a folder, or an http(s) address of a DICOMweb root (or of a FHIR server,
 * whose endpoints then say where the images lie).
 */
import { stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  ARCHIVE_VARIABLES,
  ArchiveError,
  bearer,
  FHIR_VARIABLES,
  openServer,
  readAuthorization,
  type Authorization,
} from '../../fhir/clients/index.ts';
import { openDicomwebSource } from './dicomweb-source.rim.ts';
import { SourceError, type FlowOptions, type Source } from './types.ts';

export interface OpenSourceOptions extends FlowOptions {
  /** FHIR R4 root in front of the archive. */
  readonly fhir?: string | undefined;
  /** File that holds the archive's bearer token. */
  readonly tokenFile?: string | undefined;
  /** ANTEROOM_HOME; the embedded patient is kept there. */
  readonly home?: string | undefined;
  readonly embeddedSize?: 'full' | 'small' | undefined;
  /** Tests give their own; `process.env` otherwise. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Whether a --source is an archive's address, far and perhaps large; else it is a folder or the embedded patient. */
export const isAddress = (spec: string): boolean => /^https?:/i.test(spec);

/** Opens a source. Throws SourceError: 'bad-source' for words that name none, the archive's own where it cannot be had. */
export async function openSource(spec: string, options: OpenSourceOptions = {}): Promise<Source> {
  try {
    if (spec === 'embedded') return await openEmbedded(options);
    if (isAddress(spec)) return await openAddress(spec, options);
    if (/^[a-z][a-z0-9+.-]+:\/\//i.test(spec))
      throw badSource(
        `--source ${spec.split(':')[0]}://… is no address this node can read. Give http:// or https://, a folder, or the word embedded.`,
      );
    return await openDirectory(spec, options);
  } catch (error) {
    if (error instanceof ArchiveError) throw new SourceError(error.code, error.message, { cause: error });
    throw error;
  }
}

const badSource = (message: string, cause?: unknown): SourceError =>
  new SourceError('bad-source', message, { cause });

async function openDirectory(spec: string, options: OpenSourceOptions): Promise<Source> {
  if (spec.trim() === '')
    throw badSource(
      '--source is empty. Give a folder, an http(s) address of a DICOMweb root, or the word embedded.',
    );
  if (options.fhir !== undefined)
    throw badSource(
      '--fhir goes with an http(s) address as --source: a folder has no FHIR server in front of it.',
    );
  const folder = await stat(spec).catch((cause: unknown) => {
    const denied = cause instanceof Error && 'code' in cause && cause.code === 'EACCES';
    throw badSource(
      denied
        ? `The folder ${spec} may not be read by this account. Give it read access, or name another.`
        : `There is no folder ${spec}. --source takes a folder, an http(s) address of a DICOMweb root, or the word embedded.`,
      cause,
    );
  });
  if (!folder.isDirectory()) throw badSource(`${spec} is a file. Give the folder that holds it.`);
  const { openFolder } = await import('./folder-source.rim.ts');
  return openFolder(spec);
}

async function openEmbedded(options: OpenSourceOptions): Promise<Source> {
  if (options.fhir !== undefined)
    throw badSource(
      '--fhir does not go with --source embedded: the embedded archive brings its own FHIR server.',
    );
  const { openEmbeddedArchive } = await import('../../fhir/archive/index.ts');
  const home = options.home ?? process.env['ANTEROOM_HOME'] ?? path.join(homedir(), '.anteroom');
  const archive = await openEmbeddedArchive({
    home,
    ...(options.embeddedSize ? { size: options.embeddedSize } : {}),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.progress ? { progress: options.progress } : {}),
  });
  const authorization = bearer(archive.token);
  return openDicomwebSource({
    label: 'embedded patient',
    root: archive.dicomwebUrl,
    authorization,
    fhir: { root: archive.fhirUrl, authorization },
    onClose: () => archive.close(),
  });
}

function readAddress(text: string, name: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (!url || url.hostname === '')
    throw badSource(
      `${name} is no address that can be read. It should look like https://pacs.example/dicom-web.`,
    );
  if (url.username !== '' || url.password !== '')
    throw badSource(
      `${name} holds a user name or password, which others on this machine could read. Take it out and set ANTEROOM_BASIC=user:password instead.`,
    );
  if (url.search !== '' || url.hash !== '')
    throw badSource(
      `${name} has a '?' or '#' in it; give the root alone, as in https://pacs.example/dicom-web.`,
    );
  return url;
}

/** The address of a FHIR server as --source is given the archive's credentials: no others are looked at. */
const CREDENTIALS_OF_SOURCE = 'ANTEROOM_TOKEN or ANTEROOM_BASIC (user:password), or pass --token-file';

async function openAddress(spec: string, options: OpenSourceOptions): Promise<Source> {
  const url = readAddress(spec, '--source');
  const environment = options.environment ?? process.env;
  const authorization = await readAuthorization(ARCHIVE_VARIABLES, environment, options.tokenFile);
  if (options.fhir !== undefined) {
    const fhirUrl = readAddress(options.fhir, '--fhir');
    const own = await readAuthorization(FHIR_VARIABLES, environment);
    // The archive's credentials are good for FHIR on the same origin, and go nowhere else.
    const forFhir = own ?? (fhirUrl.origin === url.origin ? authorization : null);
    return openDicomwebSource({
      label: url.host,
      root: url.href,
      authorization,
      fhir: { root: fhirUrl.href, authorization: forFhir },
    });
  }
  if (await isFhir(url, authorization, options.signal))
    return openDicomwebSource({
      label: url.host,
      root: null,
      fhir: { root: url.href, authorization, credentialNames: CREDENTIALS_OF_SOURCE },
    });
  return openDicomwebSource({ label: url.host, root: url.href, authorization });
}

/**
 * Whether a FHIR server answers there, asked by its CapabilityStatement. One question, so that an archive that cannot
 * be reached, trusted or entered says so now and not at the first click.
 */
async function isFhir(
  url: URL,
  authorization: Authorization,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const server = openServer({ kind: 'archive', root: url.href, authorization });
  const what = 'its studies';
  const search = await server.askWhole(
    '/studies?limit=1',
    { what, headers: { accept: 'application/dicom+json' }, signal },
    16 * 1024 * 1024,
  );
  const list =
    search.status === 204 || search.bytes.subarray(0, 64).toString('utf8').trimStart().startsWith('[');
  if (search.status < 300 && list) return false;
  if (search.status === 401 || search.status === 403)
    throw server.failureOf({ status: search.status, headers: search.headers }, what);
  const statement = await server.askWhole(
    '/metadata',
    { what, headers: { accept: 'application/fhir+json' }, signal },
    64 * 1024 * 1024,
  );
  if (statement.status < 300 && statement.bytes.includes('CapabilityStatement')) return true;
  throw badSource(
    `${url.host} answers at this address, but not as a DICOMweb archive (HTTP ${search.status} when asked for its studies). Check the path: it is often /dicom-web, /dicomweb or /rs.`,
  );
}
