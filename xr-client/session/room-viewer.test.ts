import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { FromNode, Presence, ShownVolume } from '../../shared/protocol/messages.ts';
import type { Scene } from '../../shared/scene/scene.ts';
import { SILENT_MS } from './room-socket.rim.ts';
import { openRoomViewer, UNHEARD_MS, type RoomViewer } from './room-viewer.rim.ts';
import type { ViewerState } from './viewer-state.ts';

/** A socket whose other end is the test. */
class Wire extends EventTarget {
  static readonly OPEN = 1;
  static all: Wire[] = [];
  readonly readyState = Wire.OPEN;
  readonly sent: unknown[] = [];
  constructor() {
    super();
    Wire.all.push(this);
  }
  send(text: string): void {
    this.sent.push(JSON.parse(text));
  }
  close(): void {}
  say(message: FromNode): void {
    this.dispatchEvent(new MessageEvent('message', { data: JSON.stringify(message) }));
  }
  drop(): void {
    this.dispatchEvent(Object.assign(new Event('close'), { code: 1006, reason: '' }));
  }
}

const wire = (): Wire => Wire.all.at(-1)!;
const sceneOf = (seriesInstanceUid: string, version: number): Scene => ({
  version,
  studyInstanceUid: '1',
  seriesInstanceUid,
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
});
const welcome = (scene: Scene): FromNode => ({
  kind: 'welcome',
  version: 1,
  viewerId: 'me',
  role: 'surgeon',
  people: [],
  study: {
    studyInstanceUid: '1',
    date: '',
    description: '',
    patient: { name: '', id: '', birthDate: '' },
    series: [],
  },
  scene,
  rtpStep: 1500,
});
const volume: ShownVolume = {
  dims: [2, 2, 2],
  spacingMm: [1, 1, 1],
  lpsFromIndex: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
  unit: 'HU',
  modality: 'CT',
  phases: [{ timeMs: null }],
  valueRange: [0, 1],
  histogram: [],
  problems: [],
  quarantined: 0,
};

let room: RoomViewer;
/** Every state that anybody was told of. */
let told: ViewerState[];
beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', Wire);
  Wire.all = [];
  told = [];
  room = openRoomViewer({ url: 'ws://x', token: 't', name: '', device: 'desktop' });
  room.store.subscribe((state) => told.push(state));
  wire().say(welcome(sceneOf('A', 1)));
  wire().say({ kind: 'shown', volume });
});
afterEach(() => {
  room.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

function cutAndComeBack(scene: Scene): void {
  wire().drop();
  vi.advanceTimersByTime(2000);
  expect(Wire.all).toHaveLength(2);
  wire().say(welcome(scene));
}
/** Of all that was told: volumes that stood under another series' name. */
const misnamed = (): ViewerState[] =>
  told.filter(({ scene, volume: shown }) => shown && scene?.seriesInstanceUid !== 'A');

test('a room that went on to another series meanwhile: the former volume and its undo are gone with its name', () => {
  room.applyOp({ kind: 'set-look', look: { preset: 'ct-skin', window: null } });
  expect(room.store.get().canUndo).toBe(true);
  cutAndComeBack(sceneOf('B', 7));
  expect(room.store.get()).toMatchObject({ scene: { seriesInstanceUid: 'B' }, volume: null, canUndo: false });
  expect(misnamed()).toEqual([]);
});

test('a room that shows what it showed before: volume and undo stay over a cut', () => {
  room.applyOp({ kind: 'set-look', look: { preset: 'ct-skin', window: null } });
  cutAndComeBack(sceneOf('A', 2));
  expect(room.store.get().volume).not.toBeNull();
  expect(room.store.get().canUndo).toBe(true);
});

test("another's choice of series: its name and the former volume are never told together", () => {
  wire().say({ kind: 'scene', scene: sceneOf('B', 2), by: 'other' });
  expect(room.store.get()).toMatchObject({ scene: { seriesInstanceUid: 'B' }, volume: null });
  expect(misnamed()).toEqual([]);
});

test('who comes back after a cut comes with the name that the room gave them', () => {
  const person = {
    viewerId: 'me',
    name: 'Guest 2',
    role: 'surgeon',
    device: 'desktop',
    colour: '#fff',
  } as const;
  wire().say({ ...welcome(sceneOf('A', 1)), people: [person] } as FromNode);
  wire().drop();
  vi.advanceTimersByTime(2000);
  wire().dispatchEvent(new Event('open'));
  expect(wire().sent).toMatchObject([{ kind: 'hello', name: 'Guest 2' }]);
});

const report: FromNode = {
  kind: 'report',
  report: {
    fps: 25,
    renderMs: 1,
    encodeMs: 1,
    poseToSentMs: 1,
    bitrateKbps: 1,
    renderedWidth: 1,
    renderedHeight: 1,
    fullWidth: 1,
    fullHeight: 1,
    stepVoxels: 1,
    level: 0,
    encoder: '',
    backend: '',
    nacks: 0,
    keyFrames: 0,
  },
};

test('a connection that goes quiet while a stream reports is given up, and what it says later is not heard', () => {
  const first = wire();
  for (let i = 0; i < 40; i++) {
    first.say(report);
    vi.advanceTimersByTime(500);
  }
  expect(room.store.get().connection.kind).toBe('joined');
  vi.advanceTimersByTime(SILENT_MS);
  expect(room.store.get().connection).toMatchObject({ kind: 'reconnecting', attempt: 1 });
  vi.advanceTimersByTime(2000);
  expect(Wire.all).toHaveLength(2);
  wire().say(welcome(sceneOf('A', 5)));
  first.say({ kind: 'scene', scene: sceneOf('B', 9), by: 'other' });
  first.drop();
  expect(room.store.get()).toMatchObject({
    connection: { kind: 'joined' },
    scene: { seriesInstanceUid: 'A', version: 5 },
  });
});

test('without a stream, or after its end, quiet is no cut', () => {
  vi.advanceTimersByTime(10 * SILENT_MS);
  expect(room.store.get().connection.kind).toBe('joined');
  wire().say(report);
  wire().say({ kind: 'failure', code: 'stream-ended', text: 'it ended' });
  vi.advanceTimersByTime(10 * SILENT_MS);
  expect(room.store.get().connection.kind).toBe('joined');
});

test('who falls silent stands nowhere any more, and is back with the next word', () => {
  const presence = { head: { position: [0, 0, 1], rotation: [0, 0, 0, 1] }, hands: [] } satisfies Presence;
  const say = (viewerId: string): void => wire().say({ kind: 'presence', viewerId, presence });
  const here = (): string[] => {
    room.forgetSilent(performance.now());
    return [...room.presences.keys()];
  };
  say('a');
  say('b');
  vi.advanceTimersByTime(UNHEARD_MS);
  say('b');
  expect(here()).toEqual(['a', 'b']);
  vi.advanceTimersByTime(1);
  expect(here()).toEqual(['b']);
  say('a');
  expect(here()).toEqual(['b', 'a']);
});
