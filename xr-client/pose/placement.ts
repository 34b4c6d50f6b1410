/** Where this viewer has put the twin: its own, never shared. */
import {
  add,
  fromPose,
  length,
  multiply,
  normalize,
  scale,
  scaling,
  subtract,
  transformPoint,
  invert,
  type Mat4,
  type Quat,
  type Vec3,
} from '../../shared/geometry/mat4.ts';
import { multiplyQuat, rotateByQuat, quatAboutAxis, quatBetween, normalizeQuat } from './quaternion.ts';

/** Rigid, and one scale: 1 is true size. Metres. */
export interface Placement {
  readonly position: Vec3;
  readonly rotation: Quat;
  readonly scale: number;
}

/** A hand or device in the world. */
export interface Grip {
  readonly position: Vec3;
  readonly rotation: Quat;
}

export const FITTED_M = 0.5;
export const AHEAD_M = 0.9;
/** From the eyes down to the chest. */
export const CHEST_BELOW_EYES_M = 0.35;
const SCALE_MIN = 0.02;
const SCALE_MAX = 20;

export const clampScale = (value: number): number => Math.min(SCALE_MAX, Math.max(SCALE_MIN, value));

export function worldFromTwin(p: Placement): Mat4 {
  return multiply(fromPose(p.rotation, p.position), scaling(p.scale));
}

/** Scale that fits the longest side (metres at true size) into half a metre. */
export const fittedScale = (longestSideM: number): number =>
  clampScale(FITTED_M / Math.max(longestSideM, 1e-3));

/**
 * Upright, 0.9 m ahead of the head along the floor, at chest height, its front (+z of twin space) towards the head.
 * `worldFromHead` looks along its own -z.
 */
export function placeBefore(worldFromHead: Mat4, longestSideM: number): Placement {
  const head: Vec3 = [worldFromHead[12]!, worldFromHead[13]!, worldFromHead[14]!];
  let ahead: Vec3 = [-worldFromHead[8]!, 0, -worldFromHead[10]!];
  // Looking straight up or down: the head's own up or down says where ahead is.
  if (length(ahead) < 0.1) ahead = [worldFromHead[4]!, 0, worldFromHead[6]!];
  ahead = length(ahead) < 1e-6 ? [0, 0, -1] : normalize(ahead);
  const position = add(head, [ahead[0] * AHEAD_M, -CHEST_BELOW_EYES_M, ahead[2] * AHEAD_M]);
  // Yaw that takes +z to -ahead.
  const yaw = Math.atan2(-ahead[0], -ahead[2]);
  return {
    position: [position[0], Math.max(position[1], 0.5), position[2]],
    rotation: quatAboutAxis([0, 1, 0], yaw),
    scale: fittedScale(longestSideM),
  };
}

/** Held by one hand: moves and turns as the hand does. */
export function moveWithGrip(start: Placement, from: Grip, to: Grip): Placement {
  const turn = multiplyQuat(to.rotation, [
    -from.rotation[0],
    -from.rotation[1],
    -from.rotation[2],
    from.rotation[3],
  ]);
  const offset = rotateByQuat(turn, subtract(start.position, from.position));
  return {
    position: add(to.position, offset),
    rotation: normalizeQuat(multiplyQuat(turn, start.rotation)),
    scale: start.scale,
  };
}

/** Held by both hands: the middle moves it, the line between them turns it, its length scales it. */
export function moveWithBothGrips(
  start: Placement,
  from: readonly [Vec3, Vec3],
  to: readonly [Vec3, Vec3],
): Placement {
  const middle = (pair: readonly [Vec3, Vec3]): Vec3 => scale(add(pair[0], pair[1]), 0.5);
  const before = subtract(from[1], from[0]);
  const after = subtract(to[1], to[0]);
  const factor = clampScale((start.scale * length(after)) / Math.max(length(before), 0.01)) / start.scale;
  const turn = quatBetween(before, after);
  const offset = scale(rotateByQuat(turn, subtract(start.position, middle(from))), factor);
  return {
    position: add(middle(to), offset),
    rotation: normalizeQuat(multiplyQuat(turn, start.rotation)),
    scale: start.scale * factor,
  };
}

/** The same size change with the point `fixedWorld` staying where it is. */
export function scaleAbout(p: Placement, fixedWorld: Vec3, scaleTo: number): Placement {
  const next = clampScale(scaleTo);
  const k = next / p.scale;
  return { ...p, scale: next, position: add(fixedWorld, scale(subtract(p.position, fixedWorld), k)) };
}

/** A world position and direction in twin space. */
export function intoTwin(p: Placement, world: Vec3): Vec3 {
  return transformPoint(invert(worldFromTwin(p)), world);
}
