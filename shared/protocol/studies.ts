/** What the node tells the start page of its archive: as much of the listing as is known, and how far it is. */
import type { Problem, QuarantineRecord, StudyEntry } from '../volume.ts';

//   GET /api/studies                -> StudiesAnswer: what is known; asks the archive anew where that is old
//   GET /api/studies/again          -> the same, and asks the archive anew in any case
//   GET /api/studies/after/<next>   -> StudiesAnswer as soon as there is more than `next` stands for
//   GET /api/studies/more/<more>    -> the same; reads the next so many studies of the archive
//   POST /api/studies/search         StudiesSearch -> the same of the studies that match; goes on by after and more

/** Studies that are read at first, and each time when somebody asks for more. */
export const STUDIES_A_PART = 50;

/** A study as a search names it: what is in its series is not known yet. */
export interface NamedStudy extends Pick<StudyEntry, 'studyInstanceUid' | 'date' | 'description'> {
  /** Null where whoever named it did not say. */
  readonly patient: StudyEntry['patient'] | null;
  readonly modalities: readonly string[];
  readonly series: number | null;
}

/** What somebody typed; read by `readMatching`. */
export interface StudiesSearch {
  readonly text: string;
}

export interface StudiesAnswer {
  /** The source's label. */
  readonly source: string;
  readonly studies: readonly StudyEntry[];
  /** True: `studies` is all that is known. False: those are to be added to what was answered before. */
  readonly all: boolean;
  /** Those that are being read: all of them, in every answer. */
  readonly named: readonly NamedStudy[];
  /** For whoever wants more studies than these; null where there are no more. */
  readonly more: string | null;
  /** False where the archive names studies in an order of its own, so that newer ones than these may come. */
  readonly newestFirst: boolean;
  /** Whether the archive itself can be searched. */
  readonly searchable: boolean;
  readonly quarantine: readonly QuarantineRecord[];
  /** Files that are not DICOM at all, or DICOMDIR. */
  readonly ignored: number;
  /** Where the archive may hold more than it gave; all of them, in every answer. */
  readonly problems?: readonly Problem[];
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
