/** The start of a file: preamble, file meta information, and the data set behind it, inflated where it is deflated. */
import { inflateRawSync, constants } from 'node:zlib';
import { numbers, text } from './attributes.ts';
import { DicomError } from './errors.ts';
import { readElements } from './read-elements.ts';
import type { Encoding, ReadElements } from './read-elements.ts';
import { syntaxOf } from './syntax.ts';
import type { Syntax } from './syntax.ts';
import { isVr } from './vr.ts';

export interface OpenedFile {
  /** The bytes that hold the data set: the file's own, or inflated ones. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly transferSyntaxUid: string;
  readonly syntax: Syntax;
  readonly encoding: Encoding;
}

const IMPLICIT_LE = '1.2.840.10008.1.2';
const EXPLICIT_LE = '1.2.840.10008.1.2.1';
/** A deflated data set may have this much beside the image it declares. */
const HEADER_ALLOWANCE = 32 << 20;
const INFLATED_LIMIT = 1 << 30;

const printable = (uid: string): string => uid.replace(/[^\x20-\x7e]/g, '?').slice(0, 64);

/** Throws 'not-dicom', 'truncated', 'unsupported-syntax', 'malformed' or 'too-large'. */
export function openFile(bytes: Uint8Array): OpenedFile {
  if (
    bytes.length < 132 ||
    bytes[128] !== 0x44 ||
    bytes[129] !== 0x49 ||
    bytes[130] !== 0x43 ||
    bytes[131] !== 0x4d
  )
    return openBare(bytes);
  const meta = readElements(bytes, 132, { explicit: true, littleEndian: true, onlyGroup: 2 });
  const uid = text(meta.dataset, '00020010');
  if (uid === '')
    throw meta.end === bytes.length
      ? new DicomError('truncated', 'The file ends before its file meta information is complete.')
      : new DicomError('malformed', 'The file meta information names no transfer syntax.');
  const syntax = syntaxOf(uid);
  if (!syntax)
    throw new DicomError('unsupported-syntax', `Transfer syntax ${printable(uid)} has no decoder here.`);
  if (meta.end === bytes.length)
    throw new DicomError('truncated', 'The file ends after its file meta information.');
  const opened = { bytes, start: meta.end, transferSyntaxUid: uid, syntax, encoding: syntax };
  return syntax.deflated
    ? { ...opened, bytes: inflateDataset(bytes.subarray(meta.end), syntax), start: 0 }
    : opened;
}

/** No preamble: some writers (RTSTRUCT exporters) store the bare data set. It must begin like one. */
function openBare(bytes: Uint8Array): OpenedFile {
  const notDicom = (): never => {
    throw new DicomError(
      'not-dicom',
      'The file is not DICOM: it has no DICM mark and does not start as a data set.',
    );
  };
  if (bytes.length < 132) return notDicom();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = view.getUint16(2, true);
  if (view.getUint16(0, true) !== 8 || element > 0x18) return notDicom();
  const explicit = isVr(String.fromCharCode(bytes[4]!, bytes[5]!));
  if (!explicit && view.getUint32(4, true) > 1024) return notDicom();
  const uid = explicit ? EXPLICIT_LE : IMPLICIT_LE;
  const syntax = syntaxOf(uid)!;
  return { bytes, start: 0, transferSyntaxUid: uid, syntax, encoding: syntax };
}

/** Inflates as much as the image that the data set declares may need, never more: a bomb ends early. */
function inflateDataset(deflated: Uint8Array, encoding: Encoding): Uint8Array {
  if (deflated.length === 0) throw new DicomError('truncated', 'The deflated data set is empty.');
  try {
    return inflateRawSync(deflated, { maxOutputLength: HEADER_ALLOWANCE });
  } catch (error) {
    if (!tooLarge(error)) throw notInflated(error);
  }
  // More than a header: its start says how large the image is.
  let head: ReadElements;
  try {
    const start = inflateRawSync(deflated.subarray(0, 1 << 16), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: 2 * HEADER_ALLOWANCE,
    });
    head = readElements(start, 0, { ...encoding, untilPixelData: true });
  } catch (error) {
    throw new DicomError('too-large', 'The deflated data set inflates to far more than it can hold.', {
      cause: error,
    });
  }
  const first = (tag: string): number => numbers(head.dataset, tag)[0] ?? 1;
  const image =
    first('00280010') * first('00280011') * first('00280002') * first('00280008') * (first('00280100') / 8);
  const limit = Math.min(
    INFLATED_LIMIT,
    HEADER_ALLOWANCE + (Number.isFinite(image) && image > 0 ? image : 0),
  );
  try {
    return inflateRawSync(deflated, { maxOutputLength: Math.ceil(limit) });
  } catch (error) {
    if (!tooLarge(error)) throw notInflated(error);
    throw new DicomError(
      'too-large',
      `The deflated data set inflates to more than ${Math.round(limit / 2 ** 20)} MB, more than its image needs.`,
      { cause: error },
    );
  }
}

const tooLarge = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';

const notInflated = (error: unknown): DicomError =>
  new DicomError('malformed', 'The deflated data set cannot be inflated: it is cut or damaged.', {
    cause: error,
  });
