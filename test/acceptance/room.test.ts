/** Rooms on the real thing: the embedded patient through its archive, one volume, several sockets. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolder } from '../../edge-node/ingest/index.ts';
import type { Source } from '../../edge-node/ingest/types.ts';
import { EMPTY_MS } from '../../edge-node/room/room.ts';
import { firstBrokenEntry, openStore } from '../../edge-node/store/index.ts';
import { CLOSE, type NewRoom } from '../../shared/protocol/messages.ts';
import type { Scene } from '../../shared/scene/index.ts';
import type { StudyEntry } from '../../shared/volume.ts';
import { STUDY, pixelsOf, stackOf, writeFolder } from '../fixtures/dicom-folder.ts';
import { join, openBench, openSocket, type Bench, type Viewer } from './room-harness.ts';

let bench: Bench;
/** All of them; and the one of the chest CT. */
let studies: readonly StudyEntry[];
let study: StudyEntry;
beforeAll(async () => {
  bench = await openBench();
  ({ studies } = await bench.studies());
  study = studies.find((one) => one.series.some((series) => series.kind === 'volume'))!;
});
afterAll(async () => {
  await bench[Symbol.asyncDispose]();
});

const room = (extra: object = {}): Promise<NewRoom> =>
  bench.newRoom({ studyInstanceUid: study.studyInstanceUid, ...extra });
const origin = (): string => bench.service.origin;
async function shown(viewer: Viewer): Promise<Scene> {
  const { scene } = await viewer.next('welcome');
  await viewer.next('shown');
  return scene;
}

describe('without the right token nothing of a patient', () => {
  const routes = (): string[] => [
    '/api/session',
    '/api/studies',
    '/api/rooms',
    `/api/thumbnails/${study.studyInstanceUid}/${study.series[0]!.seriesInstanceUid}`,
    '/api/anything',
  ];
  test.each([null, 'wrong', 'x'.repeat(43), '../../etc'])('token %s', async (token) => {
    for (const route of routes())
      for (const method of ['GET', 'POST', 'DELETE']) {
        const answer = await bench.ask(route, { token, method });
        const text = await answer.text();
        expect(answer.status, `${method} ${route}`).toBe(401);
        expect(JSON.parse(text)).toMatchObject({ code: expect.any(String), text: expect.any(String) });
        expect(text).not.toContain(study.patient.name);
        expect(text).not.toContain(study.studyInstanceUid);
      }
  });

  test('a room’s token opens its own study, and no list', async () => {
    const { token } = await room();
    expect((await bench.ask('/api/session', { token })).status).toBe(200);
    expect((await bench.ask('/api/studies', { token })).status).toBe(403);
    const post = await bench.ask('/api/rooms', {
      token,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(post.status).toBe(403);
    expect((await bench.ask('/api/thumbnails/1.2.3/4.5.6', { token })).status).toBe(403);
  });

  test('a socket with a wrong token is closed and told nothing', async () => {
    const viewer = await join(origin(), 'x'.repeat(43));
    expect(await viewer.closed).toMatchObject({ code: CLOSE.forbidden });
    expect(viewer.received).toEqual([]);
  });

  test('the host’s token opens no room by itself', async () => {
    const viewer = await join(origin(), bench.service.hostToken);
    expect(await viewer.closed).toMatchObject({ code: CLOSE.forbidden });
  });

  test('a page of another site gets neither answer nor socket', async () => {
    const answer = await bench.ask('/api/session', { headers: { origin: 'https://evil.example' } });
    expect(answer.status).toBe(403);
    await expect(openSocket(origin(), { origin: 'https://evil.example' })).rejects.toThrow('403');
  });
});

test('two viewers share one volume, and what one does the other sees', async () => {
  const before = { ...bench.counts };
  const { token } = await room();
  const [a, b] = await Promise.all([join(origin(), token, 'Ada'), join(origin(), token, 'Bo')]);
  const [volumeA, volumeB] = await Promise.all([a.next('shown'), b.next('shown')]);
  expect(volumeA).toEqual(volumeB);
  expect(volumeA.volume.histogram).toHaveLength(256);
  expect(bench.counts.opened - before.opened).toBe(1);
  expect(bench.counts.prepared - before.prepared).toBe(1);

  const { viewerId } = await a.next('welcome');
  const scene = (await b.next('welcome')).scene;
  const clip = { normalLps: [0, 0, 1], pointLpsMm: [1, 2, 3] };
  a.send({ kind: 'op', id: 1, base: scene.version, op: { kind: 'set-clip', clip } });
  expect(await a.next('op-result')).toMatchObject({ id: 1, result: 'commit' });
  expect(await b.next('scene', (message) => message.scene.clip !== null)).toMatchObject({
    by: viewerId,
    scene: { clip },
  });

  const presence = { head: { position: [0, 1.6, 1], rotation: [0, 0, 0, 1] }, hands: [] };
  a.send({ kind: 'presence', presence });
  expect(await b.next('presence')).toEqual({ kind: 'presence', viewerId, presence });

  await a.close();
  expect(await b.next('people', (message) => message.people.length === 1)).toMatchObject({
    people: [{ name: 'Bo' }],
  });
  await b.close();
});

test('edits at once from both ends converge to the node’s scene', async () => {
  const { token } = await room();
  const viewers = await Promise.all([join(origin(), token, 'a'), join(origin(), token, 'b')]);
  const [scene] = await Promise.all(viewers.map(shown));
  const answers = viewers.map(async (viewer, who) => {
    for (let id = 1; id <= 20; id++)
      viewer.send({
        kind: 'op',
        id,
        base: scene!.version,
        op: {
          kind: 'set-look',
          look: { preset: 'mip', window: { center: 100 * who + id, width: 50 } },
        },
      });
    const results: string[] = [];
    for (let id = 1; id <= 20; id++) results.push((await viewer.next('op-result')).result);
    return results;
  });
  const results = (await Promise.all(answers)).flat();
  expect(results).toHaveLength(40);
  expect(results.filter((result) => result === 'commit').length).toBeGreaterThanOrEqual(1);
  expect(results).not.toContain('discard');
  const last = scene!.version + 40;
  const [sceneA, sceneB] = await Promise.all(
    viewers.map((viewer) => viewer.next('scene', (message) => message.scene.version === last)),
  );
  expect(sceneA!.scene).toEqual(sceneB!.scene);
  await Promise.all(viewers.map((viewer) => viewer.close()));
});

test('another series: progress, then its own volume, the old one gone', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-two-series-'));
  const files = (['2.25.1', '2.25.2'] as const).flatMap((series, index) =>
    stackOf(6 + index, [0, 0, 2], { series, size: [8 + index, 6] }).map(({ header }) => ({
      header,
      pixels: pixelsOf(header, (column, row) => 100 * index + column + row),
    })),
  );
  writeFolder(folder, files);
  const source = await openFolder(folder);
  await using own = await openBench({ source });
  const { token } = await own.newRoom({ studyInstanceUid: STUDY, seriesInstanceUid: '2.25.1' });
  const viewer = await join(own.service.origin, token);
  const { scene } = await viewer.next('welcome');
  expect((await viewer.next('shown')).volume.dims).toEqual([8, 6, 6]);
  const look = { preset: 'ct-soft', window: null };
  const op = { kind: 'set-volume', seriesInstanceUid: '2.25.2', volumeId: '0', look };
  viewer.send({ kind: 'op', id: 1, base: scene.version, op });
  expect(await viewer.next('op-result')).toMatchObject({ result: 'commit' });
  expect((await viewer.next('shown')).volume).toMatchObject({ dims: [9, 6, 7], valueRange: [100, 113] });
  expect(own.counts).toMatchObject({ opened: 2, held: 1 });
  await viewer.close();
  await source[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a beating series: its phases can be chosen, and values without a scale come with a window', async () => {
  const flow = studies.find((one) => one.series.some((series) => series.modality === 'MR'))!;
  const { token } = await bench.newRoom({ studyInstanceUid: flow.studyInstanceUid });
  const viewer = await join(origin(), token);
  await viewer.next('welcome');
  const { volume } = await viewer.next('shown');
  expect(volume.phases.length).toBeGreaterThan(1);
  const { scene, by } = await viewer.next('scene');
  expect(by).toBe('node');
  expect(scene.look.window!.width).toBeGreaterThan(0);
  const setPhase = (id: number, phase: number): void =>
    viewer.send({ kind: 'op', id, base: scene.version, op: { kind: 'set-phase', phase } });
  setPhase(1, volume.phases.length);
  expect(await viewer.next('op-result')).toMatchObject({ id: 1, result: 'discard' });
  setPhase(2, volume.phases.length - 1);
  expect(await viewer.next('op-result')).toMatchObject({ id: 2, result: 'commit' });
  await viewer.close();
});

test('an observer looks on: no edit, no identifier', async () => {
  const { token } = await room({ role: 'observer' });
  const viewer = await join(origin(), token);
  const { scene, study: seen, role } = await viewer.next('welcome');
  expect(role).toBe('observer');
  expect(seen.patient).toEqual({ name: '', id: '', birthDate: '' });
  viewer.send({ kind: 'op', id: 1, base: scene.version, op: { kind: 'set-clip', clip: null } });
  expect(await viewer.next('op-result')).toMatchObject({ result: 'discard', version: scene.version });
  expect(JSON.stringify(viewer.received)).not.toContain(study.patient.name);
  await viewer.close();
});

test('thumbnails are pictures of the voxels, made once', async () => {
  // Where no room has opened anything.
  await using own = await openBench({ source: bench.source });
  const all = studies.flatMap(({ studyInstanceUid, series }) =>
    series.map(({ seriesInstanceUid }) => `/api/thumbnails/${studyInstanceUid}/${seriesInstanceUid}`),
  );
  for (const address of all) {
    const [one, two] = await Promise.all([own.ask(address), own.ask(address)]);
    expect(one.headers.get('content-type')).toBe('image/png');
    const png = new Uint8Array(await one.arrayBuffer());
    expect(new Uint8Array(await two.arrayBuffer())).toEqual(png);
    const { width, height, data } = decode(png);
    expect([width, height]).toEqual([352, 352]);
    // Something is in the middle that is not at the rim.
    const at = (x: number, y: number): number => data[(y * width + x) * (data.length / width / height)]!;
    const middle = Array.from({ length: 100 }, (_, i) => at(126 + i, 176));
    expect(Math.max(...middle)).toBeGreaterThan(at(2, 2) + 40);
  }
  expect(own.counts.thumbnails).toBe(all.length);
});

test('a link ends after 24 h: outside and inside', async () => {
  await using own = await openBench({ source: bench.source });
  const { token, expires } = await own.newRoom({ studyInstanceUid: study.studyInstanceUid });
  expect(Date.parse(expires) - Date.now()).toBeGreaterThan(23.9 * 3_600_000);
  const inside = await join(own.service.origin, token);
  await inside.next('shown');
  own.advance(24 * 3_600_000 + 1000);
  expect((await own.ask('/api/session', { token })).status).toBe(410);
  expect(await inside.closed).toMatchObject({ code: CLOSE.expired });
  const late = await join(own.service.origin, token);
  expect(await late.closed).toMatchObject({ code: CLOSE.expired });
});

test('an empty room lets its volume go', async () => {
  await using own = await openBench({ source: bench.source });
  const { token } = await own.newRoom({ studyInstanceUid: study.studyInstanceUid });
  const viewer = await join(own.service.origin, token);
  await viewer.next('shown');
  expect(own.counts.held).toBe(1);
  await viewer.close();
  own.advance(EMPTY_MS + 1000);
  await expect.poll(() => own.counts.held, { timeout: 10_000 }).toBe(0);
  expect(own.log.map((line) => line.event)).toContain('room-released');
});

test('a room outlives the node; the host’s token does not; the audit’s chain holds', async () => {
  const first = await openBench({ source: bench.source, home: `${bench.home}/again` });
  const { token } = await first.newRoom({ studyInstanceUid: study.studyInstanceUid });
  const viewer = await join(first.service.origin, token);
  const scene = await shown(viewer);
  viewer.send({
    kind: 'op',
    id: 1,
    base: scene.version,
    op: { kind: 'set-clip', clip: { normalLps: [1, 0, 0], pointLpsMm: [4, 5, 6] } },
  });
  await viewer.next('op-result');
  const hostToken = first.service.hostToken;
  await first.service.close();
  expect(await viewer.closed).toMatchObject({ code: 1001 });

  await using second = await openBench({ source: bench.source, home: `${bench.home}/again` });
  expect((await second.ask('/api/session', { token: hostToken })).status).toBe(401);
  const back = await join(second.service.origin, token);
  expect((await back.next('welcome')).scene).toMatchObject({ clip: { pointLpsMm: [4, 5, 6] } });
  await back.close();

  using store = openStore(`${bench.home}/again`);
  const trail = store.auditTrail();
  expect(firstBrokenEntry(trail)).toBeNull();
  expect(trail.map((entry) => entry.kind)).toEqual(
    expect.arrayContaining(['room-created', 'joined', 'loaded', 'edited']),
  );
  const kept = JSON.stringify(trail);
  expect(kept).not.toContain(study.patient.name);
  expect(kept).not.toContain(study.studyInstanceUid);
});

test('cancelled loading stops, and is said in words', async () => {
  await using own = await openBench({ source: bench.source });
  const { token } = await own.newRoom({ studyInstanceUid: study.studyInstanceUid });
  const viewer = await join(own.service.origin, token);
  viewer.send({ kind: 'cancel-load' });
  await viewer.next('welcome');
  const failure = await viewer.next('failure');
  expect(failure.code).toBe('aborted');
  expect(own.counts.held).toBe(0);
  await viewer.close();
});

test('cancelled loading leaves the archive alone: what is on its way is not waited for', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const source: Source = {
    ...bench.source,
    async *retrieve(_study, _series, { signal } = {}) {
      asked.resolve(signal!);
      await new Promise((_, reject) =>
        signal!.addEventListener('abort', () => reject(signal!.reason as Error), { once: true }),
      );
      yield* [];
    },
  };
  await using own = await openBench({ source });
  const { token } = await own.newRoom({ studyInstanceUid: study.studyInstanceUid });
  const viewer = await join(own.service.origin, token);
  await viewer.next('welcome');
  const signal = await asked.promise;
  expect(signal.aborted).toBe(false);
  viewer.send({ kind: 'cancel-load' });
  expect((await viewer.next('failure')).code).toBe('aborted');
  expect(signal.aborted).toBe(true);
  await viewer.close();
});
