/** A folder of DICOM files as a source: any names, any depth. Headers are read without pixels, files when retrieved. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { DicomError, openDecodePool } from '../../fhir/dicom/index.ts';
import type { DicomJson } from '../../fhir/dicom/types.ts';
import type { QuarantineRecord } from '../../shared/volume.ts';
import { describeStudies } from './describe.ts';
import type { ObjectHeader } from './plane.ts';
import { createMeter } from './progress.ts';
import { readFileHeader, readWholeFile, unreadWords } from './read-file.rim.ts';
import { SourceError } from './types.ts';
import type { FlowOptions, RetrievedObject, Source } from './types.ts';
import { verifyObjects } from './verify.ts';
import { walkFolder, type Place } from './walk-folder.rim.ts';

const MEDIA_DIRECTORY = '1.2.840.10008.1.3.10';
/** Files open at once while headers are read, and read ahead while a series is retrieved. */
const [HEADERS_AT_ONCE, READ_AHEAD] = [8, 4];

/** What one file is. */
type Seen =
  | { readonly kind: 'object'; readonly header: ObjectHeader }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'broken'; readonly reason: string };

interface Known {
  readonly size: number;
  readonly mtimeMs: number;
  readonly seen: Seen;
}

/** Private elements and inline binaries are dropped: planning never reads them, and a large folder is kept in memory. */
function slim(header: DicomJson): DicomJson {
  const out: Record<string, DicomJson[string]> = {};
  for (const tag in header) {
    const odd = '13579BDF'.includes(tag[3]!);
    const element = header[tag]!;
    if (!odd && element.InlineBinary === undefined) out[tag] = element;
  }
  return out;
}

async function look(file: string, place: Place): Promise<Known> {
  const { size, mtimeMs, ...read } = await readFileHeader(place);
  const known = (seen: Seen): Known => ({ size, mtimeMs, seen });
  if ('error' in read) {
    const { error } = read;
    if (error instanceof DicomError && error.code === 'not-dicom') return known({ kind: 'ignored' });
    return known({ kind: 'broken', reason: unreadWords(error) });
  }
  const { layout: _, header, ...uids } = read.header;
  if (uids.sopClassUid === MEDIA_DIRECTORY) return known({ kind: 'ignored' });
  return known({ kind: 'object', header: { object: file, ...uids, header: slim(header) } });
}

interface Scan {
  readonly objects: readonly ObjectHeader[];
  readonly quarantine: readonly QuarantineRecord[];
  readonly ignored: number;
}

/** Opens a folder. Nothing is read before it is asked for; each `list` looks again and reads only what changed. */
export function openFolder(folder: string): Source {
  const root = path.resolve(folder);
  const known = new Map<string, Known>();
  /** Where the disk has the files of the last scan. */
  let places: ReadonlyMap<string, Place> = new Map();
  const placeOf = (file: string): Place => places.get(file) ?? file;
  let scanning: Promise<Scan> | null = null;

  const lookAgain = async (file: string): Promise<Seen> => {
    const before = known.get(file);
    if (before) {
      const state = await stat(placeOf(file)).catch(() => null);
      if (state && before.size === state.size && before.mtimeMs === state.mtimeMs) return before.seen;
    }
    const now = await look(file, placeOf(file));
    known.set(file, now);
    return now.seen;
  };

  const scan = async ({ signal, progress }: FlowOptions): Promise<Scan> => {
    const { files, unread } = await walkFolder(root, signal);
    places = files;
    const found = [...files.keys()];
    const meter = createMeter(progress, () => performance.now());
    meter.stage('discover', found.length);
    const seen: Seen[] = [];
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < found.length) {
        signal?.throwIfAborted();
        const at = next++;
        seen[at] = await lookAgain(found[at]!);
        meter.add(1, 0);
      }
    };
    await Promise.all(Array.from({ length: HEADERS_AT_ONCE }, worker));
    meter.flush();
    const there = new Set(found);
    for (const file of known.keys()) if (!there.has(file)) known.delete(file);
    const objects: ObjectHeader[] = [];
    const quarantine: QuarantineRecord[] = [...unread];
    let ignored = 0;
    seen.forEach((one, i) => {
      if (one.kind === 'object') objects.push(one.header);
      else if (one.kind === 'broken') quarantine.push({ object: found[i]!, reason: one.reason });
      else ignored++;
    });
    return { objects, quarantine, ignored };
  };

  /** Whoever asks while a scan runs joins it; one that fails or is aborted is not remembered. */
  const scanned = async (options: FlowOptions, again: boolean): Promise<Scan> => {
    const joined = again ? null : scanning;
    const running = joined ?? scan(options);
    scanning = running;
    try {
      return await running;
    } catch (error) {
      if (scanning === running) scanning = null;
      // Who joined is not stopped by another's cancel.
      if (joined && !options.signal?.aborted) return scanned(options, false);
      throw error;
    }
  };

  async function* read(files: readonly string[], signal?: AbortSignal): AsyncIterable<RetrievedObject> {
    const ahead: Promise<RetrievedObject>[] = [];
    const begin = async (file: string): Promise<RetrievedObject> => {
      try {
        const { bytes, size, mtimeMs } = await readWholeFile(placeOf(file));
        const listed = known.get(file);
        return { object: file, bytes, asListed: listed?.size === size && listed.mtimeMs === mtimeMs };
      } catch (error) {
        const failure = `The file could not be read: ${unreadWords(error)}.`;
        return { object: file, bytes: new Uint8Array(0), failure };
      }
    };
    for (let next = 0; next < files.length || ahead.length > 0;) {
      signal?.throwIfAborted();
      while (next < files.length && ahead.length < READ_AHEAD) ahead.push(begin(files[next++]!));
      yield await ahead.shift()!;
    }
  }

  const ofSeries = async (study: string, series: string, options: FlowOptions): Promise<ObjectHeader[]> => {
    const { objects } = await scanned(options, false);
    const own = objects.filter((o) => o.studyInstanceUid === study && o.seriesInstanceUid === series);
    if (own.length > 0) return own;
    const text =
      objects.length === 0
        ? `The folder ${root} holds no DICOM object. Name the folder that holds the study.`
        : `The folder ${root} holds no series ${series} of study ${study}. List what it holds with: anteroom studies --source ${folder}`;
    throw new SourceError(objects.length === 0 ? 'empty' : 'not-found', text);
  };

  return {
    label: path.basename(root) || root,
    async list(options = {}) {
      const scan = await scanned(options, true);
      const { quarantine, ignored } = scan;
      const wanted = options.studyInstanceUid;
      const objects =
        wanted === undefined ? scan.objects : scan.objects.filter((o) => o.studyInstanceUid === wanted);
      if (!options.verify) return describeStudies(objects, quarantine, ignored);
      const pool = openDecodePool();
      try {
        const broken = await verifyObjects(
          read(
            objects.map((o) => o.object),
            options.signal,
          ),
          pool,
          { ...options, total: objects.length },
        );
        const out = new Set(broken.map((record) => record.object));
        return describeStudies(
          objects.filter((o) => !out.has(o.object)),
          [...quarantine, ...broken],
          ignored,
        );
      } finally {
        await pool.close();
      }
    },
    async headers(study, series, options = {}) {
      return { instances: await ofSeries(study, series, options), quarantine: [], problems: [] };
    },
    async *retrieve(study, series, options = {}) {
      const own = await ofSeries(study, series, options);
      const only = options.only && new Set(options.only);
      const files = own.filter((o) => !only || only.has(o.sopInstanceUid)).map((o) => o.object);
      yield* read(files, options.signal);
    },
    async [Symbol.asyncDispose]() {
      known.clear();
      scanning = null;
    },
  };
}
