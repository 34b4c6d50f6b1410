/** The Modality LUT: a table in the place of slope and intercept. PS3.3 C.11.1.1. */
import { items, numbers, TAG } from './attributes.ts';
import { DicomError } from './errors.ts';
import type { DicomJson } from './types.ts';

/** Stored value `first + i` means `values[i]`; what lies outside takes the nearest end. */
export interface ModalityLut {
  readonly first: number;
  readonly values: Float32Array;
}

/** Null where the header has none. Throws 'bad-image' where the table is not as long as it says. */
export function readModalityLut(header: DicomJson): ModalityLut | null {
  const item = items(header, TAG.ModalityLUTSequence)[0];
  if (!item) return null;
  const [count, firstMapped, bits] = numbers(item, TAG.LUTDescriptor);
  if (count === undefined || firstMapped === undefined || bits === undefined)
    throw new DicomError('bad-image', 'The modality LUT has no descriptor of three numbers.');
  const entries = count === 0 ? 65536 : count;
  const data = tableOf(item, entries, bits);
  if (data.length < entries)
    throw new DicomError(
      'bad-image',
      `The modality LUT has ${data.length} entries where ${entries} are said.`,
    );
  const signed = numbers(header, TAG.PixelRepresentation)[0] === 1;
  // The descriptor's second number has the sign of the pixels, whatever VR it was written with.
  const first = signed && firstMapped > 0x7fff ? firstMapped - 0x10000 : firstMapped;
  return { first, values: Float32Array.from(data.slice(0, entries)) };
}

function tableOf(item: DicomJson, entries: number, bits: number): number[] {
  const element = item[TAG.LUTData];
  if (element?.Value) return numbers(item, TAG.LUTData);
  const raw = Buffer.from(element?.InlineBinary ?? '', 'base64');
  if (bits <= 8 && raw.length < entries * 2) return [...raw];
  return Array.from({ length: raw.length >> 1 }, (_, i) => raw.readUInt16LE(i * 2));
}
