/** One pose sample: what each eye sees, in twin space, a little ahead of now and a little wider than the view. */
import { fromPose, invert, multiply, translation, type Mat4 } from '../../shared/geometry/mat4.ts';
import { tangentsFromProjection, widen } from '../../shared/geometry/frustum.ts';
import type { EyePose, Pose } from '../../shared/protocol/channel.ts';
import type { HeadSample, Lead } from './predict.ts';

/** One eye (or the desk's one view) as the display has it now. */
export interface EyeView {
  readonly eyeFromWorld: Mat4;
  readonly clipFromEye: Mat4;
}

/** Wider than the view by this share of each side: what the warp eats when the head turns. */
export const OVERSCAN = 0.08;

/** worldFromWorld that carries everything fixed to the head along with the lead. */
export function leadMatrix(head: HeadSample, lead: Lead): Mat4 {
  const [x, y, z] = head.position;
  const to = [x + lead.move[0], y + lead.move[1], z + lead.move[2]] as const;
  return multiply(fromPose(lead.turn, to), translation([-x, -y, -z]));
}

export function samplePose(sample: {
  readonly tick: number;
  readonly sampleTimeMs: number;
  readonly views: readonly EyeView[];
  readonly worldFromTwin: Mat4;
  /** Both null at a desk: a mouse is not predicted. */
  readonly head: HeadSample | null;
  readonly lead: Lead | null;
}): Pose {
  const { head, lead } = sample;
  const back = head && lead && lead.horizonMs > 0 ? invert(leadMatrix(head, lead)) : null;
  const eyes = sample.views.map((view): EyePose => {
    const eyeFromWorld = back ? multiply(view.eyeFromWorld, back) : view.eyeFromWorld;
    return {
      eyeFromTwin: multiply(eyeFromWorld, sample.worldFromTwin),
      tangents: widen(tangentsFromProjection(view.clipFromEye), OVERSCAN),
    };
  });
  const first = eyes[0];
  if (!first) throw new RangeError('a pose of no eye');
  return {
    tick: sample.tick,
    sampleTimeMs: sample.sampleTimeMs,
    horizonMs: back ? (lead?.horizonMs ?? 0) : 0,
    mono: eyes.length === 1,
    eyes: [first, eyes[1] ?? first],
  };
}
