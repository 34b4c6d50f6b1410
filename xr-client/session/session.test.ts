import { expect, test } from 'vitest';
import type { Pose } from '../../shared/protocol/channel.ts';
import type { FrameId } from '../../shared/protocol/strip.ts';
import type { Scene } from '../../shared/scene/scene.ts';
import { IDENTITY } from '../../shared/geometry/mat4.ts';
import { createPoseRing } from '../pose/pose-ring.ts';
import { backOffMs, endWords } from './back-off.ts';
import { answered, edit, newTruth, rejoin, shownScene, startEdits } from './edits.ts';
import { createKeyAsker, judgeFrame } from './frame-check.ts';
import { keepRoom, openedRoom, tokenOfFragment, takeToken } from './token.ts';

const poseOf = (tick: number): Pose => {
  const eye = { eyeFromTwin: IDENTITY, tangents: { left: 1, right: 1, up: 1, down: 1 } };
  return { tick, sampleTimeMs: tick, horizonMs: 0, mono: false, eyes: [eye, eye] };
};
const idOf = (tick: number, mono = false): FrameId => ({
  tick: tick % 2 ** 24,
  renderedWidth: 640,
  renderedHeight: 640,
  mono,
  converged: true,
});
const STEP = 1500;

test('F1 strip, RTP timestamp and ring must agree, also across the 32-bit wrap', () => {
  const ring = createPoseRing();
  const late = 2 ** 23 + 77;
  [10, 11, late].forEach((tick) => ring.put(poseOf(tick)));
  const judge = (strip: number, rtp: number | null, mono = false) =>
    judgeFrame({ kind: 'read', id: idOf(strip, mono) }, rtp, ring, STEP, 0);
  expect(judge(10, 10 * STEP)).toMatchObject({ kind: 'show', pose: { tick: 10 } });
  expect(judge(late, (late * STEP) % 2 ** 32).kind).toBe('show');
  expect(judge(10, null).kind).toBe('show');
  expect(judge(10, 11 * STEP)).toEqual({ kind: 'refused', why: 'timestamp' });
  expect(judge(12, 12 * STEP)).toEqual({ kind: 'refused', why: 'unknown-pose' });
  expect(judge(10, 10 * STEP, true)).toEqual({ kind: 'refused', why: 'mono' });
});

test('F2 an unreadable strip is its own verdict', () => {
  expect(judgeFrame({ kind: 'unreadable' }, 15_000, createPoseRing(), STEP, 0).kind).toBe('unreadable');
});

test('F3 an older picture is never shown after a newer one', () => {
  const ring = createPoseRing();
  ring.put(poseOf(10));
  expect(judgeFrame({ kind: 'read', id: idOf(10) }, 10 * STEP, ring, STEP, 11).kind).toBe('late');
  expect(judgeFrame({ kind: 'read', id: idOf(10) }, 10 * STEP, ring, STEP, 10).kind).toBe('show');
});

test('F4 silence asks for a key frame after max(150 ms, 3 intervals), twice a second at most', () => {
  const asker = createKeyAsker(0);
  for (let t = 0; t <= 2000; t += 20) asker.shown(t);
  expect(asker.step(2140)).toBe(false);
  expect(asker.step(2151)).toBe(true);
  expect(asker.step(2300)).toBe(false);
  expect(asker.step(2651)).toBe(true);
  const slow = createKeyAsker(0);
  for (let t = 0; t <= 10_000; t += 100) slow.shown(t);
  expect(slow.step(10_250)).toBe(false);
  expect(slow.step(10_310)).toBe(true);
});

const SCENE: Scene = {
  version: 4,
  studyInstanceUid: '1',
  seriesInstanceUid: '2',
  volumeId: '0',
  phase: 0,
  look: { preset: 'ct-bone', window: null },
  clip: null,
};
const phase = (value: number) => ({ kind: 'set-phase', phase: value }) as const;

test('E1 an edit is shown at once, E2 and stays until the scene that holds it is here', () => {
  const made = edit(startEdits(SCENE), phase(3));
  expect(made.base).toBe(4);
  expect(shownScene(made.edits).phase).toBe(3);
  const committed = answered(made.edits, made.id, 'commit', 5);
  expect(shownScene(committed).phase).toBe(3);
  const settled = newTruth(committed, { ...SCENE, version: 5, phase: 3 });
  expect(settled.pending).toEqual([]);
  expect(shownScene(settled).phase).toBe(3);
});

test('E1 another volume is named when the node has it, never before', () => {
  const asked = edit(startEdits(SCENE), {
    kind: 'set-volume',
    seriesInstanceUid: '3',
    volumeId: '1',
    look: { preset: 'mr', window: null },
  });
  expect(shownScene(asked.edits)).toEqual(SCENE);
  const committed = answered(asked.edits, asked.id, 'commit', 5);
  expect(shownScene(committed)).toEqual(SCENE);
  const there = newTruth(committed, { ...SCENE, version: 5, seriesInstanceUid: '3', volumeId: '1' });
  expect(shownScene(there)).toMatchObject({ seriesInstanceUid: '3', volumeId: '1' });
  expect(there.pending).toEqual([]);
});

test("E2 another's scene under an unanswered edit: the edit stays on top", () => {
  const made = edit(startEdits(SCENE), phase(3));
  const under = newTruth(made.edits, {
    ...SCENE,
    version: 5,
    look: { preset: 'ct-skin', window: null },
  });
  expect(shownScene(under)).toMatchObject({ phase: 3, look: { preset: 'ct-skin' } });
});

test('E3 a discarded edit is gone', () => {
  const made = edit(startEdits(SCENE), phase(3));
  expect(shownScene(answered(made.edits, made.id, 'discard', 4)).phase).toBe(0);
});

test('E4 undo goes back over a drag as one step, and is not itself undone to', () => {
  const first = edit(startEdits(SCENE), phase(1));
  const dragged = edit(first.edits, phase(2), { merge: true });
  expect(dragged.edits.undo).toEqual([phase(0)]);
  const back = edit(dragged.edits, dragged.edits.undo[0]!, { isUndo: true });
  expect(shownScene(back.edits).phase).toBe(0);
  expect(back.edits.undo).toEqual([]);
});

test("E6 undo takes back this viewer's own edits, never what somebody else did since", () => {
  const look = (preset: 'ct-skin' | 'ct-lung', window: Scene['look']['window'] = null) =>
    ({ kind: 'set-look', look: { preset, window } }) as const;
  const mine = edit(edit(startEdits(SCENE), phase(3)).edits, look('ct-skin'));
  expect(mine.edits.undo).toEqual([phase(0), { kind: 'set-look', look: SCENE.look }]);
  // The node says the window that a look without one has: still mine, before it is answered and after.
  const held = { ...SCENE, version: 6, phase: 3, look: look('ct-skin', { center: 1, width: 2 }).look };
  const landed = newTruth(mine.edits, held);
  expect(landed.undo).toHaveLength(2);
  const settled = newTruth(answered(answered(landed, 1, 'commit', 5), 2, 'commit', 6), held);
  expect(settled.pending).toEqual([]);
  expect(settled.undo).toHaveLength(2);
  // Another's look: mine is no longer to be taken back, my phase is.
  const theirs = { ...held, version: 7, look: look('ct-lung').look };
  expect(newTruth(settled, theirs).undo).toEqual([phase(0)]);
  // The same, seen only after having been away.
  expect(rejoin(settled, theirs).undo).toEqual([phase(0)]);
  expect(rejoin(settled, { ...held, version: 9 }).undo).toHaveLength(2);
  // Undoing is an edit of one's own too.
  const back = edit(settled, settled.undo.at(-1)!, { isUndo: true }).edits;
  expect(newTruth(back, { ...held, version: 7, look: SCENE.look }).undo).toEqual([phase(0)]);
});

test('an older scene that comes late changes nothing', () => {
  const edits = newTruth(startEdits(SCENE), { ...SCENE, version: 9, phase: 1 });
  expect(newTruth(edits, { ...SCENE, version: 8, phase: 2 })).toBe(edits);
});

test('the token leaves the address at once and stays with the tab', () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  } as unknown as Storage;
  let address = '/x?probe#token=abc';
  const history = {
    state: null,
    replaceState: (_state: unknown, _title: string, to: string) => (address = to),
  } as unknown as History;
  keepRoom(storage, { token: 'old', link: 'http://h/#token=old' });
  expect(openedRoom(storage)).toEqual({ token: 'old', link: 'http://h/#token=old' });
  const location = { hash: '#token=abc', pathname: '/x', search: '?probe' } as Location;
  expect(takeToken(location, history, storage)).toBe('abc');
  expect(address).toBe('/x?probe');
  expect(openedRoom(storage)).toBeNull();
  expect(takeToken({ ...location, hash: '' }, history, storage)).toBe('abc');
  expect(tokenOfFragment('#other=1')).toBeNull();
});

test('back-off doubles to 10 s; what cannot get better is not tried again', () => {
  expect(backOffMs(1, 0.5)).toBe(500);
  expect(backOffMs(4, 0.5)).toBe(4000);
  expect(backOffMs(20, 1)).toBe(12_500);
  expect(endWords(1006, '')).toBeNull();
  expect(endWords(4500, '')).toBeNull();
  expect(endWords(4410, '')?.code).toBe('expired');
  const said =
    'This link has expired (it was valid until 2026-11-22 14:00 UTC). Ask whoever sent it for a new one.';
  expect(endWords(4410, said)?.text, 'said once').toBe(said);
  expect(endWords(4403, 'this room is full')?.text).toMatch(/^This room is full\./);
  expect(endWords(4403, 'no hello within 10 s')?.text).toMatch(/\(no hello within 10 s\)/);
});
