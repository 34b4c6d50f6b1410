/** What the node tells the start page of its archive: as much of the listing as is known, and how far it is. */
import type { QuarantineRecord, StudyEntry } from '../volume.ts';

//   GET /api/studies                -> StudiesAnswer: what is known; asks the archive anew where that is old
//   GET /api/studies/again          -> the same, and asks the archive anew in any case
//   GET /api/studies/after/<next>   -> StudiesAnswer as soon as there is more than `next` stands for
export interface StudiesAnswer {
  /** The source's label. */
  readonly source: string;
  readonly studies: readonly StudyEntry[];
  /** True: `studies` is all that is known. False: those are to be added to what was answered before. */
  readonly all: boolean;
  readonly quarantine: readonly QuarantineRecord[];
  /** Files that are not DICOM at all, or DICOMDIR. */
  readonly ignored: number;
  /** Null where nothing more is to come. */
  readonly reading: {
    readonly studiesRead: number;
    /** Null where the archive has not said yet how many there are. */
    readonly studiesTotal: number | null;
    /** For the next question. */
    readonly next: string;
  } | null;
  /** Why the reading ended before it was done: what is here is not all. */
  readonly failure: { readonly code: string; readonly text: string } | null;
}
