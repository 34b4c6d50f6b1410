/** What can go wrong on the way to an archive or a FHIR server, in words that say what was tried and what to do. */

export type ArchiveErrorCode =
  | 'unreachable'
  | 'unauthorized'
  | 'tls'
  | 'not-found'
  | 'no-endpoint'
  | 'empty'
  | 'cut-short'
  | 'bad-answer'
  | 'aborted';

export class ArchiveError extends Error {
  readonly code: ArchiveErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | null;
  /** What the server asked to wait before another try, ms. */
  readonly retryAfterMs: number | null;
  constructor(
    code: ArchiveErrorCode,
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly retryAfterMs?: number | null } = {},
  ) {
    super(message, options);
    this.name = 'ArchiveError';
    this.code = code;
    this.status = options.status ?? null;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Whom we speak to, for sentences: 'The archive at pacs.example'. Never holds credentials, paths or queries. */
export interface Peer {
  readonly kind: 'archive' | 'FHIR server';
  readonly host: string;
  /** What the operator sets to give this server credentials, for the sentence about 401. */
  readonly credentialNames: string;
  readonly hasCredentials: boolean;
}

const named = (peer: Peer): string => `The ${peer.kind} at ${peer.host}`;

/** Codes of `error.cause` chains as Node, OpenSSL and undici set them. */
function causeOf(error: unknown): { readonly code: string; readonly text: string } {
  let code = '';
  let text = error instanceof Error ? error.message : String(error);
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    if ('code' in at && typeof at.code === 'string') code = at.code;
    if (at.message) text = at.message;
    if (at instanceof AggregateError && at.errors[0] instanceof Error && at.cause === undefined)
      at.cause = at.errors[0];
  }
  return { code, text };
}

const TLS_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'it is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'its chain ends in a self-signed certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'its issuer is not known here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'its issuer is not known here',
  UNABLE_TO_GET_ISSUER_CERT: 'its issuer is not known here',
  CERT_HAS_EXPIRED: 'it has expired',
  CERT_NOT_YET_VALID: 'it is not valid yet',
  CERT_REVOKED: 'it was revoked',
};

const REACH_WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'no machine of that name is known',
  EAI_AGAIN: 'its name could not be looked up',
  EHOSTUNREACH: 'there is no way to that machine',
  ENETUNREACH: 'there is no way to that network',
  ETIMEDOUT: 'no answer in time',
  UND_ERR_CONNECT_TIMEOUT: 'no answer in time',
  UND_ERR_HEADERS_TIMEOUT: 'no answer in time',
  ECONNRESET: 'it closed the connection',
  UND_ERR_SOCKET: 'it closed the connection',
  EPIPE: 'it closed the connection',
};

/** A failed connection or handshake, as fetch throws it, into words. */
export function connectionError(error: unknown, peer: Peer): ArchiveError {
  const { code, text } = causeOf(error);
  const options = { cause: error };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return new ArchiveError(
      'tls',
      `${named(peer)} shows a certificate made out to another name. Use the name in its certificate, or have one issued for ${peer.host}.`,
      options,
    );
  const certificate = TLS_WORDS[code];
  if (certificate)
    return new ArchiveError(
      'tls',
      `${named(peer)} shows a certificate that this node does not trust: ${certificate}. If the server is yours, save its certificate (or its issuer's) to a file and start with NODE_EXTRA_CA_CERTS=FILE.`,
      options,
    );
  if (code.startsWith('ERR_SSL') || code === 'EPROTO')
    return new ArchiveError(
      'tls',
      `${named(peer)} does not speak TLS as this node does (${code}). Check that the address should begin with https:// and that the port is right.`,
      options,
    );
  // Fetch's own list of ports that belong to other services.
  const words = text === 'bad port' ? 'web requests are not made to this port' : text;
  return new ArchiveError('unreachable', REACH_WORDS[code] ?? words, options);
}

/** The sentence for a server that could not be reached, after the last try. */
export function unreachable(
  reason: string,
  peer: Peer,
  tries: number,
  elapsedMs: number,
  cause: unknown,
): ArchiveError {
  const seconds = Math.max(1, Math.round(elapsedMs / 1000));
  const tried = tries === 1 ? 'tried once' : `tried ${tries} times in ${seconds} s`;
  return new ArchiveError(
    'unreachable',
    `${named(peer)} did not answer (${tried}): ${reason}. Check that it is running and that this node may reach it: anteroom doctor.`,
    { cause },
  );
}

/** An answer that is not success, into words. `what` says what was asked for: 'the series'. */
export function statusError(
  status: number,
  what: string,
  peer: Peer,
  retryAfterMs: number | null,
): ArchiveError {
  const options = { status, retryAfterMs };
  if (status === 401)
    return new ArchiveError(
      'unauthorized',
      peer.hasCredentials
        ? `${named(peer)} refused the credentials it was given. The token may have expired, or belong to another server. Renew ${peer.credentialNames}.`
        : `${named(peer)} wants to know who asks, and no credentials were given. Set ${peer.credentialNames}.`,
      options,
    );
  if (status === 403)
    return new ArchiveError(
      'unauthorized',
      `${named(peer)} does not let this account read ${what}. Ask its administrator for read access, or use another account (${peer.credentialNames}).`,
      options,
    );
  if (status === 404 || status === 410)
    return new ArchiveError(
      'not-found',
      `${named(peer)} does not have ${what}. Check the identifier and the address: anteroom studies lists what is there.`,
      options,
    );
  if (status === 429 || status >= 502)
    return new ArchiveError(
      'unreachable',
      `${named(peer)} is too busy or not ready (HTTP ${status}) to give ${what}. Try again in a minute.`,
      options,
    );
  return new ArchiveError(
    'bad-answer',
    `${named(peer)} answered HTTP ${status} when asked for ${what}. Check that the address is its DICOMweb or FHIR root, and its own log for the reason.`,
    options,
  );
}

export const badAnswer = (peer: Peer, what: string, found: string, cause?: unknown): ArchiveError =>
  new ArchiveError(
    'bad-answer',
    `${named(peer)} was asked for ${what} and answered something else: ${found}. Check that the address is right and the server speaks the standard.`,
    { cause },
  );

export const cutShort = (peer: Peer, what: string, cause?: unknown): ArchiveError =>
  new ArchiveError(
    'cut-short',
    `${named(peer)} stopped in the middle of ${what}. Nothing incomplete is shown; try again, and look at the network or the proxy between if it happens often.`,
    { cause },
  );

export const aborted = (cause?: unknown): ArchiveError =>
  new ArchiveError('aborted', 'Stopped before it was done, as asked.', { cause });
