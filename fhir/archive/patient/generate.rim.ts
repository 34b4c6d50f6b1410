/**
 * Makes the embedded patient at the first start and keeps it: `home/embedded/<version>-<size>/`. It is made beside
 * that folder and renamed when whole, so that nothing half-written is ever served.
 */
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { EXPLICIT_LE } from '../../dicom/index.ts';
import type { Progress } from '../../../shared/volume.ts';
import type { StoredRecord } from '../stored.ts';
import { GENERATOR_VERSION, type PatientSize } from './identity.ts';
import { listPieces, type Piece } from './pieces.ts';
import type { WorkerAnswer } from './worker.rim.ts';

export interface GenerateOptions {
  readonly home: string;
  readonly size: PatientSize;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: Progress) => void) | undefined;
  readonly threads?: number;
}

export const INDEX_FILE = 'index.json';

/** The folder that holds the patient, made if it is not there. Throws the signal's reason when cancelled. */
export async function generatePatient(options: GenerateOptions): Promise<string> {
  const { home, size, signal } = options;
  const folder = path.join(home, 'embedded', `${GENERATOR_VERSION}-${size}`);
  if (existsSync(path.join(folder, INDEX_FILE))) return folder;
  signal?.throwIfAborted();
  await removeStale(path.join(home, 'embedded'), size);
  const making = `${folder}.making-${process.pid}`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  try {
    const records = await makeAll(making, options);
    records.sort((a, b) => (a.file < b.file ? -1 : 1));
    await writeFile(path.join(making, INDEX_FILE), JSON.stringify(records));
    await rename(making, folder).catch((error: NodeJS.ErrnoException) => {
      // Another process was as fast: its folder is as good.
      if (!existsSync(path.join(folder, INDEX_FILE))) throw error;
    });
  } finally {
    await rm(making, { recursive: true, force: true });
  }
  return folder;
}

/** Patients of older versions, and what a process that is gone has left half-made. What was stored stays. */
async function removeStale(folder: string, size: PatientSize): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, version, of, pid] = /^(\d+)-(full|small)(?:\.making-(\d+))?$/.exec(name) ?? [];
    if (version === undefined) continue;
    const stale =
      pid === undefined ? of === size && Number(version) < GENERATOR_VERSION : !isAlive(Number(pid));
    // What cannot be removed only takes up room.
    if (stale) await rm(path.join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Another user's process is alive, too.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Each thread builds the anatomy for itself: for the small patient a second one would cost more than it saves. */
const threadsFor = (options: GenerateOptions): number =>
  options.threads ?? (options.size === 'small' ? 1 : os.availableParallelism());

async function makeAll(folder: string, options: GenerateOptions): Promise<StoredRecord[]> {
  const { signal, progress } = options;
  const pieces = listPieces(options.size);
  const total = pieces.reduce((sum, piece) => sum + piece.instances, 0);
  const records: StoredRecord[] = [];
  const started = performance.now();
  let bytes = 0;
  const report = (): void =>
    progress?.({
      stage: 'generate',
      instancesDone: records.length,
      instancesTotal: total,
      bytes,
      bytesPerSecond: bytes / Math.max(0.001, (performance.now() - started) / 1000),
    });
  report();
  const threads = Math.min(threadsFor(options), 8, pieces.length);
  const workers: Worker[] = [];
  let next = 0;
  const one = (worker: Worker): Promise<void> =>
    new Promise((resolve, reject) => {
      // An abort that came before the listener would never be heard.
      if (signal?.aborted) return reject(signal.reason as Error);
      const give = (): void => {
        const piece: Piece | undefined = pieces[next++];
        if (piece) worker.postMessage(piece);
        else resolve();
      };
      worker.on('message', (answer: WorkerAnswer) => {
        if ('failed' in answer)
          return reject(new Error(`The embedded patient could not be made: ${answer.failed}`));
        for (const { file, header, bytes: size, pixelBytes } of answer.written) {
          records.push({ file, header, bytes: size, pixelBytes, transferSyntaxUid: EXPLICIT_LE });
          bytes += size;
        }
        report();
        give();
      });
      worker.on('error', reject);
      worker.on('exit', () =>
        reject(new Error('The embedded patient could not be made: a thread ended early.')),
      );
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      give();
    });
  try {
    for (let i = 0; i < threads; i++)
      workers.push(new Worker(new URL('./worker.rim.ts', import.meta.url), { workerData: { folder } }));
    await Promise.all(workers.map(one));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return records;
}
