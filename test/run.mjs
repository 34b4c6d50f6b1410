// `npm test` and `npm run test:quick`: house checks, then tests, then one closing line that counts them.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { provideSystemPackages } from './system-packages.mjs';

const quick = process.argv[2] === 'quick';
const bin = (name) => path.join('node_modules', '.bin', name);
const run = (command, args) => spawnSync(command, args, { stdio: 'inherit' }).status === 0;

let passed = 0;
let failed = 0;
let skipped = 0;
const step = (ok) => (ok ? passed++ : failed++);

if (!existsSync('../shared/data'))
  console.log('Not here: ../shared/data. Skipped: tests on real and truth-bearing data.');
if (!quick) provideSystemPackages();

step(run(process.execPath, ['test/check.mjs']));
if (!quick) step(run(bin('vite'), ['build', 'xr-client', '--logLevel', 'warn']));

const report = path.join(mkdtempSync(path.join(tmpdir(), 'anteroom-tests-')), 'report.json');
const projects = quick ? ['unit'] : ['unit', 'acceptance', 'e2e'];
// One project after the other: two cores are shared by the node, the encoder and the browser under test.
for (const project of projects) {
  const ok = run(bin('vitest'), [
    'run',
    '--project',
    project,
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
  ]);
  const counts = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  if (!counts) failed++;
  else {
    passed += counts.numPassedTests;
    failed += counts.numFailedTests;
    skipped += counts.numPendingTests + (counts.numTodoTests ?? 0);
    // A file that could not be loaded counts no test: it must not pass unseen.
    if (!ok && counts.numFailedTests === 0) failed++;
  }
}

console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exit(failed === 0 ? 0 : 1);
