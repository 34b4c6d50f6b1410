import { expect, test } from 'vitest';
import { FRUSTA_TRUTH } from '../../shared/geometry/frusta.fixture.ts';
import { symmetricTangents, project, tangentsFromProjection } from '../../shared/geometry/frustum.ts';
import {
  fromPose,
  IDENTITY,
  invert,
  multiply,
  subtract,
  transformPoint,
  type Mat4,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { DESK_VIEW, eyeFromWorld, eyeOf, orbit, pan } from './desk-view.ts';
import {
  moveWithBothGrips,
  moveWithGrip,
  placeBefore,
  scaleAbout,
  worldFromTwin,
  type Placement,
} from './placement.ts';
import { OVERSCAN, samplePose } from './pose-clock.ts';
import { createPoseRing } from './pose-ring.ts';
import { carryOn, HORIZON_MAX_MS, leadOf } from './predict.ts';
import { NO_TURN, quatAboutAxis, quatOfMatrix, rotateByQuat } from './quaternion.ts';

const near = (a: readonly number[], b: readonly number[], digits = 9): void =>
  a.forEach((value, index) => expect(value).toBeCloseTo(b[index]!, digits));

/** WebXR projection of these tangents (near and far do not matter here). */
const projection = (l: number, r: number, u: number, d: number): Mat4 => [
  2 / (l + r),
  0,
  0,
  0,
  0,
  2 / (u + d),
  0,
  0,
  (r - l) / (l + r),
  (u - d) / (u + d),
  -1,
  -1,
  0,
  0,
  -0.2,
  0,
];

test('asymmetric frusta: points land where the table of science 10.8 says, in both eyes', () => {
  const frusta = [projection(1.2, 0.9, 1, 1), projection(0.9, 1.2, 1, 1)];
  for (const [point, left, right] of FRUSTA_TRUTH)
    [left, right].forEach((ndc, eye) => {
      const inEye: Vec3 = [point[0] + (eye === 0 ? 0.0315 : -0.0315), point[1], point[2]];
      const [x, y] = project(inEye, tangentsFromProjection(frusta[eye]!), 2, 2);
      near([x - 1, 1 - y], ndc, 5);
    });
});

test('a pose holds placement, turn and scale of the twin, and sees wider than the display', () => {
  const placement: Placement = { position: [0.1, 1, -1], rotation: quatAboutAxis([0, 1, 0], 0.5), scale: 2 };
  const pose = samplePose({
    tick: 7,
    sampleTimeMs: 5,
    views: [{ eyeFromWorld: IDENTITY, clipFromEye: projection(1, 1, 1, 1) }],
    worldFromTwin: worldFromTwin(placement),
    head: null,
    lead: null,
  });
  expect(pose.mono).toBe(true);
  near(transformPoint(pose.eyes[0].eyeFromTwin, [0, 0, 0]), [0.1, 1, -1]);
  const out = transformPoint(pose.eyes[0].eyeFromTwin, [0, 0, 0.1]);
  near(subtract(out, [0.1, 1, -1]), [0.2 * Math.sin(0.5), 0, 0.2 * Math.cos(0.5)]);
  expect(pose.eyes[0].tangents.left).toBeCloseTo(1 + OVERSCAN, 12);
});

test('the twin is put 0.9 m ahead, below the eyes, upright, its front to the head', () => {
  const turned = quatAboutAxis([0, 1, 0], 1.1);
  const head = fromPose(turned, [1, 1.6, 2]);
  const placement = placeBefore(head, 0.4);
  const ahead = rotateByQuat(turned, [0, 0, -1]);
  near(placement.position, [1 + 0.9 * ahead[0], 1.25, 2 + 0.9 * ahead[2]]);
  near(rotateByQuat(placement.rotation, [0, 0, 1]), [-ahead[0], 0, -ahead[2]]);
  near(rotateByQuat(placement.rotation, [0, 1, 0]), [0, 1, 0]);
  expect(placement.scale).toBeCloseTo(1.25, 12);
});

test('held by one hand, every point of the twin keeps its place in the hand', () => {
  const start: Placement = {
    position: [0.2, 1.1, -0.8],
    rotation: quatAboutAxis([0, 0, 1], 0.4),
    scale: 1.5,
  };
  const from = { position: [0.1, 1, -0.5] as Vec3, rotation: quatAboutAxis([1, 0, 0], 0.3) };
  const to = { position: [-0.2, 1.4, -0.6] as Vec3, rotation: quatAboutAxis([0, 1, 0], -0.9) };
  const inHand = (grip: typeof from, p: Placement): Vec3 =>
    transformPoint(
      multiply(invert(fromPose(grip.rotation, grip.position)), worldFromTwin(p)),
      [0.1, -0.2, 0.3],
    );
  near(inHand(to, moveWithGrip(start, from, to)), inHand(from, start));
});

test('held by both, the points under the hands stay under them', () => {
  const start: Placement = { position: [0, 1.2, -0.7], rotation: NO_TURN, scale: 1 };
  const from: readonly [Vec3, Vec3] = [
    [-0.2, 1.1, -0.6],
    [0.2, 1.1, -0.6],
  ];
  const to: readonly [Vec3, Vec3] = [
    [-0.1, 1.5, -0.9],
    [0.3, 1.2, -0.3],
  ];
  const moved = moveWithBothGrips(start, from, to);
  from.forEach((hand, index) => {
    const held = transformPoint(invert(worldFromTwin(start)), hand);
    near(transformPoint(worldFromTwin(moved), held), to[index]!, 6);
  });
});

test('scaling about a point leaves that point alone', () => {
  const p: Placement = { position: [1, 2, 3], rotation: NO_TURN, scale: 1 };
  const fixed: Vec3 = [1.5, 2, 3];
  const inTwin = transformPoint(invert(worldFromTwin(p)), fixed);
  near(transformPoint(worldFromTwin(scaleAbout(p, fixed, 2)), inTwin), fixed);
});

test('the desk looks at the face from the front; dragging right shows the right side', () => {
  const front = { ...DESK_VIEW, yawRad: 0, pitchRad: 0 };
  // Patient's left (+x of twin space) is on the right of who faces the patient.
  expect(transformPoint(eyeFromWorld(front), [0.1, 0, 0])[0]).toBeCloseTo(0.1, 9);
  expect(eyeOf(orbit(front, 100, 0, 900))[0]).toBeLessThan(0);
  const panned = pan(front, 90, 0, 900);
  expect(transformPoint(eyeFromWorld(panned), [0, 0, 0])[0]).toBeGreaterThan(0);
});

test('prediction: steady motion is carried on, rest and jumps are not', () => {
  const turn = quatAboutAxis([0, 1, 0], 0.02);
  const a = { timeMs: 0, position: [0, 0, 0] as Vec3, rotation: NO_TURN };
  const b = { timeMs: 10, position: [0.01, 0, 0] as Vec3, rotation: turn };
  const ahead = carryOn(b, leadOf(a, b, 50));
  near(ahead.position, [0.06, 0, 0]);
  near(ahead.rotation, quatAboutAxis([0, 1, 0], 0.12));
  expect(leadOf(a, b, 500).horizonMs).toBe(HORIZON_MAX_MS);
  expect(leadOf(a, { ...a, timeMs: 10, position: [0.0001, 0, 0] }, 50).horizonMs).toBe(0);
  expect(leadOf(a, { ...a, timeMs: 10, position: [0.5, 0, 0] }, 50).horizonMs).toBe(0);
  expect(leadOf(a, { ...a, timeMs: 500, position: [0.2, 0, 0] }, 50).horizonMs).toBe(0);
});

test('a predicted pose is the pose of the predicted head', () => {
  const b = { timeMs: 10, position: [0.3, 1.6, 0.2] as Vec3, rotation: quatAboutAxis([0, 1, 0], 0.3) };
  const lead = { move: [0.02, 0, 0.01] as Vec3, turn: quatAboutAxis([0, 1, 0], 0.1), horizonMs: 40 };
  const eye: Vec3 = [0.0315, 0, 0];
  const worldFromEye = (head: typeof b): Mat4 =>
    multiply(fromPose(head.rotation, head.position), fromPose(NO_TURN, eye));
  const pose = samplePose({
    tick: 1,
    sampleTimeMs: 10,
    views: [{ eyeFromWorld: invert(worldFromEye(b)), clipFromEye: projection(1, 1, 1, 1) }],
    worldFromTwin: IDENTITY,
    head: b,
    lead,
  });
  near(pose.eyes[0].eyeFromTwin, invert(worldFromEye(carryOn(b, lead))));
  expect(pose.horizonMs).toBe(40);
});

test('the ring gives a pose back by its 24 bits, and never another with the same slot', () => {
  const ring = createPoseRing(16);
  const eye = { eyeFromTwin: IDENTITY, tangents: symmetricTangents(90, 1) };
  const put = (tick: number): void =>
    ring.put({ tick, sampleTimeMs: 0, horizonMs: 0, mono: false, eyes: [eye, eye] });
  put(3);
  put(2 ** 24 + 5);
  expect(ring.findByStrip(3)?.tick).toBe(3);
  expect(ring.findByStrip(5)?.tick).toBe(2 ** 24 + 5);
  expect(ring.findByStrip(19)).toBeNull();
  put(19);
  expect(ring.findByStrip(3)).toBeNull();
});

test('a rotation survives the way through a matrix, with scale', () => {
  const q = quatAboutAxis([0.6, 0, 0.8], 2.2);
  const back = quatOfMatrix(
    multiply(fromPose(q, [1, 2, 3]), [3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 3, 0, 0, 0, 0, 1]),
  );
  near(rotateByQuat(back, [1, 2, 3]), rotateByQuat(q, [1, 2, 3]), 6);
});
