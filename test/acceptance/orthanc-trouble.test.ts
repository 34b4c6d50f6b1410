/** What goes wrong between a real Orthanc and us: every case ends in words, and never in a series that is silently short. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSource } from '../../edge-node/ingest/open-source.rim.ts';
import { SourceError, type RetrievedObject, type Source } from '../../edge-node/ingest/types.ts';
import { missing, missingData, ORTHANC, ORTHANC_DICOMWEB, sharedData, STORESCU } from '../fixtures/debian.ts';
import { startOrthanc, type Orthanc } from '../fixtures/orthanc.ts';
import { startWireProxy, type WireProxy } from '../fixtures/wire-proxy.ts';

const absent = missing(ORTHANC, ORTHANC_DICOMWEB, STORESCU) ?? missingData('ct-chest-thin');
if (absent) console.log(`skipped: trouble with a real Orthanc (${absent})`);

const STUDY = '1.3.6.1.4.1.14519.5.2.1.6279.6001.265704884949271879044145982159';
const SERIES = '1.3.6.1.4.1.14519.5.2.1.6279.6001.154677396354641150280013275227';
const BASIC = { ANTEROOM_BASIC: 'alice:secret' };

const failureOf = async (run: Promise<unknown>): Promise<SourceError> => {
  const error = await run.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(SourceError);
  return error as SourceError;
};
const collect = async (objects: AsyncIterable<RetrievedObject>): Promise<Map<string, number>> => {
  const found = new Map<string, number>();
  for await (const { object, bytes, failure } of objects) {
    expect(failure).toBeUndefined();
    expect(found.has(object)).toBe(false);
    found.set(object, bytes.length);
  }
  return found;
};

describe.skipIf(absent !== null)('trouble on the way to a real Orthanc', () => {
  let orthanc: Orthanc;
  let proxy: WireProxy;
  let source: Source;
  let sizes: Map<string, number>;
  const through = (): string => `http://127.0.0.1:${proxy.port}/dicom-web`;

  beforeAll(async () => {
    orthanc = await startOrthanc({ user: 'alice', password: 'secret' });
    await orthanc.storescu([sharedData('ct-chest-thin', 'series')], '-xt');
    proxy = await startWireProxy({ port: Number(new URL(orthanc.restUrl).port) });
    source = await openSource(through(), { environment: BASIC });
    sizes = await collect(source.retrieve(STUDY, SERIES));
    expect(sizes.size).toBe(150);
  });
  afterAll(async () => {
    await source?.[Symbol.asyncDispose]();
    await proxy?.close();
    await orthanc?.close();
  });
  const askedSingly = (from: number): number =>
    proxy.requests.slice(from).filter((head) => /^GET \S+\/instances\/[\d.]+ /.test(head)).length;

  test.each(['end', 'reset'] as const)(
    'a body that is cut (%s) is made whole, image by image',
    async (how) => {
      await source.headers(STUDY, SERIES);
      const from = proxy.requests.length;
      proxy.cut(10_000_000, 1, how);
      expect(await collect(source.retrieve(STUDY, SERIES))).toEqual(sizes);
      expect(askedSingly(from)).toBeGreaterThan(90);
      expect(askedSingly(from)).toBeLessThan(150);
    },
  );

  test('a cut is found where nobody knew how many images there are', async () => {
    await using fresh = await openSource(through(), { environment: BASIC });
    proxy.cut(29_000_000, 1, 'end');
    expect(await collect(fresh.retrieve(STUDY, SERIES))).toEqual(sizes);
  });

  test('a line that cuts every image is an error that says so', async () => {
    const from = proxy.requests.length;
    proxy.cut(60_000, 1_000, 'end');
    const error = await failureOf(collect(source.retrieve(STUDY, SERIES)));
    proxy.cut(0, 0, 'end');
    expect(error.code).toBe('cut-short');
    expect(error.message).toContain('stopped in the middle');
    expect(askedSingly(from)).toBeLessThan(20);
  });

  test('headers that are cut are asked for again', async () => {
    proxy.cut(100_000, 1, 'end');
    const headers = await source.headers(STUDY, SERIES);
    expect(headers.instances).toHaveLength(150);
  });

  test.each(['whole', 'single'] as const)('aborting stops the transfer (%s)', async (way) => {
    await source.headers(STUDY, SERIES);
    const stop = new AbortController();
    const before = proxy.bytesDown();
    const only = way === 'single' ? [...sizes.keys()].slice(0, 60) : undefined;
    let seen = 0;
    const error = await failureOf(
      (async () => {
        for await (const _ of source.retrieve(STUDY, SERIES, {
          signal: stop.signal,
          ...(only ? { only } : {}),
        }))
          if (++seen === 5) stop.abort();
      })(),
    );
    expect(error.code).toBe('aborted');
    await proxy.quiet();
    expect(proxy.bytesDown() - before).toBeLessThan(29_458_292 / 2);
  });

  test('leaving the loop stops the transfer', async () => {
    const before = proxy.bytesDown();
    for await (const _ of source.retrieve(STUDY, SERIES)) break;
    await proxy.quiet();
    expect(proxy.bytesDown() - before).toBeLessThan(29_458_292 / 2);
  });

  test('a reader that stops to think holds the sender back', async () => {
    const objects = source.retrieve(STUDY, SERIES)[Symbol.asyncIterator]();
    const before = proxy.bytesDown();
    await objects.next();
    // The wire stands still: two looks, with another whole exchange between them, see the same.
    await source.list();
    const then = proxy.bytesDown();
    expect(then - before).toBeLessThan(29_458_292);
    let rest = 1;
    while (!(await objects.next()).done) rest++;
    expect(rest).toBe(150);
  });

  test('no credentials, wrong ones, a token file', async () => {
    const none = await failureOf(openSource(orthanc.dicomwebUrl, { environment: {} }));
    expect(none.code).toBe('unauthorized');
    expect(none.message).toContain('ANTEROOM_TOKEN');
    const wrong = await failureOf(
      openSource(orthanc.dicomwebUrl, { environment: { ANTEROOM_BASIC: 'alice:wrong' } }),
    );
    expect(wrong.code).toBe('unauthorized');
    expect(wrong.message).not.toContain('wrong');
    const folder = await mkdtemp(path.join(tmpdir(), 'anteroom-token-'));
    try {
      const tokenFile = path.join(folder, 'token');
      await writeFile(tokenFile, 'a.bearer.token\n');
      const from = proxy.requests.length;
      const refused = await failureOf(openSource(through(), { environment: {}, tokenFile }));
      expect(refused.code).toBe('unauthorized');
      expect(proxy.requests[from]).toMatch(/authorization: Bearer a\.bearer\.token\r\n/i);
      await writeFile(tokenFile, 'two\nlines');
      expect((await failureOf(openSource(through(), { environment: {}, tokenFile }))).message).toContain(
        'no usable token',
      );
      const gone = await failureOf(
        openSource(through(), { environment: {}, tokenFile: path.join(folder, 'none') }),
      );
      expect(gone.message).toContain('could not be read');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('what is not there is said', async () => {
    const runs: (() => Promise<unknown>)[] = [
      () => source.headers('1.2.3.4', '1.2.3.5'),
      () => source.headers(STUDY, '1.2.3.5'),
      () => collect(source.retrieve(STUDY, '1.2.3.5')),
      () => source.headers('../../instances', SERIES),
    ];
    for (const run of runs) expect((await failureOf(run())).code).toBe('not-found');
  });

  test('a certificate that nobody vouches for is refused in words, and taken where the operator vouches', async () => {
    const pems = await generate([{ name: 'commonName', value: 'localhost' }], {
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true },
        {
          name: 'subjectAltName',
          altNames: [
            { type: 2, value: 'localhost' },
            { type: 7, ip: '127.0.0.1' },
          ],
        },
      ],
    });
    await using secure = await startWireProxy({
      port: Number(new URL(orthanc.restUrl).port),
      tls: { key: pems.private, cert: pems.cert },
    });
    const address = `https://localhost:${secure.port}/dicom-web`;
    const error = await failureOf(openSource(address, { environment: BASIC }));
    expect(error.code).toBe('tls');
    expect(error.message).toContain('NODE_EXTRA_CA_CERTS');
    // Credentials were not sent to somebody unknown.
    expect(secure.requests).toEqual([]);
    const folder = await mkdtemp(path.join(tmpdir(), 'anteroom-ca-'));
    try {
      const certificate = path.join(folder, 'ca.pem');
      await writeFile(certificate, pems.cert);
      const script = path.join(folder, 'list.ts');
      const module = path.resolve(import.meta.dirname, '../../edge-node/ingest/open-source.rim.ts');
      await writeFile(
        script,
        `import { openSource } from ${JSON.stringify(module)};
         const source = await openSource(${JSON.stringify(address)});
         console.log((await source.list()).studies.length);`,
      );
      const child = spawn(process.execPath, [script], {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...process.env, ...BASIC, NODE_EXTRA_CA_CERTS: certificate, NODE_OPTIONS: '' },
      });
      let said = '';
      for await (const chunk of child.stdout) said += String(chunk);
      expect(said.trim()).toBe('1');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  test('https to a server that speaks http', async () => {
    const error = await failureOf(
      openSource(`https://127.0.0.1:${proxy.port}/dicom-web`, { environment: {} }),
    );
    expect(error.code).toBe('tls');
  });

  test('an address where nobody listens, and one that is not an archive', async () => {
    const closed = await startWireProxy({ port: 1 });
    await closed.close();
    const nobody = await failureOf(
      openSource(`http://127.0.0.1:${closed.port}/dicom-web`, { environment: {} }),
    );
    expect(nobody.code).toBe('unreachable');
    expect(nobody.message).toMatch(/did not answer \(tried 3 times in \d+ s\): nothing listens there\./);
    const path = await failureOf(openSource(`${orthanc.restUrl}/wrong-path`, { environment: BASIC }));
    expect(path.code).toBe('bad-source');
    expect(path.message).toContain('/dicom-web');
  });
});

test('words of --source that name no source', async () => {
  const said = async (spec: string, options = {}): Promise<string> => {
    const error = await failureOf(openSource(spec, { environment: {}, ...options }));
    expect(error.code, spec).toBe('bad-source');
    return error.message;
  };
  expect(await said('/no/such/folder')).toContain('There is no folder /no/such/folder');
  expect(await said(import.meta.filename)).toContain('is a file');
  expect(await said('')).toContain('--source is empty');
  expect(await said('ftp://pacs.example/x')).toContain('http://');
  expect(await said('http://')).toContain('no address');
  const secret = await said('http://alice:secret@pacs.example/dicom-web');
  expect(secret).toContain('ANTEROOM_BASIC');
  expect(secret).not.toContain('secret@');
  expect(await said('http://pacs.example/dicom-web?x=1')).toContain("'?'");
  expect(await said('.', { fhir: 'http://fhir.example' })).toContain('--fhir');
});
