/** The pieces of work and what each makes, told without loading the anatomy: who only serves the patient need not build it. */
import type { DicomJson } from '../../dicom/index.ts';
import { cardiacGrid, chestGrid, flowGrid } from './grids.ts';
import { PHASES } from './heart.ts';
import type { PatientSize } from './identity.ts';

/** One magnitude and three velocities. */
const FLOW_OBJECTS = 4;

/** One object of the patient, as a thread makes it. */
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
    { series: 'flow', size, k0: 0, k1: flowGrid(size).dims[2], instances: FLOW_OBJECTS },
    ...slabs('cardiac', size, cardiacGrid(size).dims[2], 8, PHASES),
    ...slabs('chest', size, chestGrid(size).dims[2], 8),
  ];
}
