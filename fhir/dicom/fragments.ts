/** Which fragments make which frame: by offset tables that hold, by count, or by where codestreams start. PS3.5 A.4. */
import { DicomError } from './errors.ts';
import type { Span } from './read-elements.ts';

const malformed = (words: string): never => {
  throw new DicomError('malformed', words);
};

export interface OffsetTables {
  /** (7FE0,0001) and (7FE0,0002), where the file has them. */
  readonly extended: { readonly offsets: readonly number[]; readonly lengths: readonly number[] } | null;
}

/**
 * The fragments of each frame. `spans[0]` is the basic offset table; `oneEach` for RLE, which has one fragment a
 * frame. Throws where tables and fragments disagree: a frame taken from the wrong place is a wrong picture.
 */
export function fragmentsOfFrames(
  bytes: Uint8Array,
  spans: readonly Span[],
  frames: number,
  oneEach: boolean,
  { extended }: OffsetTables,
): readonly (readonly Span[])[] {
  const table = spans[0] ?? malformed('The coded pixel data have no offset table item.');
  const fragments = spans.slice(1);
  if (fragments.length < frames)
    throw new DicomError(
      'truncated',
      `The header declares ${frames} frame(s), the pixel data have ${fragments.length} fragment(s).`,
    );
  const empty = fragments.findIndex(({ length }) => length === 0);
  if (empty >= 0) malformed(`Fragment ${empty + 1} of the pixel data is empty.`);
  const base = fragments[0]!.offset - 8;
  const starts = new Map(fragments.map((span, i) => [span.offset - 8 - base, i]));
  if (oneEach && fragments.length !== frames)
    malformed(
      `The header declares ${frames} frame(s), but there are ${fragments.length} fragments, one for each.`,
    );

  const basic = readBasicTable(bytes, table);
  const offsets = extended?.offsets ?? basic;
  if (extended && basic.length > 0)
    malformed('The pixel data have both a basic and an extended offset table.');
  if (offsets.length > 0) {
    if (offsets.length !== frames)
      malformed(`The offset table has ${offsets.length} entries for ${frames} frames.`);
    const firsts = offsets.map(
      (offset, i) =>
        starts.get(offset) ?? malformed(`Offset ${offset} of frame ${i + 1} is no start of a fragment.`),
    );
    if (firsts[0] !== 0 || firsts.some((first, i) => i > 0 && first <= firsts[i - 1]!))
      malformed('The offset table is not in order.');
    const groups = firsts.map((first, i) => fragments.slice(first, firsts[i + 1] ?? fragments.length));
    extended?.lengths.forEach((length, i) => {
      const has = groups[i]!.reduce((sum, span) => sum + span.length, 0);
      if (length !== has && length !== has - 1)
        malformed(
          `The extended offset table says ${length} bytes for frame ${i + 1}, its fragment has ${has}.`,
        );
    });
    return groups;
  }
  if (frames === 1) return [fragments];
  if (fragments.length === frames) return fragments.map((span) => [span]);
  return byCodestreams(bytes, fragments, frames);
}

function readBasicTable(bytes: Uint8Array, table: Span): number[] {
  if (table.length % 4 !== 0) malformed(`The offset table has ${table.length} bytes.`);
  const view = new DataView(bytes.buffer, bytes.byteOffset + table.offset, table.length);
  return Array.from({ length: table.length / 4 }, (_, i) => view.getUint32(i * 4, true));
}

/** No table and more fragments than frames: a frame starts where a JPEG or JPEG 2000 codestream does. */
function byCodestreams(bytes: Uint8Array, fragments: readonly Span[], frames: number): Span[][] {
  const groups: Span[][] = [];
  for (const span of fragments) {
    const [a, b, c] = bytes.subarray(span.offset, span.offset + 3);
    if (a === 0xff && (b === 0xd8 || b === 0x4f) && c === 0xff) groups.push([]);
    (groups.at(-1) ?? malformed('The first fragment does not start a codestream.')).push(span);
  }
  if (groups.length !== frames)
    malformed(
      `The header declares ${frames} frames, the fragments hold ${groups.length} codestreams and no offset table.`,
    );
  return groups;
}

/** A frame's bytes: a view where one fragment holds it, else its fragments joined. */
export function joinFragments(bytes: Uint8Array, spans: readonly Span[]): Uint8Array {
  if (spans.length === 1) return bytes.subarray(spans[0]!.offset, spans[0]!.offset + spans[0]!.length);
  const out = new Uint8Array(spans.reduce((sum, span) => sum + span.length, 0));
  let at = 0;
  for (const span of spans) {
    out.set(bytes.subarray(span.offset, span.offset + span.length), at);
    at += span.length;
  }
  return out;
}
