/** DICOM JSON model to a part 10 file: explicit VR little endian, sequences of defined length. */
import { DicomError, tagName } from './errors.ts';
import type { DicomJson, DicomJsonElement } from './types.ts';
import { ASCII_VRS, CHARSET_VRS, LONG_VRS, NUMBER_WIDTH, SINGLE_TEXT_VRS } from './vr.ts';

export const EXPLICIT_LE = '1.2.840.10008.1.2.1';
/** Names this implementation in files it writes (PS3.7 D.3.3.2): made once for this project. */
export const IMPLEMENTATION_CLASS_UID = '2.25.279815318736408862264716018413905317329';
export const IMPLEMENTATION_VERSION_NAME = 'ANTEROOM_1';

export type PixelArray =
  Uint8Array | Int8Array | Uint16Array | Int16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

export interface WriteOptions {
  /** Explicit VR little endian alone is written. */
  readonly transferSyntaxUid?: typeof EXPLICIT_LE;
  /** Stored values of all frames, in this machine's (little endian) order. Borrowed, copied once into the file. */
  readonly pixelData?: PixelArray;
}

/** One element on its way out: its value as bytes, or the items of a sequence. */
interface Encoded {
  readonly tag: string;
  readonly vr: string;
  readonly value: Uint8Array;
  readonly items: readonly (readonly Encoded[])[] | null;
  /** Bytes of the value on disk, even. */
  readonly length: number;
}

const utf8 = new TextEncoder();
const PAD_WITH_ZERO = new Set(['UI', 'OB', 'UN']);

/**
 * A file of `header` (PS3.18 F; group 0002 is made anew, lengths and padding are kept even). Text is written in UTF-8
 * and (0008,0005) says so where it is needed. Throws DicomError 'malformed' for a value its VR cannot hold.
 */
export function writeInstance(header: DicomJson, options: WriteOptions = {}): Uint8Array {
  const sopClass = uidOf(header, '00080016');
  const sopInstance = uidOf(header, '00080018');
  const pixels = options.pixelData ? [pixelElement(header, options.pixelData)] : [];
  const dataset = encodeDataset(withCharset(header), pixels);
  const meta = encodeDataset({
    '00020001': { vr: 'OB', InlineBinary: 'AAE=' },
    '00020002': { vr: 'UI', Value: [sopClass] },
    '00020003': { vr: 'UI', Value: [sopInstance] },
    '00020010': { vr: 'UI', Value: [options.transferSyntaxUid ?? EXPLICIT_LE] },
    '00020012': { vr: 'UI', Value: [IMPLEMENTATION_CLASS_UID] },
    '00020013': { vr: 'SH', Value: [IMPLEMENTATION_VERSION_NAME] },
  });
  const metaLength = sizeOf(meta);
  const group: Encoded = encodeElement('00020000', { vr: 'UL', Value: [metaLength] });
  const out = new Uint8Array(132 + sizeOf([group]) + metaLength + sizeOf(dataset));
  out.set(utf8.encode('DICM'), 128);
  const view = new DataView(out.buffer);
  let at = writeElements(out, view, 132, [group]);
  at = writeElements(out, view, at, meta);
  writeElements(out, view, at, dataset);
  return out;
}

function uidOf(header: DicomJson, tag: string): string {
  const value = header[tag]?.Value?.[0];
  if (typeof value === 'string' && value !== '') return value;
  throw new DicomError('malformed', `The object to be written has no ${tagName(tag)}: give it a UID.`);
}

function pixelElement(header: DicomJson, data: PixelArray): Encoded {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const wide = header['00280100']?.Value?.[0];
  const [tag, vr] =
    data instanceof Float32Array
      ? ['7FE00008', 'OF']
      : data instanceof Float64Array
        ? ['7FE00009', 'OD']
        : ['7FE00010', wide === 8 || wide === 1 ? 'OB' : 'OW'];
  return { tag, vr, value: bytes, items: null, length: even(bytes.length) };
}

/** Declares UTF-8 where any text is not ASCII. */
function withCharset(header: DicomJson): DicomJson {
  const text = JSON.stringify(header);
  if (Buffer.byteLength(text) === text.length) return header;
  return { ...header, '00080005': { vr: 'CS', Value: ['ISO_IR 192'] } };
}

function encodeDataset(dataset: DicomJson, more: readonly Encoded[] = []): Encoded[] {
  const taken = new Set(more.map(({ tag }) => tag));
  const isMeta = '00020010' in dataset && !('00080018' in dataset);
  const elements = Object.entries(dataset)
    .filter(([tag]) => !taken.has(tag) && (isMeta || !tag.startsWith('0002')))
    .map(([tag, element]) => encodeElement(tag, element));
  return [...elements, ...more].sort((a, b) => (a.tag < b.tag ? -1 : 1));
}

function encodeElement(tag: string, element: DicomJsonElement): Encoded {
  if (!/^[0-9A-F]{8}$/.test(tag)) throw new DicomError('malformed', `'${tag}' is no tag of DICOM JSON.`);
  const { vr } = element;
  if (vr === 'SQ') {
    const items = (element.Value ?? []).map((item) => encodeDataset((item ?? {}) as DicomJson));
    const length = items.reduce((sum, item) => sum + 8 + sizeOf(item), 0);
    return { tag, vr, value: new Uint8Array(0), items, length };
  }
  const value = encodeValue(tag, element);
  const length = even(value.length);
  if (length > 0xfffe && !LONG_VRS.has(vr))
    throw new DicomError(
      'malformed',
      `${tagName(tag)} has ${length} bytes, more than its ${vr} may have (65534).`,
    );
  return { tag, vr, value, items: null, length };
}

function encodeValue(tag: string, element: DicomJsonElement): Uint8Array {
  const { vr, Value: values = [] } = element;
  if (element.InlineBinary !== undefined) return Buffer.from(element.InlineBinary, 'base64');
  if (values.length === 0) return new Uint8Array(0);
  if (vr === 'AT') {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, i) => {
      const number = Number.parseInt(String(value), 16);
      view.setUint16(i * 4, number >>> 16, true);
      view.setUint16(i * 4 + 2, number & 0xffff, true);
    });
    return new Uint8Array(view.buffer);
  }
  if (vr in NUMBER_WIDTH) return encodeNumbers(tag, vr, values);
  if (vr === 'PN') return utf8.encode(values.map(personName).join('\\'));
  if (ASCII_VRS.has(vr) || CHARSET_VRS.has(vr)) {
    const texts = values.map((value) => (typeof value === 'number' ? numberText(vr, value) : (value ?? '')));
    if (SINGLE_TEXT_VRS.has(vr) && texts.length > 1)
      throw new DicomError('malformed', `${tagName(tag)} (${vr}) holds one text, not ${texts.length}.`);
    return utf8.encode(texts.join('\\'));
  }
  throw new DicomError('malformed', `${tagName(tag)} has VR '${vr}' with values: it needs InlineBinary.`);
}

function encodeNumbers(tag: string, vr: string, values: readonly unknown[]): Uint8Array {
  const width = NUMBER_WIDTH[vr]!;
  const view = new DataView(new ArrayBuffer(values.length * width));
  values.forEach((value, i) => {
    const at = i * width;
    if (vr === 'UV') return view.setBigUint64(at, BigInt(value as number | string), true);
    if (vr === 'SV') return view.setBigInt64(at, BigInt(value as number | string), true);
    const number = Number(value);
    if (vr === 'FL') return view.setFloat32(at, number, true);
    if (vr === 'FD') return view.setFloat64(at, number, true);
    const [low, high] = vr.startsWith('U')
      ? [0, 2 ** (8 * width)]
      : [-(2 ** (8 * width - 1)), 2 ** (8 * width - 1)];
    if (!Number.isInteger(number) || number < low || number >= high)
      throw new DicomError('malformed', `${tagName(tag)} (${vr}) cannot hold ${number}.`);
    if (width === 2) return view.setUint16(at, number & 0xffff, true);
    return view.setUint32(at, number >>> 0, true);
  });
  return new Uint8Array(view.buffer);
}

/** A decimal string has 16 characters at most: the closest number that fits. */
function numberText(vr: string, value: number): string {
  const plain = String(value);
  if (vr !== 'DS' || plain.length <= 16) return plain;
  for (let digits = 16; digits > 0; digits--) {
    const text = String(Number(value.toPrecision(digits)));
    if (text.length <= 16) return text;
    const exponential = value.toExponential(digits - 1);
    if (exponential.length <= 16) return exponential;
  }
  return plain.slice(0, 16);
}

function personName(value: unknown): string {
  if (typeof value === 'string') return value;
  const name = (value ?? {}) as Readonly<
    Record<'Alphabetic' | 'Ideographic' | 'Phonetic', string | undefined>
  >;
  return [name.Alphabetic, name.Ideographic, name.Phonetic]
    .map((part) => part ?? '')
    .join('=')
    .replace(/=+$/, '');
}

const even = (length: number): number => length + (length & 1);
const headSize = (element: Encoded): number => (LONG_VRS.has(element.vr) ? 12 : 8);
const sizeOf = (elements: readonly Encoded[]): number =>
  elements.reduce((sum, element) => sum + headSize(element) + element.length, 0);

function writeElements(out: Uint8Array, view: DataView, start: number, elements: readonly Encoded[]): number {
  let at = start;
  for (const element of elements) {
    const tag = Number.parseInt(element.tag, 16);
    view.setUint16(at, tag >>> 16, true);
    view.setUint16(at + 2, tag & 0xffff, true);
    out[at + 4] = element.vr.charCodeAt(0);
    out[at + 5] = element.vr.charCodeAt(1);
    if (LONG_VRS.has(element.vr)) view.setUint32(at + 8, element.length, true);
    else view.setUint16(at + 6, element.length, true);
    at += headSize(element);
    if (element.items) at = writeItems(out, view, at, element.items);
    else {
      out.set(element.value, at);
      if (element.value.length & 1) out[at + element.value.length] = PAD_WITH_ZERO.has(element.vr) ? 0 : 0x20;
      at += element.length;
    }
  }
  return at;
}

function writeItems(
  out: Uint8Array,
  view: DataView,
  start: number,
  items: readonly (readonly Encoded[])[],
): number {
  let at = start;
  for (const item of items) {
    view.setUint16(at, 0xfffe, true);
    view.setUint16(at + 2, 0xe000, true);
    view.setUint32(at + 4, sizeOf(item), true);
    at = writeElements(out, view, at + 8, item);
  }
  return at;
}
