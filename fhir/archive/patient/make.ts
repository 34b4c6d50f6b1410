/** The work of making the patient, in pieces that threads may share in any order. */
import type { DicomJson } from '../../dicom/index.ts';
import { cardiacSlices } from './cardiac-ct.ts';
import { chestSlices } from './chest-ct.ts';
import { COMPONENTS, flowObject } from './flow-mr.ts';
import { cardiacGrid, chestGrid } from './grids.ts';
import { PHASES } from './heart.ts';
import type { PatientSize } from './identity.ts';

export interface MadeInstance {
  readonly file: string;
  /** Without pixels. */
  readonly header: DicomJson;
  readonly pixels: Uint16Array | Int16Array;
}

/** Slices k0..k1-1 of one phase; of the flow, the object of one component (`phase`). */
export interface Piece {
  readonly series: 'chest' | 'cardiac' | 'flow';
  readonly size: PatientSize;
  readonly phase: number;
  readonly k0: number;
  readonly k1: number;
  readonly instances: number;
}

const SLAB = 8;
function slabs(series: 'chest' | 'cardiac', size: PatientSize, phase: number, slices: number): Piece[] {
  return Array.from({ length: Math.ceil(slices / SLAB) }, (_, i): Piece => {
    const k1 = Math.min(slices, (i + 1) * SLAB);
    return { series, size, phase, k0: i * SLAB, k1, instances: k1 - i * SLAB };
  });
}

/** Long pieces first, so that threads end together. */
export function listPieces(size: PatientSize): Piece[] {
  return [
    ...COMPONENTS.map((_, c): Piece => ({ series: 'flow', size, phase: c, k0: 0, k1: 0, instances: 1 })),
    ...slabs('chest', size, 0, chestGrid(size).dims[2]),
    ...Array.from({ length: PHASES }, (_, p) => slabs('cardiac', size, p, cardiacGrid(size).dims[2])).flat(),
  ];
}

export function makePiece({ series, size, phase, k0, k1 }: Piece): Iterable<MadeInstance> {
  if (series === 'chest') return chestSlices(size, k0, k1);
  return series === 'cardiac' ? cardiacSlices(size, phase, k0, k1) : flowObject(size, phase);
}
