/**
 * A real Orthanc with its DICOMweb plugin on free loopback ports, with temporary storage: the peer of the ingest bench,
 * and the archive of the acceptance tests.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Debian's packages orthanc, orthanc-dicomweb and dcmtk. */
export const ORTHANC = '/usr/sbin/Orthanc';
export const ORTHANC_DICOMWEB = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so';
export const STORESCU = '/usr/bin/storescu';

export interface OrthancOptions {
  readonly user?: string;
  readonly password?: string;
  /** Laid over the settings; `DicomWeb` is laid over its own. */
  readonly settings?: Readonly<Record<string, unknown>>;
}

export interface Orthanc extends AsyncDisposable {
  readonly dicomwebUrl: string;
  readonly restUrl: string;
  readonly dicomPort: number;
  /** C-STORE of files or folders by storescu; the number of instances that Orthanc then holds. */
  storescu(paths: readonly string[], ...extra: readonly string[]): Promise<number>;
  /** What it holds, by its own REST interface. */
  countInstances(): Promise<number>;
  close(): Promise<void>;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const finished = (child: ReturnType<typeof spawn>): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', resolve);
  });

/** Nagle off for DCMTK's sockets: with it each C-STORE waits some 80 ms. */
const ENVIRONMENT = { ...process.env, TCP_NODELAY: '1' };

export async function startOrthanc(options: OrthancOptions = {}): Promise<Orthanc> {
  const folder = await mkdtemp(path.join(tmpdir(), 'anteroom-orthanc-'));
  const [httpPort, dicomPort] = [await freePort(), await freePort()];
  const { DicomWeb: dicomweb, ...others } = options.settings ?? {};
  const settings = {
    Name: 'test',
    StorageDirectory: path.join(folder, 'db'),
    IndexDirectory: path.join(folder, 'db'),
    HttpPort: httpPort,
    DicomPort: dicomPort,
    DicomAet: 'ORTHANC',
    DicomCheckCalledAet: false,
    DicomAlwaysAllowStore: true,
    DicomAlwaysAllowEcho: true,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: options.user !== undefined,
    RegisteredUsers: options.user === undefined ? {} : { [options.user]: options.password ?? '' },
    StorageCompression: false,
    SyncStorageArea: false,
    OverwriteInstances: true,
    SaveJobs: false,
    HttpCompressionEnabled: false,
    LimitFindResults: 0,
    LimitFindInstances: 0,
    Plugins: [ORTHANC_DICOMWEB],
    DicomWeb: {
      Enable: true,
      Root: '/dicom-web/',
      EnableWado: true,
      WadoRoot: '/wado',
      Ssl: false,
      QidoCaseSensitive: true,
      StudiesMetadata: 'Full',
      SeriesMetadata: 'Full',
      ...(dicomweb as Record<string, unknown> | undefined),
    },
    ...others,
  };
  const file = path.join(folder, 'orthanc.json');
  await writeFile(file, JSON.stringify(settings));
  const child = spawn(ORTHANC, [file, `--logfile=${path.join(folder, 'log')}`], {
    stdio: 'ignore',
    env: ENVIRONMENT,
  });
  const gone = finished(child);
  const kill = (): boolean => child.kill('SIGKILL');
  process.once('exit', kill);
  let died = false;
  void gone.then(() => (died = true));

  const restUrl = `http://127.0.0.1:${httpPort}`;
  const headers: Record<string, string> =
    options.user === undefined
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${options.user}:${options.password ?? ''}`).toString('base64')}`,
        };
  const close = async (): Promise<void> => {
    kill();
    await gone;
    process.off('exit', kill);
    await rm(folder, { recursive: true, force: true });
  };
  const statistics = async (): Promise<number> => {
    const response = await fetch(`${restUrl}/statistics`, { headers });
    return ((await response.json()) as { CountInstances: number }).CountInstances;
  };
  for (let tries = 0; ; tries++) {
    const answer = await fetch(`${restUrl}/system`, { headers }).catch(() => null);
    await answer?.body?.cancel();
    if (answer?.ok) break;
    if (died || tries > 600) {
      await close();
      throw new Error(`Orthanc did not start; its log was in ${folder}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    dicomwebUrl: `${restUrl}/dicom-web`,
    restUrl,
    dicomPort,
    countInstances: statistics,
    async storescu(paths, ...extra) {
      const sent = spawn(
        STORESCU,
        ['-aec', 'ORTHANC', '+sd', '+r', ...extra, '127.0.0.1', String(dicomPort), ...paths],
        { stdio: 'ignore', env: ENVIRONMENT },
      );
      // Its exit code is 0 even where the sending failed: what counts is what arrived.
      await finished(sent);
      return statistics();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
