import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { givenCertificate, lanAddresses, ownCertificate } from './certificate.rim.ts';

const DAY = 86_400_000;
const now = Date.now();
let home: string;
beforeAll(() => void (home = mkdtempSync(path.join(tmpdir(), 'anteroom-tls-'))));
afterAll(() => rmSync(home, { recursive: true }));

test('names this machine, is kept, and is made anew for a new name or before its end', async () => {
  const first = await ownCertificate(home, ['node.example'], now);
  const parsed = new X509Certificate(first.cert);
  for (const name of ['localhost', 'node.example']) expect(parsed.checkHost(name)).toBe(name);
  for (const address of ['127.0.0.1', ...lanAddresses()]) expect(parsed.checkIP(address)).toBe(address);
  expect(parsed.checkHost('other.example')).toBeUndefined();
  expect(Date.parse(parsed.validTo) - now).toBeLessThan(398 * DAY);
  expect(parsed.ca).toBe(false);

  expect(await ownCertificate(home, ['node.example'], now + 300 * DAY)).toEqual(first);
  expect((await ownCertificate(home, ['node.example'], now + 392 * DAY)).cert).not.toBe(first.cert);
  const other = await ownCertificate(home, ['10.1.2.3'], now);
  expect(new X509Certificate(other.cert).checkIP('10.1.2.3')).toBe('10.1.2.3');
});

test('a damaged pair is made anew', async () => {
  const before = await ownCertificate(home, [], now);
  writeFileSync(path.join(home, 'tls-key.pem'), 'damaged');
  const after = await ownCertificate(home, [], now);
  expect(after.fingerprint).not.toBe(before.fingerprint);
  expect(await ownCertificate(home, [], now)).toEqual(after);
});

test('a given pair must fit together, be PEM, be there, and be valid', async () => {
  await ownCertificate(home, [], now);
  const [cert, key] = [path.join(home, 'tls-cert.pem'), path.join(home, 'tls-key.pem')];
  expect(await givenCertificate(cert, key, now)).toMatchObject({ file: null });
  const other = path.join(home, 'other');
  await ownCertificate(other, [], now);
  await expect(givenCertificate(cert, path.join(other, 'tls-key.pem'), now)).rejects.toThrow(
    /another certificate/,
  );
  await expect(givenCertificate(key, key, now)).rejects.toThrow(/not PEM/);
  await expect(givenCertificate(cert, `${key}x`, now)).rejects.toThrow(/cannot be read/);
  await expect(givenCertificate(cert, key, now + 400 * DAY)).rejects.toThrow(/it ended on/);
});
