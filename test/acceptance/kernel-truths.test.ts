/**
 * The kernels' truths as one program without Node, as a machine with only a compiler builds them: every instruction set
 * that this processor runs, and the CUDA library's own code on the host's memory.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';

const BUILD = path.resolve(import.meta.dirname, '../../native/truth/build.sh');

test('native/truth/build.sh: each backend at hand holds', { timeout: 300_000 }, () => {
  const out = mkdtempSync(path.join(tmpdir(), 'anteroom-truths-'));
  try {
    const run = spawnSync('sh', [BUILD, out], { encoding: 'utf8' });
    const lines = run.stdout.split('\n');
    expect(
      lines.filter((line) => line.includes('FAILED')),
      run.stderr,
    ).toEqual([]);
    expect(lines.filter((line) => line === 'all good')).toHaveLength(2);
    expect(lines).toContain('cuda     on the host in place of a CUDA device');
    for (const name of ['scalar', 'cuda'])
      expect(
        lines.filter((line) => line.startsWith(`${name} `) && line.includes(' ok (')).length,
      ).toBeGreaterThan(20);
    expect(run.status).toBe(0);
    const skipped = lines.filter((line) => line.includes('skipped:'));
    if (skipped.length > 0) console.log(skipped.join('\n'));
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
});
