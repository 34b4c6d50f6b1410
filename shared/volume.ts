/** What a source holds and what ingest makes of it: the nouns that every folder shares. Plain data. */
import type { Mat4 } from './geometry/mat4.ts';

export type Dims = readonly [columns: number, rows: number, slices: number];
export type Triple = readonly [number, number, number];

/** Voxels are int16 where that holds every rescaled value exactly, float32 otherwise; over SharedArrayBuffer. */
export type VoxelArray = Int16Array | Float32Array;

/** One time point of a volume. */
export interface Phase {
  /** Time after the reference event (R wave, injection), or null where the series has no time. */
  readonly timeMs: number | null;
  /** dims[0]*dims[1]*dims[2] values, x fastest, in `unit`. */
  readonly voxels: VoxelArray;
  /** The instances this phase came from, in slice order. */
  readonly sopInstanceUids: readonly string[];
}

/** A typed voxel grid with its place in the patient. */
export interface Volume {
  /** Stable within its series: '0', '1', ... */
  readonly id: string;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly frameOfReferenceUid: string | null;
  readonly modality: string;
  readonly dims: Dims;
  /** LPS mm from voxel index (centre of voxel at whole numbers); its determinant is positive. */
  readonly lpsFromIndex: Mat4;
  /** Lengths of the columns of `lpsFromIndex`. */
  readonly spacingMm: Triple;
  /** UCUM code or 'HU' for CT, '1' where the values have no unit. */
  readonly unit: string;
  readonly phases: readonly Phase[];
  /** Rescaled value that marks "outside the scan"; masked in rendering, kept in export. */
  readonly paddingValue: number | null;
  /** Centre and width from the file, in `unit`. */
  readonly window: { readonly center: number; readonly width: number } | null;
  /**
   * Positions along k in mm where the slices really lay, when they were not evenly spaced or were resampled:
   * volumes integrate these. Null for an even stack.
   */
  readonly slicePositionsMm: readonly number[] | null;
  /** Index ranges along k [first, last] where no slice exists: drawn as holes, never measured across. */
  readonly holes: readonly (readonly [number, number])[];
  readonly problems: readonly Problem[];
}

export type ProblemCode =
  | 'missing-slices'
  | 'duplicate-slices'
  | 'uneven-spacing'
  | 'gantry-tilt'
  | 'mixed-orientation'
  | 'mixed-phases'
  | 'single-slice'
  | 'source-mismatch'
  | 'patient-mismatch'
  | 'perhaps-more';

/** Something a clinician should know about the data; `text` is a sentence. */
export interface Problem {
  readonly code: ProblemCode;
  readonly text: string;
}

export type SeriesKind =
  | 'volume'
  | 'volume4d'
  | 'image2d'
  | 'localizer'
  | 'mosaic'
  | 'seg'
  | 'rtstruct'
  | 'rtplan'
  | 'rtdose'
  | 'sr'
  | 'pmap'
  | 'mesh'
  | 'other';

export interface VolumeEntry {
  readonly id: string;
  readonly dims: Dims;
  readonly spacingMm: Triple;
  readonly phases: number;
  readonly unit: string;
}

/** One row of a listing: a Series Instance UID and one SOP class of it. */
export interface SeriesEntry {
  readonly seriesInstanceUid: string;
  readonly sopClassUid: string;
  readonly modality: string;
  readonly description: string;
  readonly bodyPart: string;
  readonly instances: number;
  readonly kind: SeriesKind;
  /** Those of the largest volume; null where the series has none. */
  readonly dims: Dims | null;
  readonly spacingMm: Triple | null;
  readonly phases: number | null;
  readonly volumes: readonly VolumeEntry[];
  readonly transferSyntax: string;
  readonly problems: readonly Problem[];
}

export interface StudyEntry {
  readonly studyInstanceUid: string;
  /** DICOM date YYYYMMDD or ''. */
  readonly date: string;
  readonly description: string;
  /** Identifiers: shown to clinicians only, never logged. */
  readonly patient: { readonly name: string; readonly id: string; readonly birthDate: string };
  readonly series: readonly SeriesEntry[];
}

/** Newest first; those of one day, and those without a date at the end, by their UIDs: the same whichever is known first. */
export function newestFirst(
  a: Pick<StudyEntry, 'date' | 'studyInstanceUid'>,
  b: Pick<StudyEntry, 'date' | 'studyInstanceUid'>,
): number {
  if (a.date !== b.date) return a.date < b.date ? 1 : -1;
  return a.studyInstanceUid < b.studyInstanceUid ? -1 : 1;
}

/** One object that could not be used, and why. `object` is a file path or a SOP Instance UID. */
export interface QuarantineRecord {
  readonly object: string;
  readonly reason: string;
}

export interface Listing {
  readonly studies: readonly StudyEntry[];
  readonly quarantine: readonly QuarantineRecord[];
  /** Files that are not DICOM at all, or DICOMDIR. */
  readonly ignored: number;
  /** What is amiss with the listing itself: that the archive may hold more than it gave ('perhaps-more'). */
  readonly problems?: readonly Problem[];
}

/** How far a retrieval or ingest is. Emitted at most every 100 ms and at every change of stage. */
export interface Progress {
  readonly stage: 'generate' | 'discover' | 'retrieve' | 'decode' | 'assemble' | 'prepare';
  readonly instancesDone: number;
  readonly instancesTotal: number | null;
  readonly bytes: number;
  readonly bytesPerSecond: number;
}
