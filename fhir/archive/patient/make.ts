/** The work of making the patient, in pieces that threads may share in any order. */
import type { DicomJson } from '../../dicom/index.ts';
import { cardiacSlices } from './cardiac-ct.ts';
import { chestSlices } from './chest-ct.ts';
import { COMPONENTS, flowObjects } from './flow-mr.ts';
import { cardiacGrid, chestGrid, flowGrid } from './grids.ts';
import { PHASES } from './heart.ts';
import type { PatientSize } from './identity.ts';

export interface MadeInstance {
  readonly file: string;
  /** Without pixels. */
  readonly header: DicomJson;
  readonly pixels: Uint16Array | Int16Array;
}

/** Slices k0..k1-1: of the heart in all its phases; all objects of the flow. */
export interface Piece {
  readonly series: 'chest' | 'cardiac' | 'flow';
  readonly size: PatientSize;
  readonly k0: number;
  readonly k1: number;
  readonly instances: number;
}

function slabs(
  series: 'chest' | 'cardiac',
  size: PatientSize,
  slices: number,
  each: number,
  phases = 1,
): Piece[] {
  return Array.from({ length: Math.ceil(slices / each) }, (_, i): Piece => {
    const k1 = Math.min(slices, (i + 1) * each);
    return { series, size, k0: i * each, k1, instances: (k1 - i * each) * phases };
  });
}

/** Long pieces first, so that threads end together. */
export function listPieces(size: PatientSize): Piece[] {
  return [
    { series: 'flow', size, k0: 0, k1: flowGrid(size).dims[2], instances: COMPONENTS.length },
    ...slabs('cardiac', size, cardiacGrid(size).dims[2], 8, PHASES),
    ...slabs('chest', size, chestGrid(size).dims[2], 8),
  ];
}

export function makePiece({ series, size, k0, k1 }: Piece): Iterable<MadeInstance> {
  if (series === 'chest') return chestSlices(size, k0, k1);
  return series === 'cardiac' ? cardiacSlices(size, k0, k1) : flowObjects(size, [...COMPONENTS.keys()]);
}
