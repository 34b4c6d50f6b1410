import { expect, test } from 'vitest';
import { add, transformPoint, type Vec3 } from '../../shared/geometry/mat4.ts';
import { worldFromTwin, type Placement } from '../pose/placement.ts';
import { NO_TURN, quatAboutAxis } from '../pose/quaternion.ts';
import {
  handlePoint,
  planeFacing,
  planeInLps,
  planeInTwin,
  sidesInTwinM,
  slide,
  twinFromLpsOf,
} from './clip.ts';
import { createDeskGestures, type PointerInput } from './desk-gestures.ts';
import { keyIntent } from './desk-input.rim.ts';
import { IDLE_HANDS, stepHands, type Hand, type HandsInput, type HandsState } from './hands.ts';
import { dragWindow } from './window.ts';

const down = (
  id: number,
  x: number,
  y: number,
  more: Partial<Extract<PointerInput, { kind: 'down' }>> = {},
) =>
  ({
    kind: 'down',
    id,
    touch: false,
    button: 0,
    shift: false,
    x,
    y,
    onHandle: false,
    timeMs: 0,
    ...more,
  }) as const;
const move = (id: number, x: number, y: number) => ({ kind: 'move', id, x, y }) as const;

test('G1 left drags the tool, right pans, Shift windows', () => {
  const g = createDeskGestures();
  g.step(down(1, 0, 0), 'orbit');
  expect(g.step(move(1, 5, 2), 'orbit')).toEqual([{ kind: 'orbit', dx: 5, dy: 2 }]);
  g.step({ kind: 'up', id: 1, timeMs: 1 }, 'orbit');
  g.step(down(1, 0, 0, { button: 2 }), 'orbit');
  expect(g.step(move(1, 5, 2), 'orbit')).toEqual([{ kind: 'pan', dx: 5, dy: 2 }]);
  g.step({ kind: 'up', id: 1, timeMs: 1 }, 'orbit');
  g.step(down(1, 10, 10, { shift: true }), 'orbit');
  expect(g.step(move(1, 13, 6), 'orbit')).toEqual([{ kind: 'window', dx: 3, dy: -4, first: true }]);
  expect(g.step(move(1, 14, 6), 'orbit')).toEqual([{ kind: 'window', dx: 4, dy: -4, first: false }]);
});

test('G2 two fingers pan and scale, G5 a short tap of two goes back', () => {
  const g = createDeskGestures();
  g.step(down(1, 0, 0, { touch: true }), 'orbit');
  g.step(down(2, 100, 0, { touch: true }), 'orbit');
  expect(g.step(move(2, 200, 0), 'orbit')).toEqual([
    { kind: 'pan', dx: 50, dy: 0 },
    { kind: 'scale', factor: 2 },
  ]);
  expect(g.step({ kind: 'up', id: 2, timeMs: 100 }, 'orbit')).toEqual([]);
  g.step({ kind: 'cancel' }, 'orbit');
  g.step(down(1, 0, 0, { touch: true }), 'orbit');
  g.step(down(2, 100, 0, { touch: true }), 'orbit');
  expect(g.step({ kind: 'up', id: 2, timeMs: 120 }, 'orbit')).toEqual([{ kind: 'undo' }]);
});

test('G4 the clip handle is dragged whatever the tool', () => {
  const g = createDeskGestures();
  g.step(down(1, 0, 0, { onHandle: true }), 'pan');
  expect(g.step(move(1, 0, 9), 'pan')).toEqual([{ kind: 'handle', dx: 0, dy: 9, first: true }]);
});

test('keys: letters, arrows, Ctrl+Z; nothing with Alt', () => {
  const key = (name: string, ctrlKey = false, altKey = false) =>
    keyIntent({ key: name, ctrlKey, metaKey: false, altKey });
  expect(key('C')).toBe('clip');
  expect(key('z')).toBeNull();
  expect(key('z', true)).toBe('undo');
  expect(key('r', false, true)).toBeNull();
});

const VOLUME = {
  dims: [100, 80, 60] as const,
  spacingMm: [1, 1, 2] as const,
  lpsFromIndex: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, -20, 30, 400, 1],
};

test('a clip plane survives the way to LPS and back; the front of the patient is -y', () => {
  const twinFromLps = twinFromLpsOf(VOLUME);
  const plane = planeFacing([0, 0, 1]);
  const lps = planeInLps(plane, twinFromLps);
  // Seen from the front, what lies in front is cut: kept is the back, +y.
  lps.normalLps.forEach((value, axis) => expect(value).toBeCloseTo([0, 1, 0][axis]!, 9));
  const back = planeInTwin(lps, twinFromLps);
  back.normal.forEach((value, axis) => expect(value).toBeCloseTo(plane.normal[axis]!, 9));
  expect(handlePoint(slide(back, 0.02, 0.1), 0.1)[2]).toBeCloseTo(-0.02, 9);
  expect(handlePoint(slide(back, 5, 0.1), 0.1)[2]).toBeCloseTo(-0.1, 9);
});

test('reach along the axes of the twin: slices go to the head, rows to the front', () => {
  const sides = sidesInTwinM(VOLUME);
  expect(sides[0]).toBeCloseTo(0.1, 9);
  expect(sides[1]).toBeCloseTo(0.12, 9);
  expect(sides[2]).toBeCloseTo(0.08, 9);
});

test('window by dragging: right is wider, down is higher, never inside out', () => {
  const start = { center: 100, width: 400 };
  expect(dragWindow(start, 100, 0, 1000, [-1000, 3000])).toEqual({ center: 100, width: 600 });
  expect(dragWindow(start, 0, -100, 1000, [-1000, 3000])).toEqual({ center: -100, width: 400 });
  expect(dragWindow(start, -9999, 0, 1000, [-1000, 3000]).width).toBe(4);
});

const hand = (side: 'left' | 'right', position: Vec3, more: Partial<Hand> = {}): Hand => {
  const grip = { position, rotation: NO_TURN };
  return { side, grip, ray: grip, grab: false, use: false, back: false, menu: false, ...more };
};
const START: Placement = { position: [0, 1.2, -0.8], rotation: NO_TURN, scale: 2 };
const input = (hands: readonly Hand[], more: Partial<HandsInput> = {}): HandsInput => ({
  hands,
  placement: START,
  plane: null,
  handleInTwin: null,
  clipTool: false,
  busy: [],
  ...more,
});

test('H1 and H2: one hand moves, both scale, letting one go does not jump', () => {
  const a = hand('left', [-0.1, 1.2, -0.7], { grab: true });
  let out = stepHands(IDLE_HANDS, input([a]), 0);
  expect(out.placement).toEqual(START);
  const a2 = hand('left', [-0.1, 1.3, -0.7], { grab: true });
  out = stepHands(out.state, input([a2]), 16);
  expect(out.placement.position[1]).toBeCloseTo(1.3, 9);
  const b = hand('right', [0.1, 1.3, -0.7], { grab: true });
  const held = out.placement;
  out = stepHands(out.state, input([a2, b], { placement: held }), 32);
  expect(out.placement).toEqual(held);
  const b2 = hand('right', [0.3, 1.3, -0.7], { grab: true });
  out = stepHands(out.state, input([a2, b2], { placement: held }), 48);
  expect(out.placement.scale).toBeCloseTo(4, 9);
  const scaled = out.placement;
  out = stepHands(out.state, input([a2], { placement: scaled }), 64);
  expect(out.placement).toEqual(scaled);
});

test('H3 and H4: near the handle the plane is held, not the twin, and stays where it is left', () => {
  const plane = { normal: [0, 0, -1] as Vec3, point: [0, 0, 0] as Vec3 };
  const here: Vec3 = [0.05, 1.2, -0.8];
  const more = { plane, handleInTwin: [0, 0, 0] as Vec3 };
  let out = stepHands(IDLE_HANDS, input([hand('right', here, { grab: true })], more), 0);
  expect(out.planeTaken).toBe(true);
  const to = add(here, [0, 0, 0.1]);
  const turned = quatAboutAxis([0, 1, 0], Math.PI / 2);
  const moved = { ...hand('right', to, { grab: true }), grip: { position: to, rotation: turned } };
  out = stepHands(out.state, input([moved], more), 16);
  expect(out.placement).toEqual(START);
  out.plane!.normal.forEach((value, axis) => expect(value).toBeCloseTo([-1, 0, 0][axis]!, 9));
  // The plane's point, 5 cm left of the hand, is now 5 cm behind it in the world: half of that in a twin twice as large.
  const world = transformPoint(worldFromTwin(START), out.plane!.point);
  world.forEach((value, axis) => expect(value).toBeCloseTo([0.05, 1.2, -0.65][axis]!, 9));
  const free: HandsState = stepHands(out.state, input([hand('right', to)], more), 32).state;
  expect(free.plane).toBeNull();
  const far = stepHands(IDLE_HANDS, input([hand('right', [1, 1, 1], { use: true })], more), 0);
  expect(far.plane).toBeNull();
});

test('H5: back once per press, menu once per long press', () => {
  const back = hand('right', [0, 1, 0], { back: true });
  const first = stepHands(IDLE_HANDS, input([back]), 0);
  expect([first.undo, stepHands(first.state, input([back]), 16).undo]).toEqual([true, false]);
  const menu = hand('right', [0, 1, 0], { menu: true });
  let state = stepHands(IDLE_HANDS, input([menu]), 0).state;
  const seen: boolean[] = [];
  for (const t of [300, 601, 900]) {
    const out = stepHands(state, input([menu]), t);
    seen.push(out.recentre);
    state = out.state;
  }
  expect(seen).toEqual([false, true, false]);
});
