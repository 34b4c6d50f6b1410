/** Whether two poses see the same picture: what lets a picture stand for a newer tick without being rendered again. */
import type { EyePose, Pose } from '../../shared/protocol/channel.ts';

/**
 * Rotation and scale entries, tangents: 0.2 mrad. Translation: 0.1 mm. Together they move a point of the twin at
 * half a metre by less than 0.3 mrad: a fifth of a pixel of 640 over 90 degrees.
 */
const TURN_TOLERANCE = 2e-4;
const MOVE_TOLERANCE_M = 1e-4;

function sameEye(a: EyePose, b: EyePose): boolean {
  for (let i = 0; i < 16; i++) {
    const tolerance = i >= 12 && i < 15 ? MOVE_TOLERANCE_M : TURN_TOLERANCE;
    if (Math.abs(a.eyeFromTwin[i]! - b.eyeFromTwin[i]!) > tolerance) return false;
  }
  const [t, u] = [a.tangents, b.tangents];
  return (
    Math.abs(t.left - u.left) <= TURN_TOLERANCE &&
    Math.abs(t.right - u.right) <= TURN_TOLERANCE &&
    Math.abs(t.up - u.up) <= TURN_TOLERANCE &&
    Math.abs(t.down - u.down) <= TURN_TOLERANCE
  );
}

export function sameView(a: Pose, b: Pose): boolean {
  if (a === b) return true;
  if (a.mono !== b.mono || !sameEye(a.eyes[0], b.eyes[0])) return false;
  return a.mono || sameEye(a.eyes[1], b.eyes[1]);
}
