// `npm run check`: types, lint, walls, format. Plain JavaScript: it runs before anything is known to work.
import { spawnSync } from 'node:child_process';

const STEPS = [
  ['types', ['tsc', '--noEmit']],
  ['types of shared/ without DOM or Node', ['tsc', '--noEmit', '-p', 'shared']],
  ['lint', ['oxlint', '--quiet']],
  ['format', ['prettier', '--check', '--log-level', 'warn', '.']],
  // The walls are a unit test; `npm test` runs it with the others.
  ...(process.argv[2] === 'alone'
    ? [['walls', ['vitest', 'run', '--project', 'unit', 'test/walls.test.ts']]]
    : []),
];

let failed = 0;
for (const [name, [command, ...args]] of STEPS) {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok  ' : 'FAIL'} ${name}`);
  if (status !== 0) failed++;
}
process.exit(failed ? 1 : 0);
