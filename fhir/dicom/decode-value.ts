/** The bytes of one element to its entry of the DICOM JSON model. */
import type { Decode } from './charset.ts';
import { DicomError, tagName } from './errors.ts';
import type { DicomJsonElement } from './types.ts';
import { ASCII_VRS, BLOB_WORD, NUMBER_WIDTH, SINGLE_TEXT_VRS } from './vr.ts';

/** Blobs longer than this are left in the file: their element has a BulkDataURI that says where. */
export const INLINE_LIMIT = 1 << 20;

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** `bytes` is the value alone. Throws 'malformed' where its length does not fit its VR. */
export function decodeValue(
  tag: string,
  vr: string,
  bytes: Uint8Array,
  littleEndian: boolean,
  decode: Decode,
): DicomJsonElement {
  if (bytes.length === 0) return { vr };
  const width = vr === 'AT' ? 4 : NUMBER_WIDTH[vr];
  if (width !== undefined) {
    if (bytes.length % width !== 0)
      throw new DicomError(
        'malformed',
        `${tagName(tag)} is ${vr}, of ${width} bytes each, and has ${bytes.length} bytes.`,
      );
    return { vr, Value: decodeNumbers(vr, width, bytes, littleEndian) };
  }
  if (vr in BLOB_WORD) return decodeBlob(vr, bytes, littleEndian);
  const text = ASCII_VRS.has(vr) ? trimmed(latin1(bytes)) : trimmed(decode(bytes));
  if (text === '') return { vr };
  if (SINGLE_TEXT_VRS.has(vr)) return { vr, Value: [text] };
  const parts = text.split('\\');
  if (vr === 'DS' || vr === 'IS') return { vr, Value: parts.map(decimal) };
  if (vr === 'PN') return { vr, Value: parts.map(personName) };
  return { vr, Value: parts.map((part) => (part.trim() === '' ? null : vr === 'UC' ? part : part.trim())) };
}

const latin1 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');

/** Padding goes: spaces, and the zeros that some writers put behind any text. */
const trimmed = (text: string): string => {
  let end = text.length;
  while (end > 0 && (text.charCodeAt(end - 1) === 0 || text.charCodeAt(end - 1) === 0x20)) end--;
  return text.slice(0, end);
};

/** What is no number stays text, so that whoever needs a number sees that there is none. */
function decimal(part: string): number | string | null {
  const text = part.trim();
  if (text === '') return null;
  const value = Number(text);
  return DECIMAL.test(text) && Number.isFinite(value) ? value : text;
}

function personName(part: string): Readonly<Record<string, string>> | null {
  const [alphabetic, ideographic, phonetic] = part.split('=').map((group) => group.trim());
  const name = {
    ...(alphabetic ? { Alphabetic: alphabetic } : {}),
    ...(ideographic ? { Ideographic: ideographic } : {}),
    ...(phonetic ? { Phonetic: phonetic } : {}),
  };
  return Object.keys(name).length > 0 ? name : null;
}

function decodeNumbers(
  vr: string,
  width: number,
  bytes: Uint8Array,
  littleEndian: boolean,
): (number | string)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = (at: number): number | string => {
    switch (vr) {
      case 'US':
        return view.getUint16(at, littleEndian);
      case 'SS':
        return view.getInt16(at, littleEndian);
      case 'UL':
        return view.getUint32(at, littleEndian);
      case 'SL':
        return view.getInt32(at, littleEndian);
      case 'FL':
        return view.getFloat32(at, littleEndian);
      case 'FD':
        return view.getFloat64(at, littleEndian);
      case 'UV':
        return wide(view.getBigUint64(at, littleEndian));
      case 'SV':
        return wide(view.getBigInt64(at, littleEndian));
      default: {
        const group = view.getUint16(at, littleEndian).toString(16).padStart(4, '0');
        const element = view
          .getUint16(at + 2, littleEndian)
          .toString(16)
          .padStart(4, '0');
        return (group + element).toUpperCase();
      }
    }
  };
  return Array.from({ length: bytes.length / width }, (_, i) => read(i * width));
}

/** PS3.18 F.2.2: 64-bit numbers that a double cannot hold are strings. */
const wide = (value: bigint): number | string =>
  Number.isSafeInteger(Number(value)) ? Number(value) : String(value);

function decodeBlob(vr: string, bytes: Uint8Array, littleEndian: boolean): DicomJsonElement {
  if (bytes.length > INLINE_LIMIT)
    return { vr, BulkDataURI: `#offset=${bytes.byteOffset}&length=${bytes.length}` };
  const ordered = littleEndian ? bytes : swapWords(bytes, BLOB_WORD[vr]!);
  return {
    vr,
    InlineBinary: Buffer.from(ordered.buffer, ordered.byteOffset, ordered.byteLength).toString('base64'),
  };
}

/** A copy with each word of `width` bytes reversed; what does not fill a word stays as it is. */
export function swapWords(bytes: Uint8Array, width: number): Uint8Array {
  const out = new Uint8Array(bytes);
  const whole = Buffer.from(out.buffer, 0, out.length - (out.length % width));
  if (width === 2) whole.swap16();
  else if (width === 4) whole.swap32();
  else if (width === 8) whole.swap64();
  return out;
}
