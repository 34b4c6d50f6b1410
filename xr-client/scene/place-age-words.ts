/** Where words stand in a headset: above the twin, always in view, never in its middle. */
import { add, scale, subtract, type Vec3 } from '../../shared/geometry/mat4.ts';
import type { ShownVolume } from '../../shared/protocol/messages.ts';
import type { Placement } from '../pose/placement.ts';
import type { HeadSample } from '../pose/predict.ts';
import { conjugate, rotateByQuat } from '../pose/quaternion.ts';
import { sidesInTwinM } from '../tools/clip.ts';

const DEGREES = Math.PI / 180;
/** Of the view, seen from where the head points: further out glasses and lenses hide things. */
const ACROSS = 14 * DEGREES;
const UP_OR_DOWN = 20 * DEGREES;
/** Nearer or further the eyes would strain, or the hands reach through. */
const [NEAREST_M, FURTHEST_M] = [0.5, 2];

const clamp = (value: number, limit: number): number => Math.min(limit, Math.max(-limit, value));

/** The place over the twin, world space, metres; where there is none yet, over where one of half a metre would stand. */
export function aboveTwin(volume: ShownVolume | null, placement: Placement): Vec3 {
  const reach = volume ? (Math.max(...sidesInTwinM(volume)) / 2) * placement.scale : 0.25;
  return add(placement.position, [0, reach + 0.13, 0]);
}

/**
 * `above` is the place over the twin, in world space, metres. Where that is out of view, the words stay at the edge
 * nearest to it. `size`: metres of plate for each metre at 1 m, so that words are equally large at any distance.
 */
export function placeAgeWords(head: HeadSample, above: Vec3): { readonly at: Vec3; readonly size: number } {
  const [x, y, z] = rotateByQuat(conjugate(head.rotation), subtract(above, head.position));
  const across = clamp(Math.atan2(x, -z), ACROSS);
  const up = clamp(Math.atan2(y, Math.hypot(x, z)), UP_OR_DOWN);
  const size = Math.min(FURTHEST_M, Math.max(NEAREST_M, Math.hypot(x, y, z)));
  const way: Vec3 = [Math.cos(up) * Math.sin(across), Math.sin(up), -Math.cos(up) * Math.cos(across)];
  return { at: add(head.position, rotateByQuat(head.rotation, scale(way, size))), size };
}
