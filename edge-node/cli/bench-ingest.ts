/**
 * `bench --suite ingest`: a series to a volume in memory, from a folder beside dcm2niix, and from an archive beside the
 * archive's own hand-out of the bytes; and the stages from a real CT in a real archive to its first stereo frame.
 * Both are timed inside a running node (decoders started) on uncompressed files; runs alternate with the peer's, and
 * the least of each counts.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDicomweb, openServer } from '../../fhir/clients/index.ts';
import { openDecodePool, type DecodePool } from '../../fhir/dicom/index.ts';
import { openFolder, openSeries, type Source } from '../ingest/index.ts';
import { openSource } from '../ingest/open-source.rim.ts';
import { ORTHANC, ORTHANC_DICOMWEB, startOrthanc } from './bench-orthanc.rim.ts';
import { timeRow, type BenchRow } from './bench-row.ts';
import { renderFirstFrame } from './first-frame.ts';

const REPEATS = 5;
const CHEST = path.resolve(import.meta.dirname, '../../../shared/data/ct-chest-thin/series');
const DCMDJPLS = '/usr/bin/dcmdjpls';
const DCM2NIIX = '/usr/bin/dcm2niix';

interface Uids {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
}
interface Input extends Uids {
  /** Uncompressed files. */
  readonly decoded: string;
  /** Files as an archive would hold them. */
  readonly stored: string;
}

export async function benchIngest({ signal }: { readonly signal: AbortSignal }): Promise<BenchRow[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'anteroom-bench-'));
  const pool = openDecodePool();
  try {
    const input = await makeInput(folder, signal);
    return [
      await folderToVolume(input, folder, pool, signal),
      ...(await archiveToVolume(input, pool, signal)),
    ];
  } finally {
    await pool.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const run = (command: string, args: readonly string[]): Promise<number | null> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'ignore' });
    child.once('error', reject);
    child.once('exit', resolve);
  });

/** The real chest CT where it is here, decoded by DCMTK; the embedded patient's chest CT otherwise. */
async function makeInput(folder: string, signal: AbortSignal): Promise<Input> {
  const decoded = path.join(folder, 'decoded');
  await mkdir(decoded);
  if (existsSync(CHEST) && existsSync(DCMDJPLS)) {
    for (const name of await readdir(CHEST)) {
      signal.throwIfAborted();
      await run(DCMDJPLS, [path.join(CHEST, name), path.join(decoded, name)]);
    }
    return { ...(await onlySeries(openFolder(decoded), signal)), decoded, stored: CHEST };
  }
  await using embedded = await openSource('embedded', { signal });
  const uids = await onlySeries(embedded, signal);
  let count = 0;
  for await (const { bytes } of embedded.retrieve(uids.studyInstanceUid, uids.seriesInstanceUid, { signal }))
    await writeFile(path.join(decoded, `${count++}.dcm`), bytes);
  return { ...uids, decoded, stored: decoded };
}

/** The CT volume with most images. */
async function onlySeries(source: Source, signal: AbortSignal): Promise<Uids> {
  const { studies } = await source.list({ signal });
  const volumes = studies.flatMap((study) =>
    study.series
      .filter((series) => series.kind === 'volume' && series.modality === 'CT')
      .map((series) => ({
        studyInstanceUid: study.studyInstanceUid,
        seriesInstanceUid: series.seriesInstanceUid,
        images: series.instances,
      })),
  );
  const largest = volumes.sort((a, b) => b.images - a.images)[0];
  if (!largest) throw new Error('the bench found no CT to measure with');
  return largest;
}

/** Least time of `ours` and of `theirs`, run in turn; the first run of each warms caches and is not counted. */
async function alternate(
  ours: () => Promise<unknown>,
  theirs: (() => Promise<unknown>) | null,
  signal: AbortSignal,
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const least = { ours: Infinity, theirs: Infinity };
  for (let repeat = 0; repeat <= REPEATS; repeat++) {
    signal.throwIfAborted();
    const from = performance.now();
    await ours();
    const middle = performance.now();
    await theirs?.();
    if (repeat === 0) continue;
    least.ours = Math.min(least.ours, middle - from);
    least.theirs = Math.min(least.theirs, performance.now() - middle);
  }
  return least;
}

async function folderToVolume(
  input: Input,
  folder: string,
  pool: DecodePool,
  signal: AbortSignal,
): Promise<BenchRow> {
  const out = path.join(folder, 'nifti');
  const dcm2niix = async (): Promise<void> => {
    await rm(out, { recursive: true, force: true });
    await mkdir(out);
    await run(DCM2NIIX, ['-z', 'n', '-b', 'y', '-f', 'vol', '-o', out, input.decoded]);
  };
  const here = existsSync(DCM2NIIX);
  const least = await alternate(
    async () => {
      await using source = openFolder(input.decoded);
      await openSeries(source, input, { pool, signal });
    },
    here ? dcm2niix : null,
    signal,
  );
  return timeRow('folderToVolume', least.ours, here ? { name: 'dcm2niix', valueMs: least.theirs } : null);
}

async function archiveToVolume(input: Input, pool: DecodePool, signal: AbortSignal): Promise<BenchRow[]> {
  if (!existsSync(ORTHANC) || !existsSync(ORTHANC_DICOMWEB)) return [];
  await using plain = await loadedOrthanc(input.decoded);
  const server = openServer({ kind: 'archive', root: plain.dicomwebUrl });
  const handOut = async (): Promise<void> => {
    const accept = 'multipart/related; type="application/dicom"; transfer-syntax=*';
    const at = `/studies/${input.studyInstanceUid}/series/${input.seriesInstanceUid}`;
    const answer = await server.askFor(at, { what: 'the series', headers: { accept }, signal });
    for await (const _ of answer.chunks());
  };
  await using source = await openSource(plain.dicomwebUrl, { signal, environment: {} });
  const least = await alternate(() => openSeries(source, input, { pool, signal }), handOut, signal);
  const row = timeRow('dicomwebToVolume', least.ours, {
    name: "Orthanc's own hand-out",
    valueMs: least.theirs,
  });
  await using stored = await loadedOrthanc(input.stored);
  return [row, ...(await stages(stored.dicomwebUrl, input, pool, signal))];
}

/** The least of each stage over the runs: codecs and tables are started once in a node's life. */
async function stages(root: string, uids: Uids, pool: DecodePool, signal: AbortSignal): Promise<BenchRow[]> {
  const least = new Map<string, number>();
  const keep = (name: string, ms: number): unknown =>
    least.set(name, Math.min(ms, least.get(name) ?? Infinity));
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    signal.throwIfAborted();
    await using source = await openSource(root, { signal, environment: {} });
    const frame = await renderFirstFrame(source, uids, { pool, signal });
    for (const [stage, ms] of Object.entries(frame.stages)) keep(`archiveToFrame: ${stage}`, ms);
    keep('archiveToFrame', frame.totalMs);
  }
  return [...least].map(([name, ms]) => timeRow(name, ms, null));
}

async function loadedOrthanc(folder: string) {
  const orthanc = await startOrthanc();
  const archive = openDicomweb(openServer({ kind: 'archive', root: orthanc.dicomwebUrl }));
  async function* files() {
    for (const name of await readdir(folder)) yield await readFile(path.join(folder, name));
  }
  await archive.store(files());
  return orthanc;
}
