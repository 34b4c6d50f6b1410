import { describe, expect, test } from 'vitest';
import { RTP_STEP, type Pose } from '../../shared/protocol/channel.ts';
import { seededRandom } from '../../test/e2e/harness/seeded-random.ts';
import { MIN_KEY_INTERVAL_MS } from './key-policy.ts';
import { MAX_POSE_AGE_MS } from './pose-inbox.ts';
import { sameView } from './same-view.ts';
import { REST } from './governor.ts';
import { createViewer, FEW_CORES, HOLD_MS, MAX_FAILURES, MAX_MALFORMED, RETRY_MS } from './viewer.ts';
import type { FrameRecord, Slot, ViewerInput, ViewerOutput } from './viewer-words.ts';

const poseAt = (tick: number, x: number, sampleTimeMs: number): Pose => {
  const eye = {
    eyeFromTwin: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, x, 0, -0.6, 1],
    tangents: { left: 1, right: 1, up: 1, down: 1 },
  };
  return { tick, sampleTimeMs, horizonMs: 0, mono: false, eyes: [eye, eye] };
};

interface Sent {
  readonly atMs: number;
  readonly timestamp: number;
  readonly record: FrameRecord;
  /** The pose whose picture lay in the buffer when it was encoded. */
  readonly drawn: Pose;
}
interface World {
  /** Milliseconds of a full render; lower qualities cost their pixels. */
  renderMs: number;
  encodeMs: number;
  /** x of the head at a time, or null for a silent client. */
  head(ms: number): number | null;
  poseEveryMs: number;
  firstTick: number;
  fails: boolean;
  cores: number;
  marchesOn: 'cpu' | 'cuda';
  /** Till then pictures asked for in half detail come in full. */
  halfReadyMs: number;
}

/** A viewer's machine in a world of its own: one seeded clock, a renderer and an encoder that take their time. */
function createWorld(change: Partial<World> = {}) {
  const world: World = {
    renderMs: 100,
    encodeMs: 5,
    head: (ms) => ms / 1000,
    poseEveryMs: 16,
    firstTick: 1,
    fails: false,
    cores: 8,
    marchesOn: 'cpu',
    halfReadyMs: 0,
    ...change,
  };
  const viewer = createViewer({
    bitrateKbps: 8000,
    fullWidth: 640,
    fullHeight: 640,
    encoder: 'e',
    cores: world.cores,
  });
  const sent: Sent[] = [];
  const outputs: { atMs: number; output: ViewerOutput }[] = [];
  const poses = new Map<number, Pose>();
  let now = 0;
  let nextPose = 0;
  let tick = world.firstTick;
  let wake = Infinity;
  let render: {
    slot: Slot;
    atMs: number;
    pose: Pose;
    scale: number;
    level: 0 | 1;
    aborted: boolean;
  } | null = null;
  let encode: { slot: Slot; atMs: number; key: boolean } | null = null;
  let coding: Pose | null = null;
  const drawn: (Pose | null)[] = [null, null];

  function step(input: ViewerInput): void {
    const out = viewer.step(input, now);
    let timestamp: number | null = null;
    for (const output of out) {
      outputs.push({ atMs: now, output });
      if (output.kind === 'render') {
        expect(render).toBeNull();
        expect(encode?.slot).not.toBe(output.slot);
        const scale = output.quality.resolution;
        const ms = (world.renderMs * scale * scale) / output.quality.stepVoxels;
        const level = now < world.halfReadyMs ? 0 : output.quality.level;
        render = { slot: output.slot, atMs: now + ms, pose: output.pose, scale, level, aborted: false };
      }
      if (output.kind === 'abort-render' && render) render = { ...render, aborted: true, atMs: now + 1 };
      if (output.kind === 'encode') {
        expect(encode).toBeNull();
        expect(render?.slot).not.toBe(output.slot);
        coding = drawn[output.slot]!;
        encode = { slot: output.slot, atMs: now + world.encodeMs, key: output.key };
      }
      if (output.kind === 'send') timestamp = output.timestamp;
      if (output.kind === 'record')
        sent.push({ atMs: now, timestamp: timestamp!, record: output.record, drawn: coding! });
      if (output.kind === 'wake') wake = output.atMs;
    }
  }
  function run(untilMs: number): void {
    for (;;) {
      const next = Math.min(nextPose, wake, render?.atMs ?? Infinity, encode?.atMs ?? Infinity);
      if (next > untilMs) break;
      now = Math.max(now, next);
      if (render && render.atMs <= now) {
        const { slot, pose, scale, level, aborted } = render;
        render = null;
        if (aborted) step({ kind: 'render-failed', slot, aborted: true, reason: 'aborted' });
        else if (world.fails) step({ kind: 'render-failed', slot, aborted: false, reason: 'no memory' });
        else {
          drawn[slot] = pose;
          const side = 640 * scale;
          const ms = world.renderMs * scale * scale;
          const backend = { name: world.marchesOn, isa: 'any', threads: world.cores };
          const stats = { ms, renderedWidth: side, renderedHeight: side, level, backend };
          step({ kind: 'rendered', slot, stats });
        }
      } else if (encode && encode.atMs <= now) {
        const { slot, key } = encode;
        encode = null;
        step({ kind: 'coded', slot, key, bytes: 9000, encodeMs: world.encodeMs });
      } else if (nextPose <= now) {
        nextPose += world.poseEveryMs;
        const x = world.head(now);
        if (x === null) continue;
        const pose = poseAt(tick >>> 0, x, now);
        poses.set(pose.tick, pose);
        tick++;
        step({ kind: 'message', message: { kind: 'pose', pose } });
      } else {
        wake = Infinity;
        step({ kind: 'wake' });
      }
    }
    now = untilMs;
  }
  step({ kind: 'open' });
  return { world, run, step, sent, outputs, poses, now: () => now };
}
const ends = (world: ReturnType<typeof createWorld>): string[] =>
  world.outputs.flatMap(({ output }) => (output.kind === 'end' ? [output.reason] : []));

describe('viewer', () => {
  test('V1 a render takes the newest pose; an old or overtaken one is never rendered', () => {
    const world = createWorld({ head: () => null });
    world.run(10);
    world.step({ kind: 'message', message: { kind: 'pose', pose: poseAt(5, 0, 10) } });
    const renders = () => world.outputs.filter(({ output }) => output.kind === 'render');
    expect(renders()).toHaveLength(1);
    world.step({ kind: 'message', message: { kind: 'pose', pose: poseAt(9, 1, 11) } });
    world.step({ kind: 'message', message: { kind: 'pose', pose: poseAt(7, 2, 12) } });
    world.run(120);
    expect(renders().map(({ output }) => output.kind === 'render' && output.pose.tick)).toEqual([5, 9]);
  });

  test('V1 a pose that waited longer than the limit on its way is not rendered', () => {
    const world = createWorld({ head: () => null });
    world.run(1000);
    world.step({ kind: 'message', message: { kind: 'pose', pose: poseAt(1, 0, 1000) } });
    world.run(2000);
    const before = world.outputs.filter(({ output }) => output.kind === 'render').length;
    world.step({
      kind: 'message',
      message: { kind: 'pose', pose: poseAt(2, 1, 2000 - MAX_POSE_AGE_MS - 1) },
    });
    world.run(2100);
    expect(world.outputs.filter(({ output }) => output.kind === 'render')).toHaveLength(before);
    world.step({ kind: 'message', message: { kind: 'pose', pose: poseAt(3, 1, 2099) } });
    expect(world.outputs.filter(({ output }) => output.kind === 'render')).toHaveLength(before + 1);
  });

  test.each([1, 2, 3, 4, 5, 6])(
    'V2, V3 seed %i: every picture sent shows the view of its own tick',
    (seed) => {
      const random = seededRandom(seed);
      let x = 0;
      const world = createWorld({
        firstTick: 2 ** 32 - 150, // the ticks wrap on the way
        head: () => {
          const r = random();
          if (r < 0.02) return null;
          if (r < 0.5) x += (random() - 0.5) * 0.02;
          return x;
        },
      });
      for (let ms = 0; ms < 8000; ms += 40) {
        world.world.renderMs = 20 + random() * 200;
        world.world.encodeMs = 2 + random() * 30;
        if (random() < 0.05) world.step({ kind: 'touch' });
        if (random() < 0.03) world.step({ kind: 'key-asked' });
        world.run(ms);
      }
      expect(world.sent.length).toBeGreaterThan(80);
      const ticks = world.sent.map(({ record }) => record.tick);
      ticks.slice(1).forEach((tick, i) => expect((tick - ticks[i]!) | 0).toBeGreaterThan(0));
      for (const { timestamp, record, drawn } of world.sent) {
        expect(timestamp).toBe(Number((BigInt(record.tick) * BigInt(RTP_STEP)) % (1n << 32n)));
        expect(sameView(world.poses.get(record.tick)!, drawn)).toBe(true);
      }
      expect(ends(world)).toEqual([]);
    },
  );

  test('V4 the first picture is a key frame; wishes are granted, at most two a second', () => {
    const world = createWorld();
    for (let ms = 0; ms < 5000; ms += 20) {
      world.run(ms);
      if (ms > 1000)
        world.step(ms % 40 ? { kind: 'key-asked' } : { kind: 'message', message: { kind: 'key' } });
    }
    const keys = world.outputs.flatMap(({ atMs, output }) =>
      output.kind === 'encode' && output.key ? [atMs] : [],
    );
    expect(world.sent[0]!.record.key).toBe(true);
    expect(keys.length).toBeGreaterThan(7);
    keys.slice(1).forEach((at, i) => expect(at - keys[i]!).toBeGreaterThanOrEqual(MIN_KEY_INTERVAL_MS));
  });

  test('V4 a wish at rest is granted at once, not at the next hold', () => {
    const world = createWorld({ head: () => 0 });
    world.run(3000);
    world.step({ kind: 'key-asked' });
    world.run(3000 + 40);
    expect(world.sent.at(-1)!.record.key).toBe(true);
  });

  test('V5 a picture coded too late is not sent, and the very next one is a key frame', () => {
    const world = createWorld();
    world.run(1000);
    const before = world.sent.length;
    world.world.encodeMs = 1500;
    world.run(1200);
    world.world.encodeMs = 5;
    world.run(2600);
    const late = world.sent.slice(before).filter((s) => s.atMs - s.record.poseMs > 1000);
    expect(late).toEqual([]);
    const first = world.sent.find((s) => s.atMs > 1700)!;
    expect(first.record.key).toBe(true);
  });

  test('V6 at rest: full quality within a second, at least ten pictures a second, then the source is held', () => {
    const world = createWorld({ renderMs: 260, head: (ms) => Math.min(ms, 3000) / 1000 });
    world.run(8000);
    const moving = world.sent.filter((s) => s.atMs > 1000 && s.atMs < 3000);
    expect(moving.length).toBeGreaterThan(30);
    expect(moving.every((s) => s.record.renderedWidth < 640)).toBe(true);
    const full = world.sent.find((s) => s.atMs > 3000 && s.record.renderedWidth === 640)!;
    expect(full.atMs).toBeLessThan(4000);
    const rest = world.sent.filter((s) => s.atMs >= 2900);
    rest.slice(1).forEach((s, i) => expect(s.atMs - rest[i]!.atMs).toBeLessThanOrEqual(100));
    // Pose to picture stays far below the age mark, also while the full picture is made.
    expect(Math.max(...rest.map((s) => s.atMs - s.record.poseMs))).toBeLessThan(100);
    const renders = world.outputs.filter(({ atMs, output }) => atMs > 4000 && output.kind === 'render');
    expect(renders).toEqual([]);
    const held = world.sent.filter((s) => s.atMs > 5000);
    expect(held.every((s) => s.record.held && s.record.governor.includes('full quality'))).toBe(true);
    expect(held.length).toBeGreaterThan(3000 / (HOLD_MS + 20));
  });

  test('V6 while a scene is dragged no full picture is begun: each edit would stop it again', () => {
    const world = createWorld({ renderMs: 260, head: () => 0 });
    world.run(1000);
    const from = world.outputs.length;
    for (let atMs = 1040; atMs <= 3000; atMs += 40) {
      world.step({ kind: 'touch' });
      world.run(atMs);
    }
    const dragged = world.outputs
      .slice(from)
      .flatMap(({ output }) => (output.kind === 'render' ? output : []));
    expect(dragged.length).toBeGreaterThan(20);
    expect(dragged.every(({ quality }) => quality !== REST)).toBe(true);
    world.run(4000);
    expect(world.sent.at(-1)!.record.renderedWidth).toBe(640);
  });

  test('V7 a head that moves stops the full render and has a picture in time', () => {
    const world = createWorld({ renderMs: 900, head: (ms) => (ms < 1000 || ms > 1500 ? ms / 1000 : 1) });
    world.run(1450);
    expect(world.outputs.at(-1)).toBeDefined();
    const aborted = () => world.outputs.filter(({ output }) => output.kind === 'abort-render');
    const before = aborted().length;
    world.run(1800);
    expect(aborted().length).toBe(before + 1);
    expect(aborted().at(-1)!.atMs).toBeLessThan(1540);
    const next = world.sent.find((s) => s.atMs > 1530 && !s.record.held)!;
    expect(next.atMs).toBeLessThan(1530 + 200);
  });

  test('V8 after touch no picture made before it is held under a newer tick', () => {
    const world = createWorld({ head: () => 0, renderMs: 200 });
    world.run(3000);
    expect(world.sent.at(-1)!.record.held).toBe(true);
    world.step({ kind: 'touch' });
    const touchedMs = world.now();
    world.run(5000);
    const after = world.sent.filter((s) => s.atMs > touchedMs + 6); // one encode may be under way
    expect(after.length).toBeGreaterThan(10);
    expect(after.every((s) => s.record.renderStartMs >= touchedMs)).toBe(true);
    expect(after.at(-1)!.record.renderedWidth).toBe(640);
  });

  test('V9 malformed messages and failures in a row end the stream, with words', () => {
    const world = createWorld();
    for (let i = 0; i < MAX_MALFORMED; i++)
      world.step({ kind: 'message', message: { kind: 'malformed', reason: 'type 9 with 3 bytes' } });
    expect(ends(world)).toHaveLength(1);
    expect(ends(world)[0]).toMatch('malformed');
    const outputs = world.outputs.length;
    world.run(1000);
    expect(world.outputs.length).toBe(outputs);

    const failing = createWorld({ head: () => 0, fails: true });
    failing.run(RETRY_MS * (MAX_FAILURES - 1) + 10);
    expect(ends(failing)).toEqual([]);
    failing.run(RETRY_MS * (MAX_FAILURES + 2));
    expect(ends(failing)).toEqual([`rendering failed ${MAX_FAILURES} times in a row: no memory`]);
  });

  test('V10 while the head moves each picture is in time, and its record says how', () => {
    const world = createWorld({ renderMs: 150 });
    world.run(6000);
    const late = world.sent.filter((s) => s.atMs > 2000);
    const fps = late.length / 4;
    expect(fps).toBeGreaterThanOrEqual(20);
    for (const s of late) {
      expect(s.atMs - s.record.poseMs).toBeLessThan(70);
      expect(s.record.governor).toMatch('moving at');
    }
  });

  test('a silent client gets nothing new: its own mark of age must show', () => {
    const world = createWorld({ head: (ms) => (ms < 1000 ? ms / 1000 : null) });
    world.run(5000);
    expect(world.sent.at(-1)!.atMs).toBeLessThan(1000 + MAX_POSE_AGE_MS + 100);
  });

  /** Renders begun while a new picture was being encoded, of all renders of a head that moves for two seconds. */
  const overlaps = (change: Partial<World>): [number, number] => {
    const world = createWorld({ renderMs: 40, encodeMs: 7, ...change });
    world.run(2000);
    let encodingSince: number | null = null;
    let [besides, renders] = [0, 0];
    for (const { atMs, output } of world.outputs) {
      if (output.kind === 'encode') encodingSince = atMs;
      if (output.kind === 'record') encodingSince = null;
      if (output.kind !== 'render') continue;
      renders++;
      if (encodingSince !== null) besides++;
    }
    return [besides, renders];
  };
  test('V11 on few cores a march waits until the picture before it is coded', () => {
    const [besides, renders] = overlaps({ cores: FEW_CORES });
    expect(renders).toBeGreaterThan(20);
    expect(besides).toBe(0);
  });
  test.each([{ cores: FEW_CORES + 1 }, { cores: 2, marchesOn: 'cuda' as const }])(
    'V11 with cores to spare, or a device that marches, both go on at once: %o',
    (change) => {
      const [besides, renders] = overlaps(change);
      expect(renders).toBeGreaterThan(20);
      expect(besides).toBeGreaterThan(renders / 4);
    },
  );

  test('V10 a picture that came in another detail than asked for says so', () => {
    const world = createWorld({ renderMs: 900, halfReadyMs: 1500 });
    world.run(4000);
    const asked = world.outputs.flatMap(({ atMs, output }) =>
      output.kind === 'render' && atMs < 1400 ? [output.quality.level] : [],
    );
    expect(asked).toContain(1);
    const levels = (from: number, to: number) =>
      world.sent.filter(({ atMs }) => atMs > from && atMs < to).map(({ record }) => record.quality.level);
    expect(new Set(levels(0, 1400))).toEqual(new Set([0]));
    expect(new Set(levels(2500, 4000))).toEqual(new Set([1]));
  });
});
