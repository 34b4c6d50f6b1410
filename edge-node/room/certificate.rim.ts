/** The node's own certificate: made at first start, kept in its home, made anew when it would no longer do. */
import { X509Certificate, createPrivateKey } from 'node:crypto';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { ServiceError } from './types.ts';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  /** SHA-256 as browsers show it: 'AB:CD:...'. */
  readonly fingerprint: string;
  /** Where the certificate lies; null for one that was given. */
  readonly file: string | null;
}

const DAY_MS = 86_400_000;
/** Browsers refuse longer ones. */
const VALID_DAYS = 397;

/** IPv4 addresses of this machine that others can reach, those of a home or clinic network first. */
export function lanAddresses(): readonly string[] {
  const all = Object.values(networkInterfaces())
    .flatMap((list) => list ?? [])
    .filter((one) => one.family === 'IPv4' && !one.internal && !one.address.startsWith('169.254.'))
    .map((one) => one.address);
  const isPrivate = (address: string): boolean =>
    /^(10\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
  return all.toSorted((a, b) => Number(isPrivate(b)) - Number(isPrivate(a)));
}

const covers = (certificate: X509Certificate, names: readonly string[], nowMs: number): boolean =>
  Date.parse(certificate.validTo) - nowMs > 7 * DAY_MS &&
  names.every((name) =>
    /^[\d.]+$|:/.test(name)
      ? certificate.checkIP(name) !== undefined
      : certificate.checkHost(name) !== undefined,
  );

async function readPair(certFile: string, keyFile: string): Promise<{ cert: string; key: string } | null> {
  try {
    const [cert, key] = await Promise.all([readFile(certFile, 'utf8'), readFile(keyFile, 'utf8')]);
    return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key)) ? { cert, key } : null;
  } catch {
    return null;
  }
}

async function writeOwned(file: string, text: string): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  await writeFile(part, text, { mode: 0o600 });
  await chmod(part, 0o600);
  await rename(part, file);
}

/** The certificate in `home` that names this machine's addresses and `names`; made where there is none that will do. */
export async function ownCertificate(
  home: string,
  names: readonly string[],
  nowMs: number,
): Promise<Certificate> {
  const certFile = path.join(home, 'tls-cert.pem');
  const keyFile = path.join(home, 'tls-key.pem');
  const all = [...new Set(['localhost', '127.0.0.1', hostname(), ...lanAddresses(), ...names])];
  const kept = await readPair(certFile, keyFile);
  if (kept && covers(new X509Certificate(kept.cert), all, nowMs))
    return { ...kept, fingerprint: new X509Certificate(kept.cert).fingerprint256, file: certFile };
  const made = await generate([{ name: 'commonName', value: 'Anteroom node' }], {
    algorithm: 'sha256',
    keyType: 'ec',
    curve: 'P-256',
    notBeforeDate: new Date(nowMs - DAY_MS),
    notAfterDate: new Date(nowMs + (VALID_DAYS - 1) * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: all.map((name) =>
          /^[\d.]+$|:/.test(name) ? { type: 7 as const, ip: name } : { type: 2 as const, value: name },
        ),
      },
    ],
  });
  await mkdir(home, { recursive: true, mode: 0o700 });
  await writeOwned(keyFile, made.private);
  await writeOwned(certFile, made.cert);
  return {
    cert: made.cert,
    key: made.private,
    fingerprint: new X509Certificate(made.cert).fingerprint256,
    file: certFile,
  };
}

/** A certificate and key given by a person (`--tls CERT,KEY`). Rejects with words where they cannot be used. */
export async function givenCertificate(
  certFile: string,
  keyFile: string,
  nowMs: number,
): Promise<Certificate> {
  const fail = (what: string, cause?: unknown): never => {
    throw new ServiceError(
      'tls',
      `The certificate ${certFile} with key ${keyFile} cannot be used: ${what}.`,
      cause === undefined ? {} : { cause },
    );
  };
  const read = async (file: string): Promise<string> =>
    readFile(file, 'utf8').catch((error: unknown) => fail(`${file} cannot be read`, error));
  const [cert, key] = [await read(certFile), await read(keyFile)];
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(cert);
    if (!parsed.checkPrivateKey(createPrivateKey(key))) return fail('the key belongs to another certificate');
  } catch (error) {
    if (error instanceof ServiceError) throw error;
    return fail('one of the two is not PEM', error);
  }
  if (Date.parse(parsed.validTo) < nowMs) return fail(`it ended on ${parsed.validTo}`);
  return { cert, key, fingerprint: parsed.fingerprint256, file: null };
}
