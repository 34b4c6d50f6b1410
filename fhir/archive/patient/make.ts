/** The work of making the patient, in pieces that threads may share in any order. */
import { cardiacSlices } from './cardiac-ct.ts';
import { chestSlices } from './chest-ct.ts';
import { COMPONENTS, flowObjects } from './flow-mr.ts';
import type { MadeInstance, Piece } from './pieces.ts';

export function makePiece({ series, size, k0, k1 }: Piece): Iterable<MadeInstance> {
  if (series === 'chest') return chestSlices(size, k0, k1);
  return series === 'cardiac' ? cardiacSlices(size, k0, k1) : flowObjects(size, [...COMPONENTS.keys()]);
}
