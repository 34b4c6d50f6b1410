import { expect, test } from 'vitest';
import type { OpenedSeries, ProgressSink, Source } from '../ingest/types.ts';
import { createTwinStore } from './twin-store.ts';

const UIDS = { studyInstanceUid: '2.25.1', seriesInstanceUid: '2.25.2' };
const source = { label: 'a folder' } as Source;

const opened = (bytes: number): OpenedSeries => ({
  volumes: [
    { phases: [{ voxels: new Int16Array(new SharedArrayBuffer(bytes)) }] },
  ] as unknown as OpenedSeries['volumes'],
  problems: [],
  quarantine: [],
  timings: {},
});

interface Opening {
  readonly done: PromiseWithResolvers<OpenedSeries>;
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
}

function store(options: { budgetBytes?: number; timeToLiveMs?: number } = {}) {
  const openings: Opening[] = [];
  let now = 0;
  const made = createTwinStore({
    open: (_source, _uids, flow) => {
      const done = Promise.withResolvers<OpenedSeries>();
      flow.signal!.addEventListener('abort', () => done.reject(flow.signal!.reason));
      openings.push({ done, signal: flow.signal!, progress: flow.progress! });
      return done.promise;
    },
    nowMs: () => now,
    ...options,
  });
  return { made, openings, pass: (ms: number) => (now += ms) };
}

test('two who open one series share one opening, its progress and its voxels', async () => {
  const { made, openings } = store();
  const seen: string[] = [];
  const a = made.openTwin(source, UIDS, { progress: () => seen.push('a') });
  const b = made.openTwin(source, UIDS, { progress: () => seen.push('b') });
  expect(openings).toHaveLength(1);
  openings[0]!.progress({
    stage: 'retrieve',
    instancesDone: 1,
    instancesTotal: 2,
    bytes: 1,
    bytesPerSecond: 1,
  });
  openings[0]!.done.resolve(opened(100));
  expect((await a).series).toBe((await b).series);
  expect(seen).toEqual(['a', 'b']);
  expect(made.bytes()).toBe(100);
  expect(made.size()).toBe(1);
});

test('one who leaves does not stop the other; the last one does', async () => {
  const { made, openings } = store();
  const [first, second] = [new AbortController(), new AbortController()];
  const a = made.openTwin(source, UIDS, { signal: first.signal });
  const b = made.openTwin(source, UIDS, { signal: second.signal });
  first.abort();
  await expect(a).rejects.toThrow();
  expect(openings[0]!.signal.aborted).toBe(false);
  second.abort();
  await expect(b).rejects.toThrow();
  expect(openings[0]!.signal.aborted).toBe(true);
  const again = made.openTwin(source, UIDS);
  expect(openings).toHaveLength(2);
  openings[1]!.done.resolve(opened(10));
  (await again).release();
});

test('a failure reaches all who wait and is not kept', async () => {
  const { made, openings } = store();
  const [a, b] = [made.openTwin(source, UIDS), made.openTwin(source, UIDS)];
  openings[0]!.done.reject(new Error('cut'));
  await expect(a).rejects.toThrow('cut');
  await expect(b).rejects.toThrow('cut');
  expect(made.size()).toBe(0);
  void made.openTwin(source, UIDS).catch(() => {});
  expect(openings).toHaveLength(2);
});

test('what nobody holds stays within the budget and its time, and no longer', async () => {
  const { made, openings, pass } = store({ budgetBytes: 150, timeToLiveMs: 1000 });
  const open = async (series: string) => {
    const pending = made.openTwin(source, { ...UIDS, seriesInstanceUid: series });
    openings.at(-1)!.done.resolve(opened(100));
    return pending;
  };
  const a = await open('a');
  const b = await open('b');
  expect(made.bytes()).toBe(200);
  a.release();
  a.release();
  expect(made.bytes()).toBe(200);
  pass(10);
  b.release();
  // Two hundred idle bytes are too many: the longest unused goes.
  expect(made.bytes()).toBe(100);
  const before = openings.length;
  (await made.openTwin(source, { ...UIDS, seriesInstanceUid: 'b' })).release();
  expect(openings).toHaveLength(before);
  pass(1000);
  made.sweep();
  expect(made.size()).toBe(0);
});

test('what somebody holds is never forgotten', async () => {
  const { made, openings, pass } = store({ budgetBytes: 0, timeToLiveMs: 0 });
  const pending = made.openTwin(source, UIDS);
  openings[0]!.done.resolve(opened(100));
  using held = await pending;
  pass(1e9);
  made.sweep();
  expect(made.size()).toBe(1);
  expect(held.series.volumes).toHaveLength(1);
});
