/**
 * The header of an instance is the DICOM JSON model (PS3.18 F): what `/metadata` answers and what a file parses to
 * are one thing, so planning never cares where a header came from.
 */
export interface DicomJsonElement {
  readonly vr: string;
  readonly Value?: readonly unknown[];
  readonly BulkDataURI?: string;
  readonly InlineBinary?: string;
}
/** Keys are eight upper-case hex digits: '0020000D'. */
export type DicomJson = Readonly<Record<string, DicomJsonElement>>;

/** What every object of an archive has; `header` has no pixel data. */
export interface InstanceHeader {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  /** '' where the source did not say (an archive's /metadata often leaves it out). */
  readonly transferSyntaxUid: string;
  readonly header: DicomJson;
}

/** Sizes and layout of an image's stored values. */
export interface PixelLayout {
  readonly rows: number;
  readonly columns: number;
  readonly frames: number;
  readonly samplesPerPixel: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  readonly photometric: string;
  readonly planar: boolean;
}

/** Stored values of one frame, colour interleaved by pixel, no rescale, no windowing. */
export interface DecodedFrame {
  readonly layout: PixelLayout;
  readonly data:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | Float32Array
    | Float64Array;
}

/** One file read: its header, and its frames still as stored. */
export interface ParsedInstance extends InstanceHeader {
  /** Null where the object holds no image. */
  readonly layout: PixelLayout | null;
  /** Where the values lie: '7FE00010', or '7FE00008' (float), '7FE00009' (double); null where there are none. */
  readonly pixelTag: string | null;
  /** Little endian, also from a big endian file. Bytes of one coded or native frame: views of the file, never copies where one fragment holds the frame. */
  frame(index: number): Uint8Array;
}

/** Why an object was refused: `message` is the sentence that goes to quarantine. */
export type DicomErrorCode =
  | 'not-dicom'
  | 'truncated'
  | 'malformed'
  | 'too-deep'
  | 'unsupported-syntax'
  | 'bad-image'
  | 'bad-geometry'
  | 'codec'
  | 'too-large';
