/** Everything that is painted for the chest CT, in order: later paint covers earlier. */
import { abdominalPaints } from './abdominal-organs.ts';
import { bodyPaints } from './body.ts';
import type { Paint } from './fill.ts';
import { greatVesselPaints } from './great-vessels.ts';
import { heartPaints } from './heart.ts';
import { lungPaints } from './lungs.ts';
import { skeletonPaints } from './skeleton.ts';

let still: { readonly under: readonly Paint[]; readonly over: readonly Paint[] } | null = null;
const moving = new Map<number, readonly Paint[]>();

/** What the heart is painted over, and what is painted over the heart. Built once for each thread. */
export const stillParts = (): { readonly under: readonly Paint[]; readonly over: readonly Paint[] } =>
  (still ??= {
    under: [...bodyPaints(), ...abdominalPaints(), ...lungPaints()],
    over: [...greatVesselPaints(), ...skeletonPaints()],
  });

/** The heart contracted by 0..1. */
export function movingPart(contraction: number): readonly Paint[] {
  const known = moving.get(contraction) ?? heartPaints(contraction);
  moving.set(contraction, known);
  return known;
}

/** The patient with the heart contracted by 0..1. */
export function wholePatient(contraction = 0): readonly Paint[] {
  const { under, over } = stillParts();
  return [...under, ...movingPart(contraction), ...over];
}
