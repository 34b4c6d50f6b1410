/** How the head moves in benches and tests. */
import type { EyePose, Pose } from '../../../shared/protocol/channel.ts';
import { multiply, translation, type Mat4 } from '../../../shared/geometry/mat4.ts';

/** With the distance below, a chest fills the eye. */
const tangents = { left: 0.5, right: 0.5, up: 0.5, down: 0.5 };
/** Half the distance between the eyes. */
const HALF_IPD_M = 0.0315;
const DISTANCE_M = 0.6;

/** The head's x is the code in millimetres: far more between two poses than any tolerance. */
export function jumpingPose(tick: number, code: number, sampleTimeMs: number): Pose {
  const eye: EyePose = {
    eyeFromTwin: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, code / 1000, 0, -0.6, 1],
    tangents,
  };
  return { tick, sampleTimeMs, horizonMs: 0, mono: false, eyes: [eye, eye] };
}

/** A seeded walk of codes; every fourth second the head rests for half a second at 60 Hz. */
export function nextCode(tick: number, before: number): number {
  if (tick % 240 > 210) return before;
  return (before + 1 + (Math.imul(tick, 2654435761) >>> 22)) & 0xfff;
}

/** Around a twin in front of the head: 25 degrees to each side and 3 cm up and down, in five seconds; ms of motion. */
export function orbitPose(tick: number, motionMs: number, sampleTimeMs: number): Pose {
  const phase = (2 * Math.PI * motionMs) / 5000;
  const angle = (25 * Math.PI * Math.sin(phase)) / 180;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turn: Mat4 = [c, 0, -s, 0, 0, 1, 0, 0, s, 0, c, 0, 0, 0, 0, 1];
  const eye = (x: number): EyePose => ({
    eyeFromTwin: multiply(translation([x, 0.03 * Math.sin(2 * phase), -DISTANCE_M]), turn),
    tangents,
  });
  return { tick, sampleTimeMs, horizonMs: 0, mono: false, eyes: [eye(HALF_IPD_M), eye(-HALF_IPD_M)] };
}
