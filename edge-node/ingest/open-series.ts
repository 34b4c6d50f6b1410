/** A series of a source to volumes in memory: headers, plan, fill, straighten. */
import type { Problem, Volume, VoxelArray } from '../../shared/volume.ts';
import { openDecodePool } from '../../fhir/dicom/index.ts';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import { fillHoles, fillValueOf, phaseVoxels, shownHoles, toVolume } from './canvas.ts';
import type { Canvas } from './canvas.ts';
import { monotonicMs } from './clock.rim.ts';
import { fillVolumes } from './fill.ts';
import { planSeries } from './plan.ts';
import type { PlannedVolume, SeriesPlan } from './plan.ts';
import { createMeter } from './progress.ts';
import { straighten } from './straighten.ts';
import { SourceError } from './types.ts';
import type { FlowOptions, OpenedSeries, Source } from './types.ts';

export interface OpenOptions extends FlowOptions {
  /** Left out, a pool is opened and closed again. */
  readonly pool?: DecodePool;
  /** Only this volume of the series. */
  readonly volumeId?: string;
  readonly nowMs?: () => number;
}

/** Names of kinds for a sentence. */
const WORDS: Readonly<Record<string, string>> = {
  image2d: 'pictures without a place in the patient',
  localizer: 'localizer images',
  mosaic: 'mosaic images, which are not taken apart here',
  seg: 'a segmentation',
  rtstruct: 'contours',
  rtplan: 'a treatment plan',
  sr: 'a report',
  mesh: 'a mesh',
  other: 'objects without pictures',
};

function nothingToShow(plan: SeriesPlan): SourceError {
  const kinds = [...new Set(plan.entries.map((e) => WORDS[e.kind] ?? e.kind))];
  const [record] = plan.quarantine;
  const holds = kinds.length > 0 ? `holds ${kinds.join(' and ')}` : 'holds nothing that could be read';
  const why = record
    ? ` ${plan.quarantine.length} objects could not be read; the first: ${record.reason}`
    : '';
  return new SourceError(
    'no-pixels',
    `This series ${holds}, no volume that could be shown.${why} Choose another series (anteroom studies lists them).`,
  );
}

function choose(plan: SeriesPlan, volumeId: string | undefined): PlannedVolume[] {
  const volumes = plan.entries.flatMap((entry) => entry.volumes);
  if (volumes.length === 0) throw nothingToShow(plan);
  if (volumeId === undefined) return volumes;
  const chosen = volumes.filter((volume) => volume.id === volumeId);
  if (chosen.length > 0) return chosen;
  throw new SourceError(
    'not-found',
    `This series has no volume '${volumeId}'; it has ${volumes.map((v) => `'${v.id}'`).join(', ')}.`,
  );
}

async function finish(
  canvas: Canvas,
  uids: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string },
  signal: AbortSignal | undefined,
): Promise<Volume> {
  const { plan } = canvas;
  const fill = fillValueOf(canvas);
  const stored = fillHoles(canvas, fill);
  const holes = shownHoles(plan, stored);
  const problems: Problem[] = [...plan.problems];
  const planned = plan.stack.storedDims[2] - new Set(plan.stack.rowOfPosition).size;
  const unread = plan.phases.reduce(
    (n, { slots }, phase) => n + slots.filter((slot) => canvas.filled[phase]![slot.row] === '').length,
    0,
  );
  if (unread > 0)
    problems.push({
      code: 'missing-slices',
      text: `${unread} image${unread === 1 ? '' : 's'} could not be read and ${unread === 1 ? 'was' : 'were'} left out; ${unread === 1 ? 'its place is' : 'their places are'} shown as a gap and must not be measured across.`,
    });
  let phases: VoxelArray[];
  if (plan.stack.resampled) {
    phases = await straighten(canvas, fill, signal);
    const slice = plan.dims[0] * plan.dims[1];
    for (const voxels of phases) for (const [a, b] of holes) voxels.fill(fill, a * slice, (b + 1) * slice);
  } else {
    const size = phaseVoxels(plan);
    phases = plan.phases.map((_, i) => canvas.voxels.subarray(i * size, (i + 1) * size));
  }
  const filled = planned > 0 || unread > 0 || plan.stack.resampled || stored.length > 0;
  return toVolume(canvas, uids, phases, {
    paddingValue: filled ? fill : plan.paddingValue,
    holes,
    problems,
  });
}

/**
 * Opens every volume of a series (or one). Rejects with SourceError 'no-pixels' where it holds none, 'not-found'
 * for an unknown volume, and as the source does; with the signal's reason when aborted.
 */
export async function openSeries(
  source: Source,
  uids: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string },
  options: OpenOptions = {},
): Promise<OpenedSeries> {
  const { signal, progress, nowMs = monotonicMs } = options;
  const { studyInstanceUid, seriesInstanceUid } = uids;
  const timings: Record<string, number> = {};
  const timed = async <T>(stage: string, work: () => Promise<T> | T): Promise<T> => {
    const from = nowMs();
    try {
      return await work();
    } finally {
      timings[stage] = nowMs() - from;
    }
  };
  const own = options.pool ? null : openDecodePool();
  const pool = options.pool ?? own!;
  try {
    const headers = await timed('headers', () =>
      source.headers(studyInstanceUid, seriesInstanceUid, { signal, progress }),
    );
    const plan = await timed('plan', () => planSeries(headers));
    const planned = choose(plan, options.volumeId);
    const objects = new Set(
      planned.flatMap((v) => v.phases.flatMap((p) => p.slots.map((s) => s.plane.object))),
    );
    const meter = createMeter(progress, nowMs);
    meter.stage('retrieve', objects.size);
    const filled = await timed('fill', () =>
      fillVolumes(planned, {
        retrieve: (only) =>
          source.retrieve(studyInstanceUid, seriesInstanceUid, {
            signal,
            ...(coversAll(only, headers.instances) ? {} : { only }),
          }),
        pool,
        onObject: (bytes) => meter.add(1, bytes),
        signal,
      }),
    );
    meter.flush();
    const usable = filled.canvases.filter((canvas) => canvas.filled.some((rows) => rows.some(Boolean)));
    const quarantine = [...plan.quarantine, ...filled.quarantine];
    if (usable.length === 0) throw nothingToShow({ ...plan, quarantine });
    meter.stage('assemble', null);
    const volumes = await timed('assemble', async () => {
      const done: Volume[] = [];
      for (const canvas of usable) done.push(await finish(canvas, uids, signal));
      return done;
    });
    const problems = [...plan.problems, ...plan.entries.flatMap((e) => e.problems), ...filled.problems];
    return { volumes, problems, quarantine, timings };
  } finally {
    await own?.close();
  }
}

/** Whole series come faster than single objects: `only` is said where it leaves something out. */
function coversAll(
  only: readonly string[],
  instances: readonly { readonly sopInstanceUid: string }[],
): boolean {
  const wanted = new Set(only);
  return instances.every((instance) => wanted.has(instance.sopInstanceUid));
}
