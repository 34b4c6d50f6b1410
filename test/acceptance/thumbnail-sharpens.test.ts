/** A study's picture on the start page, before and after a room has the whole of its volume in memory. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { expect, onTestFinished, test } from 'vitest';
import { openFolder } from '../../edge-node/ingest/index.ts';
import { writeColumn } from '../fixtures/column.ts';
import { SERIES, STUDY } from '../fixtures/dicom-folder.ts';
import { join, openBench } from './room-harness.ts';

test('a thumbnail is made again from the whole volume once a room shows it', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-column-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  writeColumn(folder);
  await using bench = await openBench({ source: openFolder(folder) });
  const address = `/api/thumbnails/${STUDY}/${SERIES}`;
  const picture = async (): Promise<Uint8Array> => {
    const answer = await bench.ask(address);
    expect(answer.status).toBe(200);
    return new Uint8Array(await answer.arrayBuffer());
  };

  const first = await picture();
  const room = await bench.newRoom({ studyInstanceUid: STUDY });
  const viewer = await join(bench.service.origin, room.token);
  await viewer.next('shown');
  await expect
    .poll(async () => Buffer.compare(await picture(), first) === 0, { timeout: 20_000, interval: 20 })
    .toBe(false);
  const sharp = await picture();
  expect(bench.counts.thumbnails).toBe(1);
  await viewer.close();

  // The same thing from the same place: what is shown and what is ground agree, but for the rim.
  const shown = (png: Uint8Array): boolean[] => {
    const { data } = decode(png);
    return Array.from({ length: 352 * 352 }, (_, n) =>
      [0, 1, 2].some((c) => data[4 * n + c]! > data[c]! + 12),
    );
  };
  const [a, b] = [shown(first), shown(sharp)];
  const either = a.filter((one, n) => one || b[n]).length;
  const both = a.filter((one, n) => one && b[n]).length;
  expect(either).toBeGreaterThan(0.1 * a.length);
  expect(both / either).toBeGreaterThan(0.93);
});
