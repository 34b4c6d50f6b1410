/** What `export` and `render` share: the way from words on the command line to one volume in memory. */
import type { Problem, Volume } from '../../shared/volume.ts';
import { openSeries, openSource } from '../ingest/index.ts';
import type { FlowOptions, OpenedSeries, Source } from '../ingest/index.ts';
import { FailureError, UsageError } from './errors.ts';
import { usableHome } from './home-folder.ts';
import { openProgressLine } from './progress-line.ts';

/** For `parseArgs`. */
export const VOLUME_OPTIONS = {
  source: { type: 'string' },
  series: { type: 'string' },
  study: { type: 'string' },
  volume: { type: 'string' },
  fhir: { type: 'string' },
  'token-file': { type: 'string' },
} as const;

export type VolumeWords = { readonly [K in keyof typeof VOLUME_OPTIONS]?: string | undefined };

/** The volume, and what the person should know of it beside. */
export interface OneVolume {
  readonly volume: Volume;
  readonly problems: readonly Problem[];
  readonly quarantine: OpenedSeries['quarantine'];
}

/** The study that a series belongs to. Rejects with FailureError where there is none, or more than one. */
export async function studyOf(source: Source, series: string, flow: FlowOptions): Promise<string> {
  // An archive may hold thousands of studies: it is asked for this one series, and listed only where it cannot say.
  const found = await source.studiesOf?.(series, flow);
  const listed = found ? null : await source.list(flow);
  const own =
    found ??
    listed!.studies
      .filter((study) => study.series.some((one) => one.seriesInstanceUid === series))
      .map((study) => study.studyInstanceUid);
  if (own.length === 1) return own[0]!;
  if (own.length > 1)
    throw new FailureError(
      'ambiguous',
      `Series ${series} stands in ${own.length} studies; say which with --study.`,
    );
  // It may be there and be unusable, without pixels say: which series a broken object is of is not known.
  const broken = listed?.quarantine ?? [];
  const unusable =
    broken.length === 0
      ? ''
      : ` ${broken.length} object${broken.length === 1 ? '' : 's'} there cannot be used, the first because: ${broken[0]!.reason}`;
  throw new FailureError(
    'not-found',
    `${source.label} holds no series ${series}${unusable === '' ? '' : ' that can be used'}.${unusable} List what it holds with: anteroom studies --source ...`,
  );
}

const size = ({ dims, phases }: Volume): number => dims[0] * dims[1] * dims[2] * phases.length;

function choose({ volumes }: OpenedSeries, id: string | undefined): Volume {
  const chosen =
    id === undefined
      ? volumes.toSorted((a, b) => size(b) - size(a))[0]
      : volumes.find((volume) => volume.id === id);
  if (chosen) return chosen;
  if (id === undefined)
    throw new FailureError('no-pixels', 'This series gave no volume that could be shown.');
  throw new FailureError(
    'not-found',
    `Volume '${id}' could not be made; this series has ${volumes.map((v) => `'${v.id}'`).join(', ')}.`,
  );
}

/** Throws FailureError where the volume has no such phase (counted from 0). */
export function checkPhase({ phases }: Volume, phase: number): void {
  if (Number.isInteger(phase) && phase < phases.length) return;
  throw new FailureError(
    'not-found',
    `This volume has ${phases.length} phase${phases.length === 1 ? '' : 's'}, counted from 0; there is no phase ${phase}.`,
  );
}

/** Throws UsageError where a word that has to be there is not. */
export function checkWords(words: VolumeWords): { readonly source: string; readonly series: string } {
  const { source, series } = words;
  if (!source)
    throw new UsageError('--source is missing: embedded, a folder, or the URL of a DICOMweb root.');
  if (!series) throw new UsageError('--series is missing: a Series Instance UID.');
  return { source, series };
}

/**
 * Opens what the words name, hands it to `use`, and closes the source. Progress stands on the terminal meanwhile.
 * Rejects with UsageError for missing words, FailureError or SourceError for what could not be opened.
 */
export async function withVolume(
  words: VolumeWords,
  signal: AbortSignal,
  use: (opened: OneVolume) => Promise<void>,
): Promise<OneVolume> {
  const { source: spec, series } = checkWords(words);
  // The embedded patient is made and kept there.
  if (spec === 'embedded') usableHome();
  const line = openProgressLine();
  const flow = { signal, progress: line.progress };
  try {
    await using source = await openSource(spec, {
      fhir: words.fhir,
      tokenFile: words['token-file'],
      ...flow,
    });
    const studyInstanceUid = words.study ?? (await studyOf(source, series, flow));
    const opened = await openSeries(
      source,
      { studyInstanceUid, seriesInstanceUid: series },
      { ...flow, ...(words.volume === undefined ? {} : { volumeId: words.volume }) },
    );
    const volume = choose(opened, words.volume);
    const one = {
      volume,
      problems: [...volume.problems, ...opened.problems],
      quarantine: opened.quarantine,
    };
    await use(one);
    return one;
  } finally {
    line.clear();
  }
}

/** On standard error: what is amiss with the data, and what was left out. */
export function sayProblems({ problems, quarantine }: OneVolume): void {
  for (const problem of problems) console.error(`! ${problem.text}`);
  for (const { object, reason } of quarantine) console.error(`! ${object}: ${reason}`);
}

/** A file that could not be written, in words. */
export function notWritten(file: string, error: unknown): FailureError {
  const words = error instanceof Error ? error.message : String(error);
  return new FailureError('not-written', `${file} could not be written: ${words}. Nothing was left behind.`, {
    cause: error,
  });
}
