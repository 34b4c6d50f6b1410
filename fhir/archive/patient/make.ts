/** The work of making the patient, in pieces that threads may share in any order. */
import type { DicomJson } from '../../dicom/index.ts';
import { chestSlices } from './chest-ct.ts';
import { chestGrid } from './grids.ts';
import type { PatientSize } from './identity.ts';

export interface MadeInstance {
  readonly file: string;
  /** Without pixels. */
  readonly header: DicomJson;
  readonly pixels: Uint16Array | Int16Array;
}

/** Slices k0..k1-1 of a series. */
export interface Piece {
  readonly series: 'chest';
  readonly size: PatientSize;
  readonly phase: number;
  readonly k0: number;
  readonly k1: number;
  readonly instances: number;
}

export function listPieces(size: PatientSize): Piece[] {
  const pieces: Piece[] = [];
  const slices = chestGrid(size).dims[2];
  for (let k0 = 0; k0 < slices; k0 += 8) {
    const k1 = Math.min(slices, k0 + 8);
    pieces.push({ series: 'chest', size, phase: 0, k0, k1, instances: k1 - k0 });
  }
  return pieces;
}

export function makePiece(piece: Piece): Iterable<MadeInstance> {
  return chestSlices(piece.size, piece.k0, piece.k1);
}
