/** The work of making the patient, in pieces that threads may share in any order. */
import type { DicomJson } from '../../dicom/index.ts';
import { cardiacSlices } from './cardiac-ct.ts';
import { chestSlices } from './chest-ct.ts';
import { COMPONENTS, flowObjects } from './flow-mr.ts';
import type { Piece } from './pieces.ts';

export interface MadeInstance {
  readonly file: string;
  /** Without pixels. */
  readonly header: DicomJson;
  readonly pixels: Uint16Array | Int16Array;
}

export function makePiece({ series, size, k0, k1 }: Piece): Iterable<MadeInstance> {
  if (series === 'chest') return chestSlices(size, k0, k1);
  return series === 'cardiac' ? cardiacSlices(size, k0, k1) : flowObjects(size, [...COMPONENTS.keys()]);
}
