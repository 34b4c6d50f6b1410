/** `anteroom render`: a picture of a series as PNG, without any server. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { encode } from 'fast-png';
import { z } from 'zod';
import type { BackendName } from '../../native/types.ts';
import { defaultPreset, presetByName, PRESETS, type PresetName } from '../../shared/scene/index.ts';
import { prepareTwin, type Camera } from '../render/index.ts';
import { UsageError } from './errors.ts';
import { checkPhase, checkWords, notWritten, sayProblems, VOLUME_OPTIONS, withVolume } from './one-volume.ts';
import { checkOut } from './out-file.ts';

const HELP = `anteroom render --source embedded|DIR|URL --series UID --size WxH --out FILE [options]

  --source S        the embedded patient, a folder of DICOM files, or a DICOMweb root
  --series UID      Series Instance UID (anteroom studies lists them)
  --study UID       its study, where that is known or the series stands in several
  --size WxH        pixels of the picture; of each eye with --stereo
  --out FILE        PNG, written whole or not at all
  --stereo          left | right, 63 mm apart, parallel
  --preset P        a look; default by modality. --list-presets lists them
  --window C,W      centre and width; default the look's own
  --camera JSON     {"eyeMm":[x,y,z],"targetMm":[x,y,z],"up":[x,y,z],"fovYDeg":30} in LPS;
                    default from in front of the patient, head up
  --volume ID       where the series holds several volumes; default the largest
  --phase N         of a series in time, from 0
  --step N          step along the ray in voxels, default 1
  --backend B       cpu or cuda; default cuda where a device answers
  --fhir URL        a FHIR server that says where the images are
  --token-file F    bearer token for the archive (or ANTEROOM_TOKEN, ANTEROOM_BASIC)
  --json            {backend, isa, msPerFrame, size}

Not a medical device.`;

const OPTIONS = {
  ...VOLUME_OPTIONS,
  size: { type: 'string' },
  out: { type: 'string' },
  stereo: { type: 'boolean', default: false },
  preset: { type: 'string' },
  window: { type: 'string' },
  camera: { type: 'string' },
  phase: { type: 'string' },
  step: { type: 'string' },
  backend: { type: 'string' },
  'list-presets': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const triple = z.tuple([z.number(), z.number(), z.number()]);
const cameraSchema = z.strictObject({
  eyeMm: triple,
  targetMm: triple,
  up: triple,
  fovYDeg: z.number().gt(0.1).lt(170),
});

export function parseCamera(given: string | undefined): Camera | undefined {
  if (given === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(given);
  } catch (error) {
    throw new UsageError(`--camera is not JSON: ${(error as Error).message}`);
  }
  const parsed = cameraSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UsageError(`--camera: ${issue?.path.join('.') || 'the object'}: ${issue?.message}`);
}

/** WxH in pixels, each 1 to 8192. */
export function parseSize(given: string | undefined): { readonly width: number; readonly height: number } {
  const match = /^(\d{1,4})x(\d{1,4})$/.exec(given ?? '');
  const [width, height] = [Number(match?.[1]), Number(match?.[2])];
  if (!(width >= 1 && height >= 1 && width <= 8192 && height <= 8192))
    throw new UsageError(`--size is WxH in pixels, 512x512 say; not '${given ?? ''}'.`);
  return { width, height };
}

function parseNumber(
  name: string,
  given: string | undefined,
  least: number,
  most: number,
): number | undefined {
  if (given === undefined) return undefined;
  const value = Number(given);
  if (given.trim() === '' || !(value >= least && value <= most))
    throw new UsageError(`--${name} is a number from ${least} to ${most}, not '${given}'.`);
  return value;
}

function parseWindow(given: string | undefined): { center: number; width: number } | null {
  if (given === undefined) return null;
  const [center, width, ...rest] = given.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  if (rest.length > 0 || !Number.isFinite(center) || !(width! > 0))
    throw new UsageError(`--window is centre,width with a width above 0, not '${given}'.`);
  return { center: center!, width: width! };
}

function parsePreset(given: string | undefined): PresetName | undefined {
  if (given === undefined) return undefined;
  const preset = presetByName(given);
  if (!preset)
    throw new UsageError(`there is no preset '${given}': ${PRESETS.map(({ name }) => name).join(', ')}.`);
  return preset.name;
}

function parseBackend(given: string | undefined): BackendName | undefined {
  if (given === undefined || given === 'cpu' || given === 'cuda') return given;
  throw new UsageError(`--backend is cpu or cuda, not '${given}'.`);
}

async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  const part = `${file}.${process.pid}.part`;
  try {
    await writeFile(part, bytes);
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw notWritten(file, error);
  }
}

function listPresets(json: boolean): void {
  if (json) {
    const presets = PRESETS.map(({ name, label, modalities, mode, window }) => ({
      name,
      label,
      modalities,
      mode,
      window,
    }));
    return console.log(JSON.stringify({ presets }, null, 2));
  }
  for (const { name, label, modalities } of PRESETS)
    console.log(`${name.padEnd(10)} ${label} (${modalities.join(', ')})`);
}

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help) return console.log(HELP);
  if (values['list-presets']) return listPresets(values.json);
  const { out, stereo } = values;
  if (!out) throw new UsageError('--out is missing: the PNG to write.');
  const { width, height } = parseSize(values.size);
  const camera = parseCamera(values.camera);
  const preset = parsePreset(values.preset);
  const window = parseWindow(values.window);
  const phase = parseNumber('phase', values.phase, 0, 100_000) ?? 0;
  const stepVoxels = parseNumber('step', values.step, 1 / 64, 16) ?? 1;
  const backend = parseBackend(values.backend);
  checkWords(values);
  const file = await checkOut(out);
  let said = { backend: '', isa: '', msPerFrame: 0, size: [width, height] };
  const opened = await withVolume(values, signal, async ({ volume }) => {
    checkPhase(volume, phase);
    using twin = await prepareTwin(volume, { ...(backend ? { backend } : {}), signal });
    const look = { preset: preset ?? defaultPreset(volume.modality), window };
    const image = await twin
      .renderImage({ look, phase, width, height, stereo, stepVoxels, signal, ...(camera ? { camera } : {}) })
      .catch((error: unknown) => {
        // A camera whose numbers parse and yet looks nowhere.
        if (error instanceof RangeError) throw new UsageError(`--camera: ${error.message}`);
        throw error;
      });
    const { pixels: data } = image;
    await writeWhole(file, encode({ width: image.width, height: image.height, data, channels: 4 }));
    const msPerFrame = Math.round(image.ms * 100) / 100;
    said = {
      backend: twin.backend.name,
      isa: twin.backend.isa,
      msPerFrame,
      size: [image.width, image.height],
    };
  });
  // With --json too, on standard error: a picture with holes in it is not handed over in silence.
  sayProblems(opened);
  if (values.json) return console.log(JSON.stringify(said));
  console.log(`${out}: ${said.size.join('x')}, ${said.msPerFrame} ms on ${said.backend} (${said.isa})`);
}
