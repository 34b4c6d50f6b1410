// `npm run check`: types, lint, walls, format. Plain JavaScript: it runs before anything is known to work.
import { spawn } from 'node:child_process';

const STEPS = [
  ['types', ['tsc', '--noEmit']],
  ['types of shared/ without DOM or Node', ['tsc', '--noEmit', '-p', 'shared']],
  ['lint', ['oxlint', '--quiet']],
  ['format', ['prettier', '--check', '--log-level', 'warn', '--cache', '.']],
  // The walls are a unit test; `npm test` runs it with the others.
  ...(process.argv[2] === 'alone'
    ? [['walls', ['vitest', 'run', '--project', 'unit', 'test/walls.test.ts']]]
    : []),
];

/** Side by side, for each is busy on one core for most of its time; what they say comes in this order. */
const run = ([name, [command, ...args]]) =>
  new Promise((resolve) => {
    const said = [];
    const child = spawn(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes) => said.push(bytes));
    child.on('error', (error) => resolve({ name, ok: false, said: `${error}\n` }));
    child.on('close', (code) => resolve({ name, ok: code === 0, said: Buffer.concat(said) }));
  });

let failed = 0;
for (const step of STEPS.map(run)) {
  const { name, ok, said } = await step;
  process.stdout.write(said);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${name}`);
  if (!ok) failed++;
}
process.exit(failed ? 1 : 0);
