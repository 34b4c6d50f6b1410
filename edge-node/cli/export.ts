/** `anteroom export`: a volume as other tools read it. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Volume } from '../../shared/volume.ts';
import { openSeries, openSource } from '../ingest/index.ts';
import type { OpenedSeries, Source } from '../ingest/index.ts';
import { exportNifti, exportNrrd } from '../twin/index.ts';
import { FailureError, UsageError } from './errors.ts';
import { openProgressLine } from './progress-line.ts';

const HELP = `anteroom export --source embedded|DIR|URL --series UID --format nrrd|nifti --out FILE [options]

  --source S        the embedded patient, a folder of DICOM files, or a DICOMweb root
  --series UID      Series Instance UID (anteroom studies lists them)
  --study UID       its study, where that is known or the series stands in several
  --format F        nrrd (LPS) or nifti (RAS); .nii.gz compresses
  --out FILE        written whole or not at all
  --volume ID       where the series holds several volumes; default the largest
  --phase N         one phase, from 0; default all of them as a fourth axis
  --fhir URL        a FHIR server that says where the images are
  --token-file F    bearer token for the archive (or ANTEROOM_TOKEN, ANTEROOM_BASIC)
  --json            what was written, as JSON

Values are rescaled (HU, Bq/mL, ...): int16 where that is exact, else float32.`;

type Format = 'nrrd' | 'nifti';

function formatOf(given: string | undefined, out: string): Format {
  if (given === 'nrrd' || given === 'nifti') return given;
  if (given !== undefined) throw new UsageError(`--format is nrrd or nifti, not '${given}'.`);
  if (/\.nrrd$/i.test(out)) return 'nrrd';
  if (/\.nii(\.gz)?$/i.test(out)) return 'nifti';
  throw new UsageError('--format is missing: nrrd or nifti.');
}

function phaseOf(given: string | undefined): number | undefined {
  if (given === undefined) return undefined;
  if (!/^\d+$/.test(given)) throw new UsageError(`--phase is a number from 0, not '${given}'.`);
  return Number(given);
}

/** The study that a series belongs to. */
async function studyOf(
  source: Source,
  series: string,
  options: Parameters<Source['list']>[0],
): Promise<string> {
  const { studies } = await source.list(options);
  const own = studies.filter((study) => study.series.some((s) => s.seriesInstanceUid === series));
  if (own.length === 1) return own[0]!.studyInstanceUid;
  if (own.length > 1)
    throw new FailureError(
      'ambiguous',
      `Series ${series} stands in ${own.length} studies; say which with --study.`,
    );
  throw new FailureError(
    'not-found',
    `${source.label} holds no series ${series}. List what it holds with: anteroom studies --source ...`,
  );
}

const voxels = (volume: Volume): number => volume.dims[0] * volume.dims[1] * volume.dims[2];

function chooseVolume(opened: OpenedSeries, id: string | undefined): Volume {
  const { volumes } = opened;
  const chosen =
    id === undefined
      ? volumes.reduce((a, b) => (voxels(b) * b.phases.length > voxels(a) * a.phases.length ? b : a))
      : volumes.find((volume) => volume.id === id);
  if (chosen) return chosen;
  throw new FailureError(
    'not-found',
    `Volume '${id}' could not be made; this series has ${volumes.map((v) => `'${v.id}'`).join(', ')}.`,
  );
}

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string' },
      series: { type: 'string' },
      study: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      volume: { type: 'string' },
      phase: { type: 'string' },
      fhir: { type: 'string' },
      'token-file': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { source: spec, series, out } = values;
  if (!spec) throw new UsageError('--source is missing: embedded, a folder, or the URL of a DICOMweb root.');
  if (!series) throw new UsageError('--series is missing: a Series Instance UID.');
  if (!out) throw new UsageError('--out is missing: the file to write.');
  const format = formatOf(values.format, out);
  const phase = phaseOf(values.phase);
  const line = openProgressLine();
  const flow = { signal, progress: line.progress };
  try {
    await using source = await openSource(spec, {
      ...(values.fhir === undefined ? {} : { fhir: values.fhir }),
      ...(values['token-file'] === undefined ? {} : { tokenFile: values['token-file'] }),
      ...flow,
    });
    const studyInstanceUid = values.study ?? (await studyOf(source, series, flow));
    const opened = await openSeries(
      source,
      { studyInstanceUid, seriesInstanceUid: series },
      { ...flow, ...(values.volume === undefined ? {} : { volumeId: values.volume }) },
    );
    const volume = chooseVolume(opened, values.volume);
    if (phase !== undefined && phase >= volume.phases.length)
      throw new FailureError(
        'not-found',
        `This volume has ${volume.phases.length} phase${volume.phases.length === 1 ? '' : 's'}, counted from 0; there is no phase ${phase}.`,
      );
    const file = path.resolve(out);
    await (format === 'nrrd' ? exportNrrd : exportNifti)(volume, file, {
      signal,
      ...(phase === undefined ? {} : { phase }),
    }).catch((error: unknown) => {
      if (signal.aborted) throw error;
      const words = error instanceof Error ? error.message : String(error);
      throw new FailureError(
        'not-written',
        `${out} could not be written: ${words}. Nothing was left behind.`,
        {
          cause: error,
        },
      );
    });
    line.clear();
    const problems = [...volume.problems, ...opened.problems];
    const { dims, spacingMm, unit, id } = volume;
    const phases = phase === undefined ? volume.phases.length : 1;
    if (values.json) {
      const { quarantine } = opened;
      const said = { file, format, volume: id, dims, spacingMm, phases, unit, problems, quarantine };
      return console.log(JSON.stringify(said, null, 2));
    }
    console.log(`${out}: ${dims.join('x')}${phases > 1 ? `, ${phases} phases` : ''}, ${unit}`);
    for (const problem of problems) console.error(`! ${problem.text}`);
    for (const { object, reason } of opened.quarantine) console.error(`! ${object}: ${reason}`);
  } finally {
    line.clear();
  }
}
