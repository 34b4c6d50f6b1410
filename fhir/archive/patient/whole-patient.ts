/** Everything that is painted for the chest CT, in order: later paint covers earlier. */
import { abdominalPaints } from './abdominal-organs.ts';
import { bodyPaints } from './body.ts';
import type { Paint } from './fill.ts';
import { greatVesselPaints } from './great-vessels.ts';
import { heartPaints } from './heart.ts';
import { lungPaints } from './lungs.ts';
import { skeletonPaints } from './skeleton.ts';

const still = { before: null as readonly Paint[] | null, after: null as readonly Paint[] | null };
const phases = new Map<number, readonly Paint[]>();

/** The patient with the heart contracted by 0..1. What does not move is built once for each thread. */
export function wholePatient(contraction = 0): readonly Paint[] {
  still.before ??= [...bodyPaints(), ...abdominalPaints(), ...lungPaints()];
  still.after ??= [...greatVesselPaints(), ...skeletonPaints()];
  const known = phases.get(contraction);
  if (known) return known;
  const made = [...still.before, ...heartPaints(contraction), ...still.after];
  phases.set(contraction, made);
  return made;
}
