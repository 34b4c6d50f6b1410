/** `anteroom export`: a volume as other tools read it. */
import { parseArgs } from 'node:util';
import { exportNifti, exportNrrd } from '../twin/index.ts';
import { UsageError } from './errors.ts';
import { checkPhase, checkWords, notWritten, sayProblems, VOLUME_OPTIONS, withVolume } from './one-volume.ts';
import { checkOut } from './out-file.ts';

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
  if (given === 'nrrd' && /\.gz$/i.test(out))
    throw new UsageError(
      '--format nrrd is not compressed: no reader takes it with .gz. Leave .gz out of --out.',
    );
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

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ...VOLUME_OPTIONS,
      format: { type: 'string' },
      out: { type: 'string' },
      phase: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { out } = values;
  if (!out) throw new UsageError('--out is missing: the file to write.');
  const format = formatOf(values.format, out);
  const phase = phaseOf(values.phase);
  checkWords(values);
  const file = await checkOut(out);
  const opened = await withVolume(values, signal, async ({ volume }) => {
    if (phase !== undefined) checkPhase(volume, phase);
    await (format === 'nrrd' ? exportNrrd : exportNifti)(volume, file, {
      signal,
      ...(phase === undefined ? {} : { phase }),
    }).catch((error: unknown) => {
      throw signal.aborted ? error : notWritten(out, error);
    });
  });
  const { dims, spacingMm, unit, id, phases: all } = opened.volume;
  const phases = phase === undefined ? all.length : 1;
  if (values.json) {
    const { problems, quarantine } = opened;
    const said = { file, format, volume: id, dims, spacingMm, phases, unit, problems, quarantine };
    return console.log(JSON.stringify(said, null, 2));
  }
  console.log(`${out}: ${dims.join('x')}${phases > 1 ? `, ${phases} phases` : ''}, ${unit}`);
  sayProblems(opened);
}
