/** Everything that is painted for the chest CT, in order: later paint covers earlier. */
import { bodyPaints } from './body.ts';
import type { Paint } from './fill.ts';
import { skeletonPaints } from './skeleton.ts';

let made: readonly Paint[] | null = null;

/** Built once for each thread. */
export function wholePatient(): readonly Paint[] {
  made ??= [...bodyPaints(), ...skeletonPaints()];
  return made;
}
