/**
 * A data set's elements, strictly: one pass, a stack of its own instead of recursion, every length checked against
 * what encloses it before a byte of the value is touched. Strict on purpose: what lies about its structure may lie
 * about its picture. Source: PS3.5 7.
 */
import { charsetDecoder } from './charset.ts';
import type { Decode } from './charset.ts';
import { decodeValue } from './decode-value.ts';
import { dictionaryVr } from './dictionary.ts';
import { DicomError, tagName } from './errors.ts';
import type { DicomJsonElement } from './types.ts';
import { isVr, LONG_VRS } from './vr.ts';

/** Sequences within sequences, at most. */
export const DEPTH_LIMIT = 64;
const UNDEFINED = 0xffffffff;
const ITEM = 'FFFEE000';
const ITEM_END = 'FFFEE00D';
const SEQUENCE_END = 'FFFEE0DD';

export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** Where the pixel data lie. `fragments` is null for native data; its first entry is the basic offset table. */
export interface PixelSpan extends Span {
  readonly tag: string;
  readonly vr: string;
  readonly fragments: readonly Span[] | null;
}

export type Dataset = Record<string, DicomJsonElement>;

export interface ReadElements {
  readonly dataset: Dataset;
  readonly pixels: PixelSpan | null;
  /** Where reading ended. */
  readonly end: number;
}

export interface Encoding {
  readonly littleEndian: boolean;
  readonly explicit: boolean;
}

export interface ReadElementsOptions extends Encoding {
  /** Ends at the first group that is not this one (file meta information). */
  readonly onlyGroup?: number;
  /** Ends at the pixel data, whose length may lie beyond `bytes`. */
  readonly untilPixelData?: boolean;
}

interface Level {
  readonly kind: 'dataset' | 'sequence';
  /** The tag it belongs to, for sentences. */
  readonly tag: string;
  readonly end: number;
  /** Of undefined length: ends with its delimiter. */
  readonly open: boolean;
  readonly explicit: boolean;
  readonly decode: Decode;
  readonly dataset: Dataset;
  readonly items: Dataset[];
}

const hex = (n: number): string => n.toString(16).toUpperCase().padStart(4, '0');
const PIXEL_TAGS = new Set(['7FE00008', '7FE00009', '7FE00010']);

/** Throws DicomError 'truncated', 'malformed' or 'too-deep'. */
export function readElements(bytes: Uint8Array, start: number, options: ReadElementsOptions): ReadElements {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = options.littleEndian;
  const root: Level = {
    kind: 'dataset',
    tag: '',
    end: bytes.length,
    open: false,
    explicit: options.explicit,
    decode: charsetDecoder([]),
    dataset: {},
    items: [],
  };
  const stack: { level: Level; decode: Decode }[] = [{ level: root, decode: root.decode }];
  let pixels = null as PixelSpan | null;
  let signed = false;
  let at = start;

  const need = (count: number, level: Level, what: string): void => {
    if (at + count <= level.end) return;
    if (level.end === bytes.length)
      throw new DicomError('truncated', `The file ends inside ${what} (at byte ${bytes.length}).`);
    throw new DicomError(
      'malformed',
      `${what[0]!.toUpperCase()}${what.slice(1)} runs over the end of the ${level.kind === 'sequence' ? 'sequence' : 'item'} it is in, ${tagName(level.tag)}.`,
    );
  };
  const readTag = (): string => hex(view.getUint16(at, little)) + hex(view.getUint16(at + 2, little));
  const push = (level: Level): void => {
    if (stack.length > 2 * DEPTH_LIMIT)
      throw new DicomError('too-deep', `Sequences are nested more than ${DEPTH_LIMIT} deep.`);
    stack.push({ level, decode: level.decode });
  };
  const openSequence = (
    tag: string,
    length: number,
    parent: Level,
    decode: Decode,
    explicit: boolean,
  ): void => {
    const items: Dataset[] = [];
    parent.dataset[tag] = { vr: 'SQ', Value: items };
    const open = length === UNDEFINED;
    const end = open ? parent.end : at + length;
    push({ kind: 'sequence', tag, end, open, explicit, decode, dataset: {}, items });
  };

  for (;;) {
    const top = stack.at(-1)!;
    const { level } = top;
    if (at === level.end) {
      if (level.open)
        throw new DicomError(
          level.end === bytes.length ? 'truncated' : 'malformed',
          `${level.kind === 'sequence' ? 'Sequence' : 'An item of'} ${tagName(level.tag)} is never closed.`,
        );
      stack.pop();
      if (stack.length === 0) return { dataset: root.dataset, pixels, end: at };
      continue;
    }
    if (level.kind === 'sequence') {
      need(8, level, `an item of ${tagName(level.tag)}`);
      const tag = readTag();
      const length = view.getUint32(at + 4, little);
      at += 8;
      if (tag === SEQUENCE_END && level.open && length === 0) stack.pop();
      else if (tag === ITEM) {
        const open = length === UNDEFINED;
        if (!open) need(length, level, `an item of ${tagName(level.tag)}, of ${length} bytes,`);
        const dataset: Dataset = {};
        level.items.push(dataset);
        const end = open ? level.end : at + length;
        push({ ...level, kind: 'dataset', end, open, decode: top.decode, dataset, items: [] });
      } else
        throw new DicomError(
          'malformed',
          `Sequence ${tagName(level.tag)} holds ${tagName(tag)} where an item should be.`,
        );
      continue;
    }

    need(level === root && options.onlyGroup !== undefined ? 2 : 8, level, 'the head of an element');
    if (options.onlyGroup !== undefined && view.getUint16(at, little) !== options.onlyGroup)
      return { dataset: root.dataset, pixels, end: at };
    need(8, level, 'the head of an element');
    const tag = readTag();
    if (tag === ITEM_END && level.open && view.getUint32(at + 4, little) === 0) {
      at += 8;
      stack.pop();
      continue;
    }
    if (tag.startsWith('FFFE') || tag.startsWith('0000'))
      throw new DicomError('malformed', `${tagName(tag)} stands where an element should be.`);
    if (tag in level.dataset || (level === root && pixels?.tag === tag))
      throw new DicomError('malformed', `${tagName(tag)} is there twice.`);

    let vr: string;
    let length: number;
    at += 4;
    if (level.explicit) {
      vr = String.fromCharCode(bytes[at]!, bytes[at + 1]!);
      if (!isVr(vr))
        throw new DicomError(
          'malformed',
          `${tagName(tag)} has bytes ${hex(view.getUint16(at))} where its VR should be.`,
        );
      if (LONG_VRS.has(vr)) {
        need(8, level, tagName(tag));
        length = view.getUint32(at + 4, little);
        at += 8;
      } else {
        length = view.getUint16(at + 2, little);
        at += 4;
      }
    } else {
      length = view.getUint32(at, little);
      at += 4;
      vr = dictionaryVr(tag, signed) ?? (length === UNDEFINED ? 'SQ' : 'UN');
    }

    if (level === root && PIXEL_TAGS.has(tag)) {
      if (options.untilPixelData) {
        pixels = { tag, vr, offset: at, length, fragments: length === UNDEFINED ? [] : null };
        return { dataset: root.dataset, pixels, end: at };
      }
      if (length === UNDEFINED) {
        const fragments = readFragments(view, at, level.end, tag, little);
        pixels = { tag, vr, offset: at, length: fragments.end - at, fragments: fragments.spans };
        at = fragments.end;
      } else {
        need(length, level, `the pixel data, of ${length} bytes,`);
        pixels = { tag, vr, offset: at, length, fragments: null };
        at += length;
      }
      continue;
    }
    if (vr === 'UN' && length === UNDEFINED) {
      // PS3.5 6.2.2 note 2: UN of undefined length is a sequence in implicit VR little endian.
      if (!little)
        throw new DicomError('malformed', `${tagName(tag)} is UN of undefined length in big endian.`);
      openSequence(tag, length, level, top.decode, false);
      continue;
    }
    if (length !== UNDEFINED) need(length, level, `${tagName(tag)}, of ${length} bytes,`);
    // UN of an attribute the standard knows was written by someone who did not; its value is implicit little endian.
    const known = vr === 'UN' && length !== UNDEFINED && little ? dictionaryVr(tag, signed) : null;
    if (vr === 'SQ' || known === 'SQ') {
      openSequence(tag, length, level, top.decode, vr === 'SQ' && level.explicit);
      continue;
    }
    if (length === UNDEFINED) {
      // The pixel data of an icon, coded like the image's own.
      if (tag !== '7FE00010') throw new DicomError('malformed', `${tagName(tag)} (${vr}) has no length.`);
      at = readFragments(view, at, level.end, tag, little).end;
      level.dataset[tag] = { vr };
      continue;
    }
    vr = known ?? vr;
    const element = decodeValue(tag, vr, bytes.subarray(at, at + length), little, top.decode);
    level.dataset[tag] = element;
    at += length;
    if (tag === '00280103') signed = element.Value?.[0] === 1;
    if (tag === '00080005') {
      top.decode = charsetDecoder(
        (element.Value ?? []).map((term) => (typeof term === 'string' ? term : '')),
      );
      level.dataset[tag] = { vr: 'CS', Value: ['ISO_IR 192'] };
    }
  }
}

/** PS3.5 A.4: items until the delimiter, the offset table first. */
function readFragments(
  view: DataView,
  start: number,
  end: number,
  tag: string,
  little: boolean,
): { readonly spans: readonly Span[]; readonly end: number } {
  const spans: Span[] = [];
  let at = start;
  for (;;) {
    if (at + 8 > end)
      throw new DicomError('truncated', 'The coded pixel data are never closed: the file was cut.');
    const found = hex(view.getUint16(at, little)) + hex(view.getUint16(at + 2, little));
    const length = view.getUint32(at + 4, little);
    at += 8;
    if (found === SEQUENCE_END && length === 0) return { spans, end: at };
    if (found !== ITEM)
      throw new DicomError('malformed', `${tagName(found)} stands among the fragments of ${tagName(tag)}.`);
    if (at + length > end)
      throw new DicomError(
        'truncated',
        `Fragment ${spans.length} of the pixel data has ${length} bytes, ${end - at} are left in the file.`,
      );
    spans.push({ offset: at, length });
    at += length;
  }
}
