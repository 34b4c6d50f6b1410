/** `anteroom <verb>`: finds the verb, runs it, turns failures into words and exit codes (0 done, 1 failed, 2 usage). */
import { FailureError, UsageError } from './errors.ts';
import { listenForStop } from './stop.ts';

interface Verb {
  readonly about: string;
  load(): Promise<{ run(args: readonly string[], signal: AbortSignal): Promise<void> }>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  serve: { about: 'start the service and print its address', load: () => import('./serve.ts') },
  doctor: {
    about: 'what this machine has, and what to do about what is missing',
    load: () => import('./doctor.ts'),
  },
  studies: { about: 'list studies and series of a source', load: () => import('./studies.ts') },
  render: { about: 'a picture of a series as PNG, without a server', load: () => import('./render.ts') },
  export: { about: 'a volume as NRRD or NIfTI', load: () => import('./export.ts') },
  bench: { about: 'measure this machine beside its peers', load: () => import('./bench.ts') },
};

const help = (): string =>
  [
    'anteroom <verb> [options]',
    '',
    ...Object.entries(VERBS).map(([name, verb]) => `  ${name.padEnd(9)} ${verb.about}`),
    '',
    'anteroom <verb> --help says its options. Not a medical device.',
  ].join('\n');

async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    console.log(help());
    return name === undefined ? 2 : 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (!verb) {
    console.error(`anteroom: there is no verb '${name}'.\n\n${help()}`);
    return 2;
  }
  const stop = listenForStop({
    on: (signal, act) => void process.on(signal, act),
    nowMs: () => performance.now(),
    exit: () => process.exit(1),
  });
  try {
    const { run } = await verb.load();
    await run(rest, stop);
    return 0;
  } catch (error) {
    const parse =
      error instanceof TypeError && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
    if (error instanceof UsageError || parse) {
      console.error(
        `anteroom ${name}: ${(error as Error).message}\nanteroom ${name} --help says its options.`,
      );
      return 2;
    }
    if (stop.aborted && error instanceof Error && error.name === 'AbortError') {
      console.error(`anteroom ${name}: Stopped before it was done, as asked. [aborted]`);
      return 1;
    }
    const code =
      error instanceof FailureError || (error instanceof Error && 'code' in error)
        ? ` [${String((error as { code?: unknown }).code)}]`
        : '';
    console.error(`anteroom ${name}: ${error instanceof Error ? error.message : String(error)}${code}`);
    if (process.env['ANTEROOM_DEBUG'] && error instanceof Error) console.error(error.stack);
    return 1;
  }
}

// node-datachannel and worker pools keep the process alive: the verb's end is the program's end.
process.exit(await main(process.argv.slice(2)));
