/**
 * Where the head will be when the picture is seen: the last motion carried on. What is predicted is also what is
 * kept in the ring, so a wrong guess costs warp, never truth. A head at rest is not predicted at all: tremor carried
 * on would keep the picture from converging.
 */
import { add, length, scale, subtract, type Quat, type Vec3 } from '../../shared/geometry/mat4.ts';
import { conjugate, multiplyQuat, normalizeQuat, quatAboutAxis } from './quaternion.ts';

export interface HeadSample {
  readonly timeMs: number;
  readonly position: Vec3;
  readonly rotation: Quat;
}

export const HORIZON_MAX_MS = 80;
const REST_M_PER_S = 0.03;
const REST_RAD_PER_S = 0.06;
/** Faster than any neck: a jump (recentring, lost tracking), not a motion. */
const JUMP_M_PER_S = 4;
const JUMP_RAD_PER_S = 12;

/** The change to apply to the newest sample: a move, and a turn from the left. */
export interface Lead {
  readonly move: Vec3;
  readonly turn: Quat;
  readonly horizonMs: number;
}

export const NO_LEAD: Lead = { move: [0, 0, 0], turn: [0, 0, 0, 1], horizonMs: 0 };

export function leadOf(before: HeadSample, now: HeadSample, horizonMs: number): Lead {
  const dt = now.timeMs - before.timeMs;
  if (dt <= 0 || dt > 100) return NO_LEAD;
  const ahead = Math.min(Math.max(horizonMs, 0), HORIZON_MAX_MS);
  const step = subtract(now.position, before.position);
  let turn = multiplyQuat(now.rotation, conjugate(before.rotation));
  if (turn[3] < 0) turn = [-turn[0], -turn[1], -turn[2], -turn[3]];
  const sine = Math.hypot(turn[0], turn[1], turn[2]);
  const angle = 2 * Math.atan2(sine, turn[3]);
  const [speed, spin] = [(length(step) / dt) * 1000, (angle / dt) * 1000];
  if (speed > JUMP_M_PER_S || spin > JUMP_RAD_PER_S) return NO_LEAD;
  const moves = speed > REST_M_PER_S;
  const turns = spin > REST_RAD_PER_S;
  if (!moves && !turns) return NO_LEAD;
  return {
    move: moves ? scale(step, ahead / dt) : [0, 0, 0],
    turn:
      turns && sine > 1e-9
        ? quatAboutAxis([turn[0] / sine, turn[1] / sine, turn[2] / sine], (angle * ahead) / dt)
        : [0, 0, 0, 1],
    horizonMs: ahead,
  };
}

/** The sample after the lead. */
export function carryOn(sample: HeadSample, lead: Lead): HeadSample {
  return {
    timeMs: sample.timeMs + lead.horizonMs,
    position: add(sample.position, lead.move),
    rotation: normalizeQuat(multiplyQuat(lead.turn, sample.rotation)),
  };
}
