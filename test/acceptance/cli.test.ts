/** The tool as a person or a script meets it: exit codes, words, https, and a log without identifiers. */
import { spawn, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { request } from 'node:https';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { backends } from '../../native/index.ts';
import { PROTOCOL_VERSION } from '../../shared/protocol/messages.ts';
import { join, openSmallPatient, openSocket } from './room-harness.ts';

const TOOL = path.resolve(import.meta.dirname, '../../bin/anteroom');
let home: string;
/** A folder with the small patient's objects: a source that needs no minute to make. */
let folder: string;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'anteroom-cli-'));
  folder = path.join(home, 'objects');
  await using source = await openSmallPatient();
  mkdirSync(folder);
  let count = 0;
  for (const study of (await source.list()).studies)
    for (const series of study.series)
      for await (const { bytes } of source.retrieve(study.studyInstanceUid, series.seriesInstanceUid))
        writeFileSync(path.join(folder, `object-${count++}`), bytes);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const environment = (): NodeJS.ProcessEnv => ({ ...process.env, ANTEROOM_HOME: path.join(home, 'home') });

function start(...args: string[]): {
  readonly child: ChildProcess;
  readonly out: () => string;
  readonly line: Promise<string>;
  readonly ended: Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>;
} {
  const child = spawn(TOOL, args, { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  const line = Promise.withResolvers<string>();
  child.stdout.on('data', (data) => {
    out += String(data);
    if (out.includes('\n')) line.resolve(out.slice(0, out.indexOf('\n')));
  });
  child.stderr.on('data', (data) => (err += String(data)));
  const ended = new Promise<{ code: number | null; out: string; err: string }>((resolve) =>
    child.on('close', (code) => {
      line.reject(new Error(`ended with ${code}: ${err}`));
      resolve({ code, out, err });
    }),
  );
  line.promise.catch(() => undefined);
  return { child, out: () => out, line: line.promise, ended };
}
const run = (...args: string[]): ReturnType<typeof start>['ended'] => start(...args).ended;

async function busyPort(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, port: (server.address() as AddressInfo).port };
}

describe('words that cannot be parsed end with 2', () => {
  test.each([
    ['a verb that is none', ['dance']],
    ['no verb', []],
    ['an option that is none', ['serve', '--sauce', 'x']],
    ['a port that is none', ['serve', '--port', '99999']],
    ['a port in words', ['serve', '--port', 'http']],
    ['one TLS file', ['serve', '--tls', 'cert.pem']],
    ['--lan and --host', ['serve', '--lan', '--host', '10.0.0.1']],
    ['a backend that is none', ['serve', '--backend', 'abacus']],
    ['a stray word', ['serve', 'embedded']],
    ['no suite', ['bench']],
    ['a suite that is none', ['bench', '--suite', 'cake']],
  ])('%s', async (_what, args) => {
    const { code, err, out } = await run(...args);
    expect(code).toBe(2);
    expect(err + out).not.toMatch(/ {4}at .*\.ts/);
    expect((err + out).length).toBeGreaterThan(20);
  });
});

describe('what was tried and failed ends with 1, in words', () => {
  test('a folder that is not there', async () => {
    const { code, err } = await run('serve', '--port', '0', '--source', path.join(home, 'nowhere'));
    expect(code).toBe(1);
    expect(err).toMatch(/There is no folder/);
  });

  test('a port that is taken', async () => {
    const { server, port } = await busyPort();
    const { code, err } = await run('serve', '--port', String(port), '--source', folder);
    server.close();
    expect(code).toBe(1);
    expect(err).toMatch(new RegExp(`Port ${port} .*taken.*--port`));
  });

  test('an archive that does not answer', async () => {
    const { server, port } = await busyPort();
    await new Promise((resolve) => server.close(resolve));
    const { code, err } = await run('serve', '--port', '0', '--source', `http://127.0.0.1:${port}/dicom-web`);
    expect(code).toBe(1);
    expect(err).toContain(`127.0.0.1:${port}`);
    expect(err).not.toMatch(/ {4}at .*\.ts/);
  });

  test('a certificate that is none, before anything is opened', async () => {
    const file = path.join(home, 'not.pem');
    writeFileSync(file, 'no certificate');
    const { code, err } = await run('serve', '--port', '0', '--source', folder, '--tls', `${file},${file}`);
    expect(code).toBe(1);
    expect(err).toMatch(/is not PEM/);
  });

  test('an encoder that is none', async () => {
    const { code, err } = await run('serve', '--port', '0', '--source', folder, '--encoder', 'crayon');
    expect(code).toBe(1);
    expect(err).toMatch(/crayon/);
  });

  test.skipIf(backends().some(({ name }) => name === 'cuda'))('a backend that is not here', async () => {
    const { code, err } = await run('serve', '--port', '0', '--source', folder, '--backend', 'cuda');
    expect(code).toBe(1);
    expect(err).toMatch(/--backend cuda .*this machine has cpu/);
  });

  test('a home that is a file', async () => {
    const file = path.join(home, 'home-file');
    writeFileSync(file, '');
    const child = spawn(TOOL, ['serve', '--port', '0', '--source', folder], {
      env: { ...process.env, ANTEROOM_HOME: file },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let err = '';
    child.stderr.on('data', (data) => (err += String(data)));
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(1);
    expect(err).toContain('Set ANTEROOM_HOME to a folder of yours');
  });

  test('a host that is not this machine’s', async () => {
    const { code, err } = await run('serve', '--port', '0', '--source', folder, '--host', '203.0.113.7');
    expect(code).toBe(1);
    expect(err).toMatch(/could not listen on 203\.0\.113\.7/);
  });
});

test('serve prints a link that opens, stops on SIGTERM with 0, and logs nobody', async () => {
  const { child, line, ended } = start('serve', '--port', '0', '--source', folder, '--json');
  const said = JSON.parse(await line) as { origin: string; link: string; log: string };
  const token = said.link.split('#token=')[1]!;
  expect(said.link.startsWith(`${said.origin}/#token=`)).toBe(true);
  const ask = (pathname: string, init: RequestInit = {}): Promise<Response> =>
    fetch(said.origin + pathname, {
      ...init,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    });
  const { studies } = (await (await ask('/api/studies')).json()) as {
    studies: { studyInstanceUid: string; patient: { name: string; id: string } }[];
  };
  const [study] = studies;
  const body = JSON.stringify({ studyInstanceUid: study!.studyInstanceUid });
  const room = (await (await ask('/api/rooms', { method: 'POST', body })).json()) as { token: string };
  const viewer = await join(said.origin, room.token, 'Dr Somebody');
  await viewer.next('shown');
  const rude = await openSocket(said.origin);
  rude.ws.send(`hello ${study!.patient.name}`);
  await rude.closed;
  const page = await fetch(said.origin);
  expect(page.status).toBe(200);
  expect(page.headers.get('content-security-policy')).toMatch(/default-src 'self'/);
  expect(page.headers.get('cross-origin-embedder-policy')).toBe('require-corp');
  child.kill('SIGTERM');
  const { code, err } = await ended;
  expect(code).toBe(0);

  const log = readFileSync(said.log, 'utf8');
  expect(log).toMatch(/volume-shown/);
  expect(statSync(said.log).mode & 0o077).toBe(0);
  expect(study!.patient.name.length).toBeGreaterThan(3);
  const secrets = [
    study!.patient.name,
    ...study!.patient.name.split(/[\^ ]/).filter((part) => part.length > 3),
    study!.patient.id,
    study!.studyInstanceUid,
    'Somebody',
    token,
    room.token,
  ];
  const files = readdirSync(path.join(home, 'home'), { recursive: true, encoding: 'utf8' });
  for (const secret of secrets) {
    expect(log + err).not.toContain(secret);
    expect(files.join('\n')).not.toContain(secret);
  }
});

test('a folder without a study is served, and it is said', async () => {
  const empty = path.join(home, 'empty');
  mkdirSync(empty);
  const { child, line, ended } = start('serve', '--port', '0', '--source', empty, '--json');
  expect(JSON.parse(await line)).toMatchObject({ studies: 0 });
  child.kill('SIGTERM');
  const { code, err } = await ended;
  expect([code, err]).toEqual([0, expect.stringMatching(/^empty holds no study yet\. Check that --source/)]);
});

test('off loopback it is https, with a certificate that is kept', async () => {
  const start_ = async (): Promise<{ origin: string; tls: { fingerprint: string; file: string } }> => {
    const { child, line, ended } = start(
      'serve',
      '--port',
      '0',
      '--source',
      folder,
      '--host',
      '0.0.0.0',
      '--json',
    );
    const said = JSON.parse(await line) as { origin: string; tls: { fingerprint: string; file: string } };
    const { port } = new URL(said.origin);
    const status = await new Promise<number | undefined>((resolve, reject) =>
      request(
        {
          host: '127.0.0.1',
          port,
          path: '/api/session',
          ca: readFileSync(said.tls.file),
          servername: 'localhost',
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        },
      )
        .on('error', reject)
        .end(),
    );
    expect(status).toBe(401);
    const viewer = await openSocket(`https://127.0.0.1:${port}`, { ca: readFileSync(said.tls.file) });
    viewer.send({ kind: 'hello', version: PROTOCOL_VERSION, token: 'no', name: '', device: 'desktop' });
    expect((await viewer.closed).code).toBe(4403);
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow();
    child.kill('SIGTERM');
    expect((await ended).code).toBe(0);
    return said;
  };
  const first = await start_();
  expect(first.origin).toMatch(/^https:/);
  expect(existsSync(first.tls.file)).toBe(true);
  expect(statSync(path.join(home, 'home', 'tls-key.pem')).mode & 0o077).toBe(0);
  const second = await start_();
  expect(second.tls.fingerprint).toBe(first.tls.fingerprint);
});

test('doctor says what is there, and which encoder and why', async () => {
  const { code, out } = await run('doctor', '--source', folder, '--json');
  const { ok, checks } = JSON.parse(out) as {
    ok: boolean;
    checks: { name: string; status: string; text: string }[];
  };
  expect(code).toBe(ok ? 0 : 1);
  expect(checks.map((check) => check.name)).toEqual([
    'node',
    'machine',
    'kernels',
    'gpu',
    'encoder',
    'page',
    'browser',
    'disk',
    'archive',
  ]);
  const text = (name: string): string => checks.find((check) => check.name === name)!.text;
  expect(text('encoder')).toMatch(/Licence: .*(BSD|GPL)/);
  expect(text('archive')).toMatch(/answers: \d+ stud/);
});

test('doctor ends with 1 where the archive does not answer', async () => {
  const { code, out } = await run('doctor', '--source', path.join(home, 'nowhere'));
  expect(code).toBe(1);
  expect(out).toMatch(/MISSING archive/);
});
