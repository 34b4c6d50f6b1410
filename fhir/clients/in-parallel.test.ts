import { expect, test } from 'vitest';
import { inParallel } from './in-parallel.ts';

test('never more at a time than asked for, results counted in', async () => {
  let running = 0;
  let most = 0;
  const seen: number[] = [];
  const work = async (n: number): Promise<number> => {
    most = Math.max(most, ++running);
    for (let turns = n % 5; turns >= 0; turns--) await Promise.resolve();
    return n;
  };
  for await (const n of inParallel(
    Array.from({ length: 50 }, (_, i) => i),
    4,
    work,
  )) {
    running--;
    seen.push(n);
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
  expect(most).toBe(4);
});

test('a failure ends it; leaving starts nothing more', async () => {
  const begun: number[] = [];
  const work = async (n: number): Promise<number> => {
    begun.push(n);
    if (n === 3) throw new Error('three');
    return n;
  };
  const all = async (): Promise<void> => {
    for await (const _ of inParallel([0, 1, 2, 3, 4, 5, 6, 7], 2, work));
  };
  await expect(all()).rejects.toThrow('three');
  expect(begun).not.toContain(6);
  begun.length = 0;
  for await (const _ of inParallel([0, 1, 2, 4, 5, 6, 7], 2, work)) break;
  expect(begun).toEqual([0, 1]);
});
