import { describe, expect, test } from 'vitest';
import { CLOSE, type FromNode, type ShownVolume } from '../../shared/protocol/messages.ts';
import type { Role } from '../../shared/roles.ts';
import type { Op, Scene } from '../../shared/scene/index.ts';
import type { Progress, SeriesEntry, StudyEntry } from '../../shared/volume.ts';
import { EMPTY_MS, MAX_PEOPLE, STREAM_RULE, createRoom, type Room, type RoomOutput } from './room.ts';
import type { RoomMessage } from './session.ts';

const series = (uid: string): SeriesEntry => ({
  seriesInstanceUid: uid,
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  modality: 'CT',
  description: 'DOE^JANE thorax',
  bodyPart: 'CHEST',
  instances: 10,
  kind: 'volume',
  dims: [8, 8, 10],
  spacingMm: [1, 1, 1],
  phases: 1,
  volumes: [{ id: '0', dims: [8, 8, 10], spacingMm: [1, 1, 1], phases: 1, unit: 'HU' }],
  transferSyntax: '1.2.840.10008.1.2.1',
  problems: [],
});
const study: StudyEntry = {
  studyInstanceUid: '1.2',
  date: '20260102',
  description: 'CT',
  patient: { name: 'DOE^JANE', id: '42', birthDate: '19700101' },
  series: [series('1.2.1'), series('1.2.2'), { ...series('1.2.3'), kind: 'sr' }],
};
const scene: Scene = {
  version: 1,
  studyInstanceUid: '1.2',
  seriesInstanceUid: '1.2.1',
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
};
const volume = (phases = 1): ShownVolume => ({
  dims: [8, 8, 10],
  spacingMm: [1, 1, 1],
  lpsFromIndex: [],
  unit: 'HU',
  modality: 'CT',
  phases: Array.from({ length: phases }, () => ({ timeMs: null })),
  valueRange: [-1000, 1000],
  histogram: [],
  problems: [],
  quarantined: 0,
});
const progress: Progress = {
  stage: 'retrieve',
  instancesDone: 1,
  instancesTotal: 2,
  bytes: 3,
  bytesPerSecond: 4,
};
const look = (window: number): Op => ({
  kind: 'set-look',
  look: { preset: 'ct-bone', window: { center: window, width: 100 } },
});
const setVolume = (uid: string): Op => ({
  kind: 'set-volume',
  seriesInstanceUid: uid,
  volumeId: '0',
  look: { preset: 'ct-soft', window: null },
});

function join(room: Room, viewerId: string, role: Role = 'member', name = viewerId): readonly RoomOutput[] {
  return room.step({ kind: 'join', viewerId, role, name, device: 'desktop' }, 0);
}
const tell = (room: Room, viewerId: string, message: RoomMessage, nowMs = 0): readonly RoomOutput[] =>
  room.step({ kind: 'message', viewerId, message }, nowMs);
const op = (room: Room, viewerId: string, id: number, base: number, edit: Op): readonly RoomOutput[] =>
  tell(room, viewerId, { kind: 'op', id, base, op: edit } as RoomMessage);
const sent = (outputs: readonly RoomOutput[], viewerId: string): FromNode[] =>
  outputs.flatMap((output) =>
    output.kind === 'send' && output.viewerId === viewerId ? [output.message] : [],
  );
const kinds = (outputs: readonly RoomOutput[], viewerId: string): string[] =>
  sent(outputs, viewerId).map((message) => message.kind);

/** A room with these people, its first volume shown. */
function shownRoom(people: Readonly<Record<string, Role>>, phases = 1): Room {
  const room = createRoom({ study, scene }, 0);
  for (const [id, role] of Object.entries(people)) join(room, id, role);
  room.step({ kind: 'shown', load: 1, volume: volume(phases), window: null }, 0);
  expect(room.shown).toBe(true);
  return room;
}

test('R1 who joins is welcomed, the others see it', () => {
  const room = createRoom({ study, scene }, 0);
  expect(kinds(join(room, 'a'), 'a')).toEqual(['welcome']);
  const outputs = join(room, 'b');
  expect(sent(outputs, 'b')[0]).toMatchObject({ kind: 'welcome', viewerId: 'b', scene, study });
  expect(sent(outputs, 'a')).toMatchObject([
    { kind: 'people', people: [{ viewerId: 'a' }, { viewerId: 'b' }] },
  ]);
});

describe('R2 identifiers go to clinicians alone', () => {
  for (const role of ['observer', 'patient'] as const)
    test(role, () => {
      const outputs = join(createRoom({ study, scene }, 0), 'p', role);
      expect(JSON.stringify(outputs)).not.toMatch(/DOE|JANE|19700101|"42"/);
    });
  test('member', () => {
    expect(JSON.stringify(join(createRoom({ study, scene }, 0), 'p'))).toContain('DOE^JANE');
  });
});

test('R3 names are cleaned, the nameless numbered, colours told apart', () => {
  const room = createRoom({ study, scene }, 0);
  join(room, 'a', 'member', '\u202eEve\u0000\n ');
  join(room, 'b', 'member', ' \u200b');
  join(room, 'c', 'member', 'x'.repeat(64));
  expect(room.people.map((person) => person.name)).toEqual(['Eve', 'Guest 1', 'x'.repeat(40)]);
  expect(new Set(room.people.map((person) => person.colour)).size).toBe(3);
});

test('R3 who comes back brings their number, and nobody else gets it', () => {
  const room = createRoom({ study, scene }, 0);
  join(room, 'a', 'member', 'Guest 1');
  join(room, 'b', 'member', '');
  join(room, 'c', 'member', '');
  expect(room.people.map((person) => person.name)).toEqual(['Guest 1', 'Guest 2', 'Guest 3']);
});

test('R4 a full room takes nobody else and stays as it was', () => {
  const room = createRoom({ study, scene }, 0);
  for (let i = 0; i < MAX_PEOPLE; i++) join(room, `v${i}`);
  expect(join(room, 'late')).toMatchObject([{ kind: 'close', viewerId: 'late', code: CLOSE.forbidden }]);
  expect(room.people).toHaveLength(MAX_PEOPLE);
});

test('R5 presence goes to the others, not back, and no faster than 30 a second', () => {
  const room = shownRoom({ a: 'member', b: 'observer' });
  const message: RoomMessage = { kind: 'presence', presence: { head: null, hands: [] } };
  const outputs = tell(room, 'a', message);
  expect(sent(outputs, 'b')).toMatchObject([{ kind: 'presence', viewerId: 'a' }]);
  expect(sent(outputs, 'a')).toEqual([]);
  let relayed = 0;
  for (let ms = 1000; ms < 2000; ms += 10) relayed += sent(tell(room, 'a', message, ms), 'b').length;
  expect(relayed).toBeGreaterThanOrEqual(30);
  expect(relayed).toBeLessThanOrEqual(61);
});

test('R6 a signal before start-stream is out of order; after it, it is handed on', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  const signal: RoomMessage = { kind: 'signal', signal: { type: 'answer', sdp: 'v=0' } };
  expect(tell(room, 'a', { kind: 'start-stream', eyeWidth: 640, eyeHeight: 640 })).toEqual([
    { kind: 'start-stream', viewerId: 'a', eyeWidth: 640, eyeHeight: 640 },
  ]);
  expect(tell(room, 'a', signal)).toMatchObject([{ kind: 'signal', viewerId: 'a' }]);
  expect(tell(room, 'b', signal)[0]).toMatchObject({
    kind: 'close',
    viewerId: 'b',
    code: CLOSE.malformed,
  });
  expect(room.people.map((person) => person.viewerId)).toEqual(['a']);
  expect(room.step({ kind: 'leave', viewerId: 'a' }, 0)[0]).toEqual({ kind: 'stop-stream', viewerId: 'a' });
});

test('R7 an eye of no picture’s size closes', () => {
  for (const [eyeWidth, eyeHeight] of [
    [0, 640],
    [641, 640],
    [640, 4096],
    [-640, 640],
  ] as const)
    expect(
      tell(shownRoom({ a: 'member' }), 'a', { kind: 'start-stream', eyeWidth, eyeHeight })[0],
    ).toMatchObject({ kind: 'close', code: CLOSE.malformed });
});

test('R8 streams are asked for at a person’s pace', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  const start: RoomMessage = { kind: 'start-stream', eyeWidth: 640, eyeHeight: 640 };
  for (let n = 0; n < STREAM_RULE.burst; n++)
    expect(tell(room, 'a', start)).toMatchObject([{ kind: 'start-stream' }]);
  expect(tell(room, 'a', start, 1000)).toMatchObject([{ kind: 'start-stream' }]);
  const outputs = tell(room, 'a', start, 1500);
  expect(outputs[0]).toMatchObject({ kind: 'close', viewerId: 'a', code: CLOSE.tooFast });
  expect(outputs[1]).toEqual({ kind: 'stop-stream', viewerId: 'a' });
  expect(tell(room, 'b', start, 1500)).toMatchObject([{ kind: 'start-stream' }]);
});

test('E1 observers and patients look on', () => {
  const room = shownRoom({ a: 'member', o: 'observer', p: 'patient' });
  for (const who of ['o', 'p']) {
    const outputs = op(room, who, 1, 1, look(5));
    expect(outputs).toMatchObject([
      { kind: 'send', viewerId: who, message: { kind: 'op-result', result: 'discard' } },
    ]);
  }
  expect(room.scene).toEqual(scene);
});

test('E2, E5 an edit of the present version is committed and told to all', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  const outputs = op(room, 'a', 1, 1, look(5));
  expect(sent(outputs, 'a')).toMatchObject([
    { kind: 'op-result', id: 1, result: 'commit', version: 2 },
    { kind: 'scene', by: 'a', scene: { version: 2 } },
  ]);
  expect(sent(outputs, 'b')).toMatchObject([{ kind: 'scene', by: 'a', scene: { version: 2 } }]);
  expect(outputs).toContainEqual({ kind: 'touch' });
});

test('E3 an edit of an older version is rebased', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  op(room, 'a', 1, 1, look(5));
  const clip: Op = { kind: 'set-clip', clip: { normalLps: [0, 0, 1], pointLpsMm: [0, 0, 0] } };
  expect(sent(op(room, 'b', 1, 1, clip), 'b')[0]).toMatchObject({ result: 'rebase', version: 3 });
  expect(room.scene).toMatchObject({ version: 3, look: { window: { center: 5 } }, clip: clip.clip });
});

test('E3 what was meant for another volume is discarded', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  op(room, 'a', 1, 1, setVolume('1.2.2'));
  expect(sent(op(room, 'b', 1, 1, look(5)), 'b')).toMatchObject([{ result: 'discard', version: 2 }]);
  expect(room.scene).toMatchObject({ version: 2, seriesInstanceUid: '1.2.2', look: { preset: 'ct-soft' } });
});

test('E4 an edit from the future or an id again is out of order', () => {
  const room = shownRoom({ a: 'member', b: 'member' });
  expect(op(room, 'a', 1, 99, look(5))[0]).toMatchObject({ kind: 'close', code: CLOSE.malformed });
  op(room, 'b', 4, 1, look(5));
  expect(op(room, 'b', 4, 2, look(6))[0]).toMatchObject({ kind: 'close', code: CLOSE.malformed });
  expect(room.scene.version).toBe(2);
  expect(room.people).toEqual([]);
});

test('E6 what does not exist is discarded', () => {
  const room = shownRoom({ a: 'member' }, 10);
  const phase = (n: number): Op => ({ kind: 'set-phase', phase: n });
  expect(sent(op(room, 'a', 1, 1, phase(10)), 'a')[0]).toMatchObject({ result: 'discard' });
  expect(sent(op(room, 'a', 2, 1, phase(9)), 'a')[0]).toMatchObject({ result: 'commit' });
  for (const [id, uid] of [
    [3, '9.9'],
    [4, '1.2.3'],
  ] as const)
    expect(sent(op(room, 'a', id, 2, setVolume(uid)), 'a')[0]).toMatchObject({ result: 'discard' });
  const badVolume: Op = { ...setVolume('1.2.2'), volumeId: '7' } as Op;
  expect(sent(op(room, 'a', 5, 2, badVolume), 'a')[0]).toMatchObject({ result: 'discard' });
  expect(room.scene).toMatchObject({ version: 2, phase: 9 });
});

test('E6 a series of two SOP classes has the volumes of both', () => {
  const [first] = study.series;
  const other = (sopClassUid: string, ...ids: readonly string[]): SeriesEntry => ({
    ...series('1.2.4'),
    sopClassUid,
    volumes: ids.map((id) => ({ ...first!.volumes[0]!, id })),
  });
  const two = { ...study, series: [first!, other('1', '0'), other('2', '1')] };
  const room = createRoom({ study: two, scene }, 0);
  join(room, 'a');
  const choose = (volumeId: string): Op => ({ ...setVolume('1.2.4'), volumeId }) as Op;
  expect(sent(op(room, 'a', 1, 1, choose('2')), 'a')[0]).toMatchObject({ result: 'discard' });
  expect(sent(op(room, 'a', 2, 1, choose('1')), 'a')[0]).toMatchObject({ result: 'commit' });
});

test('L1 the first starts the load, later ones see how far it is', () => {
  const room = createRoom({ study, scene }, 0);
  expect(join(room, 'a')).toContainEqual({
    kind: 'load',
    load: 1,
    seriesInstanceUid: '1.2.1',
    volumeId: '0',
  });
  expect(sent(room.step({ kind: 'progress', load: 1, progress }, 0), 'a')).toEqual([
    { kind: 'progress', progress },
  ]);
  expect(kinds(join(room, 'b'), 'b')).toEqual(['welcome', 'progress']);
  room.step({ kind: 'shown', load: 1, volume: volume(), window: null }, 0);
  expect(kinds(join(room, 'c'), 'c')).toEqual(['welcome', 'shown']);
});

test('L2, L3 a replaced load is not heard, and nothing is shown meanwhile', () => {
  const room = shownRoom({ a: 'member' });
  const first = op(room, 'a', 1, 1, setVolume('1.2.2'));
  expect(first.filter((o) => o.kind === 'load')).toMatchObject([{ load: 2, seriesInstanceUid: '1.2.2' }]);
  expect(room.shown).toBe(false);
  const second = op(room, 'a', 2, 2, setVolume('1.2.1'));
  expect(second.filter((o) => o.kind === 'cancel-load')).toEqual([{ kind: 'cancel-load', load: 2 }]);
  for (const stale of [
    { kind: 'shown', load: 2, volume: volume(), window: null },
    { kind: 'progress', load: 2, progress },
    { kind: 'load-failed', load: 2, code: 'x', text: 'y' },
  ] as const)
    expect(room.step(stale, 0)).toEqual([]);
  expect(room.shown).toBe(false);
  room.step({ kind: 'shown', load: 3, volume: volume(), window: null }, 0);
  expect(room.shown).toBe(true);
});

test('L4 a failed load is said, and the room goes back to what it showed', () => {
  const room = shownRoom({ a: 'member' });
  op(room, 'a', 1, 1, setVolume('1.2.2'));
  const outputs = room.step({ kind: 'load-failed', load: 2, code: 'unreachable', text: 'words' }, 0);
  expect(sent(outputs, 'a')).toMatchObject([
    { kind: 'failure', code: 'unreachable', text: 'words' },
    { kind: 'scene', by: 'node', scene: { version: 3, seriesInstanceUid: '1.2.1' } },
  ]);
  expect(outputs).toContainEqual({
    kind: 'load',
    load: 3,
    seriesInstanceUid: '1.2.1',
    volumeId: '0',
  });
  // And where that fails too, it rests: no circle.
  const again = room.step({ kind: 'load-failed', load: 3, code: 'unreachable', text: 'words' }, 0);
  expect(again.filter((output) => output.kind === 'load')).toEqual([]);
  expect(op(room, 'a', 2, 3, setVolume('1.2.1'))).toContainEqual(
    expect.objectContaining({ kind: 'load', load: 4 }),
  );
});

test('L5 who may edit may stop a load; who looks on may not', () => {
  const room = createRoom({ study, scene }, 0);
  join(room, 'a');
  join(room, 'o', 'observer');
  expect(tell(room, 'o', { kind: 'cancel-load' })).toEqual([]);
  const outputs = tell(room, 'a', { kind: 'cancel-load' });
  expect(outputs[0]).toEqual({ kind: 'cancel-load', load: 1 });
  expect(sent(outputs, 'o')).toMatchObject([{ kind: 'failure', code: 'aborted' }]);
  expect(join(room, 'b')).toContainEqual(expect.objectContaining({ kind: 'load', load: 2 }));
});

test('L6 a volume without a scale of its own gets a window, as an edit by the node', () => {
  const room = createRoom({ study, scene: { ...scene, phase: 7 } }, 0);
  join(room, 'a');
  const window = { center: 5, width: 10 };
  const outputs = room.step({ kind: 'shown', load: 1, volume: volume(), window }, 0);
  expect(sent(outputs, 'a')).toMatchObject([
    { kind: 'shown' },
    { kind: 'scene', by: 'node', scene: { version: 2, phase: 0, look: { window } } },
  ]);
});

test('L6 a preset chosen for such a volume says the window that it is rendered with', () => {
  const room = createRoom({ study, scene }, 0);
  join(room, 'a');
  const window = { center: 5, width: 10 };
  room.step({ kind: 'shown', load: 1, volume: volume(), window }, 0);
  const preset: Op = { kind: 'set-look', look: { preset: 'mr', window: null } };
  const outputs = op(room, 'a', 1, 2, preset);
  expect(sent(outputs, 'a')[1]).toMatchObject({ kind: 'scene', scene: { look: { preset: 'mr', window } } });
  op(room, 'a', 2, 3, look(77));
  expect(room.scene.look.window).toEqual({ center: 77, width: 100 });
  // Back to the window of the volume, as 'Reset' asks for it; one of a scale keeps the preset's.
  op(room, 'a', 3, 4, preset);
  expect(room.scene.look).toEqual({ preset: 'mr', window });
  const ct = shownRoom({ a: 'member' });
  op(ct, 'a', 1, 1, preset);
  expect(ct.scene.look).toEqual({ preset: 'mr', window: null });
});

test('L7 an empty room is released, once, and cancels what it still loads', () => {
  const room = createRoom({ study, scene }, 0);
  join(room, 'a');
  expect(room.step({ kind: 'tick' }, 10 * EMPTY_MS)).toEqual([]);
  room.step({ kind: 'leave', viewerId: 'a' }, 10 * EMPTY_MS);
  expect(room.step({ kind: 'tick' }, 11 * EMPTY_MS - 1)).toEqual([]);
  const outputs = room.step({ kind: 'tick' }, 11 * EMPTY_MS);
  expect(outputs[0]).toEqual({ kind: 'cancel-load', load: 1 });
  expect(outputs.at(-1)).toEqual({ kind: 'release' });
  expect(room.step({ kind: 'tick' }, 12 * EMPTY_MS)).toEqual([]);
});
