/** What a source is, and what opening a series gives. Three sources, one interface, one ingest. */
import type { InstanceHeader } from '../../fhir/dicom/types.ts';
import type { StudyMatching } from '../../shared/protocol/matching.ts';
import type { NamedStudy } from '../../shared/protocol/studies.ts';
import type {
  Listing,
  Problem,
  Progress,
  QuarantineRecord,
  StudyEntry,
  Volume,
} from '../../shared/volume.ts';

export type ProgressSink = (progress: Progress) => void;
export interface FlowOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ProgressSink | undefined;
}

/** One study of a listing that is still being read. */
export interface ListedStudy {
  /** Null where the study gave no row but only records. */
  readonly study: StudyEntry | null;
  readonly quarantine: readonly QuarantineRecord[];
  /** Studies read by now, this one among them, and how many there are. */
  readonly read: number;
  readonly total: number;
}

export interface WalkOptions extends FlowOptions {
  /** Studies to read on this way. */
  readonly most: number;
  /** Called with those of them that are named and not read yet, each time when these are others. */
  readonly onNamed?: ((studies: readonly NamedStudy[]) => void) | undefined;
  /** Called with each study as it is read, in order. */
  readonly onStudy?: ((step: Pick<ListedStudy, 'study' | 'quarantine'>) => void) | undefined;
  /** Called with records of studies that are named and cannot be had. */
  readonly onUnplaced?: ((records: readonly QuarantineRecord[]) => void) | undefined;
}

/** A way through a large archive, newest first, as far as somebody asks. */
export interface StudyWalk {
  /** False where the server names studies in an order of its own: newer ones may come later. */
  sorted(): boolean;
  /** Where the archive may hold more than it gave so far. */
  problems(): readonly Problem[];
  /**
   * Reads the next studies; resolves to whether there are more. Aborted or failed, what was handed over counts, and
   * the next call goes on behind it. One call at a time.
   */
  next(options: WalkOptions): Promise<boolean>;
}

export interface ListOptions extends FlowOptions {
  /** Decode every object too. */
  readonly verify?: boolean;
  /** Called with each study as it is known, newest first. A folder, which is read as a whole, calls it not at all. */
  readonly onStudy?: ((step: ListedStudy) => void) | undefined;
  /** Only this study; an empty listing where it is not there. */
  readonly studyInstanceUid?: string | undefined;
  /** Stop after so many studies of an archive, whichever it names first. A folder lists all it has. */
  readonly most?: number | undefined;
}

/** One stored object on its way in. `object` names it in quarantine: a path or a SOP Instance UID. */
export interface RetrievedObject {
  readonly object: string;
  readonly bytes: Uint8Array;
  /** A sentence for quarantine where the source could not hand this object over; `bytes` is then empty. */
  readonly failure?: string;
  /** These are the very bytes that `headers` read: they need no second look at where they belong. */
  readonly asListed?: boolean;
}

export interface SeriesHeaders {
  readonly instances: readonly (InstanceHeader & { readonly object: string })[];
  readonly quarantine: readonly QuarantineRecord[];
  /** What the source itself says amiss (FHIR and DICOM disagree, say). */
  readonly problems: readonly Problem[];
}

export interface Source extends AsyncDisposable {
  /** For people: 'embedded patient', a folder's name, a host. Never holds credentials. */
  readonly label: string;
  /** Studies and series by metadata; a folder has read its headers for it. `verify` decodes every object too. */
  list(options?: ListOptions): Promise<Listing>;
  /**
   * The same a part at a time, for those that may be large; a folder is listed as a whole. Only studies of `matching`
   * where it is given, which not every source can do: `searchable`.
   */
  walk?(matching?: StudyMatching): StudyWalk;
  readonly searchable?: boolean;
  /**
   * Study Instance UIDs of the studies that hold this series, where the source can say so without a listing; null
   * where it cannot, and absent where it never can.
   */
  studiesOf?(seriesInstanceUid: string, options?: FlowOptions): Promise<readonly string[] | null>;
  /** Headers of one series, enough to plan its volumes. Rejects with SourceError where it is not there. */
  headers(studyInstanceUid: string, seriesInstanceUid: string, options?: FlowOptions): Promise<SeriesHeaders>;
  /**
   * The stored bytes of a series' objects, in any order, as they arrive. Breaking out of the loop or aborting stops
   * the transfer. `only`, where given, limits it to these SOP Instance UIDs.
   */
  retrieve(
    studyInstanceUid: string,
    seriesInstanceUid: string,
    options?: FlowOptions & { readonly only?: readonly string[] },
  ): AsyncIterable<RetrievedObject>;
}

/** Everything that could be made of one series. */
export interface OpenedSeries {
  readonly volumes: readonly Volume[];
  readonly problems: readonly Problem[];
  readonly quarantine: readonly QuarantineRecord[];
  /** Milliseconds per stage, for benches and the log. */
  readonly timings: Readonly<Record<string, number>>;
}

export type SourceErrorCode =
  | 'unreachable'
  | 'unauthorized'
  | 'tls'
  | 'not-found'
  | 'no-endpoint'
  | 'no-pixels'
  | 'empty'
  | 'cut-short'
  | 'bad-answer'
  | 'bad-source'
  | 'aborted';

/** `message` says what was tried, what happened and what to do. */
export class SourceError extends Error {
  readonly code: SourceErrorCode;
  constructor(code: SourceErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'SourceError';
    this.code = code;
  }
}
