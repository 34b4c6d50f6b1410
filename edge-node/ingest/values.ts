/** What stored values of a frame mean: the modality step alone. Windows change how values look, never the values. */
import type { DicomJson } from '../../fhir/dicom/types.ts';
import { functionalGroup, items, number, numbers, text } from './attributes.ts';

export interface ValueRule {
  readonly slope: number;
  readonly intercept: number;
  /** A Modality LUT stands in the place of slope and intercept. */
  readonly lut: boolean;
  /** UCUM, 'HU', or '1'. */
  readonly unit: string;
  /** Every stored value gives a whole number; whether it fits is known only when it has been seen. */
  readonly whole: boolean;
  /** The rescaled value that marks "outside the scan"; null where there is none. */
  readonly paddingValue: number | null;
  /** Values of a padding range, ends included: all become `paddingValue`. Null where one value pads. */
  readonly paddingRange: readonly [number, number] | null;
  readonly window: { readonly center: number; readonly width: number } | null;
}

const UNIT_WORDS: Readonly<Record<string, string>> = {
  HU: 'HU',
  BQML: 'Bq/mL',
  GML: 'g/mL',
  CNTS: '{counts}',
  PROPCNTS: '{counts}',
  HZ: 'Hz',
  RAD: 'rad',
};

/** CT Image Storage, Enhanced CT, Legacy Converted Enhanced CT. Source: PS3.4 B.5. */
const CT_IMAGES = new Set([
  '1.2.840.10008.5.1.4.1.1.2',
  '1.2.840.10008.5.1.4.1.1.2.1',
  '1.2.840.10008.5.1.4.1.1.2.2',
]);

interface Scaling {
  /** What rescale or Modality LUT say that they scale to; '' where they don't. */
  readonly type: string;
  readonly rescaled: boolean;
  /** The map that was applied, where a real world value map was. */
  readonly mapped: DicomJson | null;
}

function unitOf(header: DicomJson, { type, rescaled, mapped }: Scaling): string {
  const code = mapped && text(items(mapped, '004008EA')[0] ?? {}, '00080100');
  if (code && code !== 'no units' && code !== '1') return code === "[hnsf'U]" ? 'HU' : code;
  const modality = text(header, '00080060');
  if (modality === 'PT') return UNIT_WORDS[text(header, '00541001')] ?? UNIT_WORDS[type] ?? '1';
  if (modality === 'RTDOSE')
    return text(header, '30040002') === 'GY' && number(header, '3004000E') !== null ? 'Gy' : '1';
  const known = UNIT_WORDS[type.toUpperCase()];
  if (known) return known;
  // A CT image that is rescaled to nothing named is in HU by definition (PS3.3 C.8.2.1.1.2). One that says
  // 'unspecified' (US), was not rescaled, or was made of a CT by somebody else holds numbers that nobody vouches for.
  return type === '' && rescaled && CT_IMAGES.has(text(header, '00080016')) ? 'HU' : '1';
}

/**
 * Float pixel data have neither Bits Stored nor Pixel Representation (PS3.3 C.7.6.24); the pixels themselves are no
 * part of a header, so that they cannot be asked.
 */
const holdsIntegers = (header: DicomJson): boolean =>
  header['7FE00008'] === undefined &&
  header['7FE00009'] === undefined &&
  ((number(header, '00280100') ?? 16) <= 16 || number(header, '00280103') !== null);

/**
 * The rule of a frame (from 0). Source: PS3.3 C.11.1 (modality LUT or rescale, never both), C.7.6.16.2.9 (per frame),
 * C.7.6.16.2.11 (real world values, used only where the object has no rescale), C.8.8.3 (dose).
 */
export function readValueRule(header: DicomJson, frame: number): ValueRule {
  const transform = functionalGroup(header, frame, '00289145') ?? header;
  const mapped = functionalGroup(header, frame, '00409096') ?? items(header, '00409096')[0] ?? null;
  const mappedSlope = mapped && number(mapped, '00409225');
  const declared = number(transform, '00281053');
  const dose = number(header, '3004000E');
  const useMapped = declared === null && dose === null && mapped !== null && mappedSlope !== null;
  const slope = useMapped ? mappedSlope : (dose ?? declared ?? 1);
  const shift = number(useMapped ? mapped : transform, useMapped ? '00409224' : '00281052');
  const intercept = dose === null ? (shift ?? 0) : 0;
  const [table] = items(header, '00283000');
  const lut = table !== undefined;
  // A mapping names the unit of the values only where it is the same map that was applied to them.
  const same = mapped && (useMapped || (mappedSlope === slope && number(mapped, '00409224') === intercept));
  const unit = unitOf(header, {
    type: table ? text(table, '00283004') : text(transform, '00281054'),
    rescaled: declared !== null && !lut,
    mapped: same ? mapped : null,
  });

  const whole = lut || (holdsIntegers(header) && Number.isInteger(slope) && Number.isInteger(intercept));
  const voi = functionalGroup(header, frame, '00289132') ?? header;
  const [center, width] = [numbers(voi, '00281050')?.[0], numbers(voi, '00281051')?.[0]];
  const window =
    center !== undefined && width !== undefined && Number.isFinite(center) && width > 0
      ? { center, width }
      : null;
  const ends = lut ? [] : paddingEnds(header).map((stored) => stored * slope + intercept);
  return {
    slope,
    intercept,
    lut,
    unit,
    whole,
    paddingValue: ends[0] ?? null,
    paddingRange: ends.length === 2 ? [Math.min(...ends), Math.max(...ends)] : null,
    window,
  };
}

/** Pixel Padding Value and, where there is one, Range Limit: stored values. Source: PS3.3 C.7.5.1.1.2. */
function paddingEnds(header: DicomJson): number[] {
  const float = number(header, '00280122');
  if (float !== null) return [float, number(header, '00280124')].filter((v) => v !== null);
  const value = number(header, '00280120');
  const limit = number(header, '00280121');
  if (value === null) return [];
  return [value, limit].filter((v) => v !== null).map((v) => signedPadding(header, v));
}

/** Padding written with an unsigned VR for signed pixels, or the other way round, is read as the pixels are. */
function signedPadding(header: DicomJson, padding: number): number {
  const bits = number(header, '00280100') ?? 16;
  const signed = number(header, '00280103') === 1;
  if (signed && padding >= 2 ** (bits - 1)) return padding - 2 ** bits;
  if (!signed && padding < 0) return padding + 2 ** bits;
  return padding;
}
