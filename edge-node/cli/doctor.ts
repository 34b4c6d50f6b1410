/** `anteroom doctor`: what this machine has, and what to do about what is missing. */
import { spawnSync } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { cpus, freemem, totalmem } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Source } from '../ingest/index.ts';
import { FailureError } from './errors.ts';
import { homeFolder, nearestFolder } from './home-folder.ts';

const HELP = `anteroom doctor [--source S] [--fhir URL] [--token-file F] [--json]

  --source S   also asks this archive (embedded, a folder, or a DICOMweb root) whether it answers
  --json       {ok, checks: [{name, status, text, todo}]}

Says for the encoder, the kernels, the GPU, the page, the disk and the archive what is there, and what to do about
what is not. Ends with 1 where something that is needed is missing.`;

/** `missing` keeps Anteroom from working; `care` costs something; `todo` says what to do, '' where nothing. */
export interface Check {
  readonly name: string;
  readonly status: 'ok' | 'care' | 'missing';
  readonly text: string;
  readonly todo: string;
}

const check = (name: string, status: Check['status'], text: string, todo = ''): Check => ({
  name,
  status,
  text,
  todo,
});
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));
const gigabytes = (bytes: number): string => `${(bytes / 2 ** 30).toFixed(1)} GiB`;

function checkRuntime(): Check[] {
  const cores = cpus();
  const major = Number(process.versions.node.split('.')[0]);
  return [
    major >= 24
      ? check('node', 'ok', `Node ${process.versions.node}, ${process.platform} ${process.arch}`)
      : check(
          'node',
          'missing',
          `Node ${process.versions.node}: too old to run TypeScript as it stands`,
          "Start with bin/anteroom or npm start: both take the Node this project pins. 'npm install' brings it.",
        ),
    check(
      'machine',
      cores.length >= 2 ? 'ok' : 'care',
      `${cores[0]?.model.trim() ?? 'unknown CPU'}, ${cores.length} cores, ${gigabytes(totalmem())} memory (${gigabytes(freemem())} free)`,
      cores.length >= 2 ? '' : 'Give the node two cores or more: one renders, one encodes.',
    ),
  ];
}

async function checkKernels(): Promise<Check[]> {
  const hasCompiler = spawnSync('nvcc', ['--version'], { stdio: 'ignore' }).status === 0;
  try {
    const { backends } = await import('../../native/index.ts');
    const all = backends();
    const cpu = all.find((one) => one.name === 'cpu');
    const cuda = all.find((one) => one.name === 'cuda');
    return [
      cpu
        ? check('kernels', 'ok', `CPU kernels, ${cpu.isa}, ${cpu.threads} threads`)
        : check('kernels', 'missing', 'No CPU kernels', "Run 'npm run build:native'."),
      cuda
        ? check('gpu', 'ok', `CUDA on ${cuda.isa}`)
        : check(
            'gpu',
            'ok',
            `No CUDA device is used (nvcc ${hasCompiler ? 'is here' : 'is not here'}). None is required.`,
            existsSync('/proc/driver/nvidia/version') && !hasCompiler
              ? "An NVIDIA driver is here: install the CUDA toolkit and run 'npm run build:native' to use it."
              : '',
          ),
    ];
  } catch (error) {
    return [
      check(
        'kernels',
        'missing',
        `The kernels could not be loaded: ${words(error)}`,
        "Install a C++20 compiler, make and Python 3 (Debian: apt-get install g++ make python3), then run 'npm run build:native'.",
      ),
    ];
  }
}

async function checkEncoder(): Promise<Check[]> {
  try {
    const { chooseEncoder, listEncoders } = await import('../stream/index.ts');
    const known = listEncoders();
    const others = known.map((one) => `${one.name}: ${one.available ? 'there' : one.why}`).join('; ');
    try {
      const chosen = chooseEncoder();
      return [
        check('encoder', 'ok', `${chosen.name}: ${chosen.why}. Licence: ${chosen.licence}. (${others})`),
      ];
    } catch (error) {
      return [
        check(
          'encoder',
          'missing',
          words(error),
          "Debian: apt-get install libopenh264-dev, then 'npm run build:native'; or npm install node-av.",
        ),
      ];
    }
  } catch (error) {
    return [
      check('encoder', 'missing', `The stream could not be loaded: ${words(error)}`, "Run 'npm install'."),
    ];
  }
}

function checkPage(): Check[] {
  const built = existsSync(path.resolve(import.meta.dirname, '../../xr-client/dist/index.html'));
  return [
    built
      ? check('page', 'ok', 'The page is built')
      : check(
          'page',
          'care',
          'The page is not built yet',
          "'anteroom serve' builds it; or npm run build:client.",
        ),
    check(
      'browser',
      'ok',
      'Needs WebRTC with H.264 and WebGL2 (Chrome, Edge, Safari, Quest Browser); VR and AR need https or localhost, which --lan provides',
    ),
  ];
}

function checkDisk(): Check[] {
  const home = homeFolder();
  try {
    const { bavail, bsize } = statfsSync(nearestFolder(home));
    const free = bavail * bsize;
    return free > 2 * 2 ** 30
      ? [check('disk', 'ok', `${gigabytes(free)} free for ${home}`)]
      : [
          check(
            'disk',
            'care',
            `Only ${gigabytes(free)} free for ${home}`,
            'The embedded patient and caches want 2 GiB: free some, or set ANTEROOM_HOME to another disk.',
          ),
        ];
  } catch (error) {
    return [
      check(
        'disk',
        'missing',
        `${home} cannot be used: ${words(error)}`,
        'Set ANTEROOM_HOME to a folder of yours.',
      ),
    ];
  }
}

/** What a source that opened holds. Rejects as its `list` does. */
export async function lookInto(source: Source, spec: string, signal: AbortSignal): Promise<Check> {
  const { briefListing } = await import('./brief-listing.ts');
  const { studies, quarantine, whole } = await briefListing(source, spec, { signal });
  const count = whole
    ? `${studies.length} ${studies.length === 1 ? 'study' : 'studies'}`
    : 'its newest study can be read';
  if (studies.length === 0)
    return check(
      'archive',
      'care',
      `${source.label} answers, and ${quarantine[0] ? `what was read of it cannot be used: ${quarantine[0].reason}` : 'holds no study'}`,
      'Check that --source names the right place.',
    );
  return check(
    'archive',
    'ok',
    `${source.label} answers: ${count}${quarantine.length > 0 ? `, ${quarantine.length} objects that cannot be used` : ''}`,
  );
}

/** An archive that has not named one study by then is no help to whoever waits, ms. */
const PATIENCE_MS = 30_000;

/** Whether the archive answers, lets us in and can be read. Never rejects but where `signal` says so. */
export async function checkArchive(
  spec: string,
  options: { readonly fhir: string | undefined; readonly tokenFile: string | undefined },
  signal: AbortSignal,
  patienceMs = PATIENCE_MS,
): Promise<Check> {
  const late = AbortSignal.timeout(patienceMs);
  const either = AbortSignal.any([signal, late]);
  try {
    const { openSource } = await import('../ingest/index.ts');
    await using source = await openSource(spec, { ...options, home: homeFolder(), signal: either });
    return await lookInto(source, spec, either);
  } catch (error) {
    signal.throwIfAborted();
    if (late.aborted)
      return check(
        'archive',
        'missing',
        `no study could be read of it within ${patienceMs / 1000} s`,
        'It may be busy, or something on the way takes connections and answers none: a proxy, a wrong port.',
      );
    return check(
      'archive',
      'missing',
      words(error),
      'See above; credentials come from ANTEROOM_TOKEN, ANTEROOM_BASIC or --token-file.',
    );
  }
}

const MARK = { ok: 'ok     ', care: 'care   ', missing: 'MISSING' } as const;

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      source: { type: 'string' },
      fhir: { type: 'string' },
      'token-file': { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const checks = [
    ...checkRuntime(),
    ...(await checkKernels()),
    ...(await checkEncoder()),
    ...checkPage(),
    ...checkDisk(),
  ];
  if (values.source !== undefined)
    checks.push(
      await checkArchive(values.source, { fhir: values.fhir, tokenFile: values['token-file'] }, signal),
    );
  const missing = checks.filter((one) => one.status === 'missing');
  if (values.json) console.log(JSON.stringify({ ok: missing.length === 0, checks }, null, 2));
  else
    for (const { name, status, text, todo } of checks) {
      console.log(`${MARK[status]} ${name.padEnd(8)} ${text}`);
      if (todo) console.log(`                 → ${todo}`);
    }
  if (missing.length > 0)
    throw new FailureError(
      'missing',
      `${missing.map((one) => one.name).join(', ')} ${missing.length === 1 ? 'is' : 'are'} missing: what to do is said above.`,
    );
}
