/** `anteroom bench`: measures this machine, beside its peers where they are there. */
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { UsageError } from './errors.ts';
import type { BenchRow } from './bench-row.ts';

const HELP = `anteroom bench --suite ingest|render|stream [--json]

  --suite S   ingest: folder and archive to a volume; render: ray march beside VTK; stream: pose to picture
  --json      {suite, device: {cpu, isa, gpu}, rows: [{name, value, unit, peer, peerValue, ratio}]}

ratio says how many times better than the peer; null where the peer is not there.`;

type Bench = (options: { readonly signal: AbortSignal }) => Promise<readonly BenchRow[]>;

const SUITES: Readonly<Record<string, () => Promise<Bench>>> = {
  ingest: async () => (await import('./bench-ingest.ts')).benchIngest,
  render: async () => (await import('./bench-render.ts')).benchRender,
  stream: async () => (await import('./bench-stream.ts')).benchStream,
};

export interface BenchDevice {
  readonly cpu: string;
  readonly isa: string;
  readonly gpu: string | null;
}

/** What the figures were measured on. */
export async function benchDevice(): Promise<BenchDevice> {
  const { backends } = await import('../../native/index.ts');
  const all = backends();
  const cores = cpus();
  return {
    cpu: `${cores[0]?.model.trim() ?? 'unknown'}, ${cores.length} cores`,
    isa: all.find((one) => one.name === 'cpu')?.isa ?? 'none',
    gpu: all.find((one) => one.name === 'cuda')?.isa ?? null,
  };
}

const figure = (value: number | null): string =>
  value === null ? '' : value.toLocaleString('en', { maximumSignificantDigits: 4, useGrouping: false });

function table(rows: readonly BenchRow[]): string {
  const cells = rows.map((row) => [
    row.name,
    `${figure(row.value)} ${row.unit}`,
    row.peer === null
      ? ''
      : `${row.peer} ${figure(row.peerValue)} ${row.peerValue === null ? '' : row.unit}`.trim(),
    row.ratio === null ? '' : `${figure(row.ratio)}x`,
  ]);
  const widths = [0, 1, 2].map((at) => Math.max(...cells.map((row) => row[at]!.length)));
  return cells
    .map((row) =>
      row
        .map((cell, at) => cell.padEnd(widths[at] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export async function run(args: readonly string[], signal: AbortSignal): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      suite: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return console.log(HELP);
  const { suite } = values;
  if (suite === undefined) throw new UsageError('--suite is missing: ingest, render or stream.');
  if (!Object.hasOwn(SUITES, suite))
    throw new UsageError(`there is no suite '${suite}': ingest, render or stream.`);
  const bench = await SUITES[suite]!();
  const rows = await bench({ signal });
  const device = await benchDevice();
  if (values.json) return console.log(JSON.stringify({ suite, device, rows }, null, 2));
  console.log(
    `${suite} on ${device.cpu}, ${device.isa}${device.gpu ? `, ${device.gpu}` : ''}\n\n${table(rows)}`,
  );
}
