/** Who may import whom (DESIGN 2). Anything else fails here. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.resolve(import.meta.dirname, '..');
const TOP = ['shared', 'native', 'fhir', 'edge-node', 'xr-client', 'test'];

const MAY: Record<string, readonly string[]> = {
  shared: [],
  native: [],
  fhir: ['shared', 'native'],
  'edge-node': ['fhir', 'native', 'shared'],
  'xr-client': ['shared'],
  test: ['shared', 'native', 'fhir', 'edge-node', 'xr-client'],
};

/** Inside edge-node the data's way is the import order; a folder may import those before it. `cli` wires. */
const ORDER = ['ingest', 'twin', 'render', 'stream', 'room'];

/** Types may be named before their folder's turn: they carry no code. */
const importPattern =
  /(?:^|\n)\s*(?:import|export)\s+(type\s)?[^'";]*?from\s*['"](\.[^'"]+)['"]|import\(\s*['"](\.[^'"]+)['"]\s*\)|(?:^|\n)\s*import\s+['"](\.[^'"]+)['"]/g;

interface Import {
  readonly from: string;
  readonly to: string;
}

function* sources(folder: string): Generator<string> {
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    const name = path.join(folder, entry.name);
    if (entry.isDirectory() && !['build', 'dist', 'node_modules', 'output'].includes(entry.name))
      yield* sources(name);
    else if (/\.(ts|mts|mjs)$/.test(entry.name)) yield name;
  }
}

function importsOf(file: string): Import[] {
  const text = readFileSync(path.join(root, file), 'utf8');
  return [...text.matchAll(importPattern)].map((match) => ({
    from: file,
    to: path.normalize(path.join(path.dirname(file), (match[2] ?? match[3] ?? match[4])!)),
  }));
}

const top = (file: string): string => file.split(path.sep)[0]!;

export function crossing({ from, to }: Import): string | null {
  if (from.endsWith('.test.ts')) return null;
  const [a, b] = [top(from), top(to)];
  if (to.startsWith('..')) return `${from} imports ${to}, outside the house`;
  if (!TOP.includes(b) && a !== b) return `${from} imports ${to}, which is no room of the house`;
  if (a !== b && !MAY[a]!.includes(b)) return `${from} (${a}) may not import ${to} (${b})`;
  if (a === 'edge-node' && b === 'edge-node') {
    const [x, y] = [from.split(path.sep)[1]!, to.split(path.sep)[1]!];
    if (ORDER.includes(x) && ORDER.includes(y) && ORDER.indexOf(y) > ORDER.indexOf(x))
      return `${from}: ${x} comes before ${y} in the data's way`;
    if (y === 'cli' && x !== 'cli') return `${from}: nobody imports cli`;
  }
  return null;
}

test('no import crosses a wall', () => {
  const found = TOP.flatMap((folder) => [...sources(folder)])
    .flatMap(importsOf)
    .map(crossing)
    .filter((text) => text !== null);
  expect(found).toEqual([]);
});

test('the walls hold: a crossing is seen', () => {
  expect(crossing({ from: 'shared/a.ts', to: 'fhir/b.ts' })).toMatch('may not import');
  expect(crossing({ from: 'xr-client/a.ts', to: 'edge-node/b.ts' })).toMatch('may not import');
  expect(crossing({ from: 'edge-node/ingest/a.ts', to: 'edge-node/room/b.ts' })).toMatch("data's way");
  expect(crossing({ from: 'edge-node/room/a.ts', to: 'edge-node/render/b.ts' })).toBeNull();
});

test('no file grows past 400 lines (kernels 500)', () => {
  const long = TOP.filter((folder) => folder !== 'test')
    .flatMap((folder) => [...sources(folder)])
    .map((file) => ({ file, lines: readFileSync(path.join(root, file), 'utf8').split('\n').length }))
    .filter(({ file, lines }) => lines > (file.startsWith('native') ? 500 : 400));
  expect(long).toEqual([]);
});
