/** What is rendered while volumes change: rule L3 of the room, at its rim. */
import { expect, test } from 'vitest';
import type { Pose } from '../../shared/protocol/channel.ts';
import { pictureBytes, pictureLayout } from '../../shared/protocol/picture.ts';
import type { Scene } from '../../shared/scene/index.ts';
import type { StudyEntry, Volume } from '../../shared/volume.ts';
import type { FrameStats, TwinRenderer } from '../render/types.ts';
import type { ViewerStreamOptions } from '../stream/types.ts';
import { openRoomHost } from './room-host.rim.ts';
import type { RoomAccess } from './session.ts';
import type { ShownVolumes, View } from './shown-volumes.ts';
import type { SharpeningThumbnails } from './thumbnails.ts';

const layout = pictureLayout(160, 160);
const luma = layout.width * layout.height;
const entry = (uid: string): object => ({
  seriesInstanceUid: uid,
  kind: 'volume',
  modality: 'CT',
  volumes: [],
});
const study = { studyInstanceUid: '1', series: [entry('1.1'), entry('1.2')] } as unknown as StudyEntry;
const scene: Scene = {
  version: 1,
  studyInstanceUid: '1',
  seriesInstanceUid: '1.1',
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
};
const stats: FrameStats = { ms: 1, renderedWidth: 160, renderedHeight: 160, level: 0, backend: null };
const pose = { mono: false } as Pose;
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A host whose loads end and whose frames are done when told. */
function openTestHost() {
  const loads: PromiseWithResolvers<View>[] = [];
  const frames: PromiseWithResolvers<FrameStats>[] = [];
  const released: string[] = [];
  const sharpened: Parameters<SharpeningThumbnails['sharpen']>[] = [];
  let render: ViewerStreamOptions['render'] | null = null;
  let touched = 0;
  const streams = { opened: 0, closed: 0 };
  const volumes: ShownVolumes = {
    open() {
      const load = Promise.withResolvers<View>();
      loads.push(load);
      return load.promise;
    },
    size: 0,
  };
  const host = openRoomHost({
    study,
    scene,
    volumes,
    thumbnails: { sharpen: async (...what) => void sharpened.push(what) },
    async openViewerStream(options) {
      render = options.render;
      streams.opened++;
      return {
        onSignal() {},
        touch: () => void touched++,
        async close() {
          streams.closed++;
        },
        async [Symbol.asyncDispose]() {},
      };
    },
    bindAddress: '127.0.0.1',
    eyeSize: [160, 160],
    now: () => 0,
    log: () => undefined,
    onError: (error) => expect.unreachable(String(error)),
    audit: () => undefined,
    saveScene: () => undefined,
    onRelease: () => undefined,
  });
  const access = { scope: 'room', role: 'member', roomId: 'r' } as RoomAccess;
  host.join('a', { send: () => undefined, close: () => expect.unreachable() }, access, {
    name: 'a',
    device: 'desktop',
  });
  host.message('a', { kind: 'start-stream', eyeWidth: 160, eyeHeight: 160 });
  const view = (name: string): View => ({
    renderer: {
      volume: { phases: [{ timeMs: null }], unit: 'HU', modality: 'CT' } as unknown as Volume,
      backend: { name: 'cpu', isa: 'avx2', threads: 1 },
      valueRange: [0, 1],
      histogram: [],
      renderFrame(_scene: unknown, _pose: unknown, _layout: unknown, planes: Uint8Array) {
        planes.fill(200);
        const frame = Promise.withResolvers<FrameStats>();
        frames.push(frame);
        return frame.promise;
      },
    } as unknown as TwinRenderer,
    problems: [],
    quarantined: 0,
    release: () => void released.push(name),
  });
  return {
    host,
    loads,
    frames,
    released,
    sharpened,
    view,
    frame: (planes: Uint8Array) =>
      render!(pose, layout, planes, { resolution: 1, stepVoxels: 1, level: 0 }, new AbortController().signal),
    touched: () => touched,
    streams,
  };
}
const isBlank = (planes: Uint8Array): boolean =>
  // Ground in the eyes, nothing anywhere in depth and coverage.
  planes.subarray(0, layout.width * layout.eyeHeight).every((y) => y > 16 && y < 60) &&
  planes.subarray(layout.width * layout.eyeHeight, luma).every((y) => y === 0);
const setVolume = {
  kind: 'op',
  id: 1,
  base: 1,
  op: {
    kind: 'set-volume',
    seriesInstanceUid: '1.2',
    volumeId: '0',
    look: { preset: 'ct-bone', window: null },
  },
} as const;

test('L3 before the first volume, and while another loads, the picture is blank', async () => {
  const { host, loads, frames, released, view, frame, touched } = openTestHost();
  await settled();
  const planes = new Uint8Array(pictureBytes(layout)).fill(99);
  await frame(planes);
  expect(isBlank(planes)).toBe(true);

  loads[0]!.resolve(view('first'));
  await settled();
  const shown = frame(planes);
  frames[0]!.resolve(stats);
  await shown;
  expect(isBlank(planes)).toBe(false);

  const before = touched();
  host.message('a', setVolume);
  expect(released).toEqual(['first']);
  await frame(planes);
  expect(frames).toHaveLength(1);
  expect(isBlank(planes)).toBe(true);
  await settled();
  expect(touched()).toBeGreaterThan(before);
  await host.close();
});

test('L3 a frame of the old volume that ends after the change is not shown', async () => {
  const { host, loads, frames, view, frame } = openTestHost();
  loads[0]!.resolve(view('first'));
  await settled();
  const planes = new Uint8Array(pictureBytes(layout));
  const late = frame(planes);
  host.message('a', setVolume);
  frames[0]!.resolve(stats);
  await late;
  expect(isBlank(planes)).toBe(true);
  await host.close();
});

test('a volume that is shown gives its series a sharper thumbnail; one that came too late does not', async () => {
  const { host, loads, sharpened, view } = openTestHost();
  await settled();
  host.message('a', setVolume);
  loads[0]!.resolve(view('late'));
  await settled();
  expect(sharpened).toEqual([]);
  const second = view('second');
  loads[1]!.resolve(second);
  await settled();
  expect(sharpened).toEqual([['1', study.series[1], second.renderer]]);
  await host.close();
});

test('L2 a volume that arrives after it was replaced is let go, never shown', async () => {
  const { host, loads, frames, released, view, frame } = openTestHost();
  await settled();
  host.message('a', setVolume);
  loads[0]!.resolve(view('late'));
  await settled();
  expect(released).toEqual(['late']);
  const planes = new Uint8Array(pictureBytes(layout));
  await frame(planes);
  expect(frames).toHaveLength(0);
  expect(isBlank(planes)).toBe(true);
  loads[1]!.resolve(view('second'));
  await settled();
  await host.close();
  expect(released).toEqual(['late', 'second']);
});

test('streams asked for in one breath open one after the former, and only what is still wanted', async () => {
  const { host, streams } = openTestHost();
  const start = { kind: 'start-stream', eyeWidth: 160, eyeHeight: 160 } as const;
  // With the one that the host opened with, four.
  for (let n = 0; n < 3; n++) host.message('a', start);
  await settled();
  expect(streams).toEqual({ opened: 1, closed: 0 });
  host.message('a', start);
  host.leave('a');
  await settled();
  expect(streams).toEqual({ opened: 1, closed: 1 });
  await host.close();
});
