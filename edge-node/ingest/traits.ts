/** What headers say of a frame beside its place: everything that may tell coincident planes apart. */
import type { DicomJson } from '../../fhir/dicom/types.ts';
import { functionalGroup, items, number, numbers, text, texts } from './attributes.ts';

/** Null where the header does not say. Times in ms. */
export interface Traits {
  readonly component: string | null;
  readonly velocityDirection: string | null;
  readonly bValue: number | null;
  readonly gradient: string | null;
  readonly echoTimeMs: number | null;
  readonly inversionTimeMs: number | null;
  readonly flipAngleDeg: number | null;
  readonly metabolite: string | null;
  readonly kernel: string | null;
  readonly imageType: string | null;
  /** Indices of an Enhanced object's dimensions that are neither place nor time. */
  readonly dimension: string | null;
  /** After the R wave or the start of the frame's own clock. */
  readonly triggerMs: number | null;
  readonly temporalIndex: number | null;
  readonly cardiacPercent: number | null;
  /** Length of the cardiac cycle. */
  readonly cycleMs: number | null;
  /** Wall clock of the acquisition, ms since 1970. */
  readonly acquiredMs: number | null;
  readonly acquisitionNumber: number | null;
}

/** Stack, place in it, position, and times: said elsewhere. */
const PLACE_AND_TIME = new Set(['00209056', '00209057', '00200032', '00209128', '00209153', '00209241']);

/** Source: PS3.3 C.7.6.17 (multi-frame dimension). */
function dimensionOf(header: DicomJson, content: DicomJson | null): string | null {
  const values = content && numbers(content, '00209157');
  if (!values) return null;
  const pointers = items(header, '00209222').map((one) => text(one, '00209165').toUpperCase());
  const rest = values.filter((_, i) => !PLACE_AND_TIME.has(pointers[i] ?? '00209056'));
  return rest.length > 0 ? rest.join(',') : null;
}

const orNull = (value: string): string | null => value || null;

/** DICOM DT, or DA and TM: ms since 1970 as if UTC (only differences are used); null where unreadable. */
export function parseDateTime(dateTime: string): number | null {
  const match = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})?(\d{2})?(\.\d{1,6})?/.exec(dateTime);
  if (!match) return null;
  const [, y, mo, d, h, mi, s, f] = match;
  const whole = Date.UTC(+y!, +mo! - 1, +d!, +h!, +(mi ?? 0), +(s ?? 0));
  return Number.isFinite(whole) ? whole + (f ? Number(f) * 1000 : 0) : null;
}

function acquired(header: DicomJson, content: DicomJson | null): number | null {
  const dateTime =
    (content && (text(content, '00189074') || text(content, '00189151'))) || text(header, '0008002A');
  if (dateTime) return parseDateTime(dateTime);
  const date = text(header, '00080022') || text(header, '00080021') || text(header, '00080020');
  const time = text(header, '00080032');
  return date && time ? parseDateTime(date + time.replaceAll(':', '')) : null;
}

/** Magnitude, phase, real, imaginary, or the map that a maker put there (third or fourth value of the image type). */
function componentOf(header: DicomJson, frameType: DicomJson | null): string | null {
  if (frameType) {
    const component = text(frameType, '00089208');
    const kind = texts(frameType, '00089007').slice(2).join('\\');
    return orNull([component, kind].filter(Boolean).join(' '));
  }
  const values = texts(header, '00080008').slice(2);
  return text(header, '00080060') === 'MR' ? orNull(values[0] ?? '') : null;
}

/** Reads the traits of a frame (from 0). Sources: PS3.3 C.7.6.16, C.8.13, C.8.3, C.8.2. */
export function readTraits(header: DicomJson, frame: number, enhanced: boolean): Traits {
  const group = (tag: string): DicomJson | null => (enhanced ? functionalGroup(header, frame, tag) : null);
  const content = group('00209111');
  const cardiac = group('00189118');
  const diffusion = group('00189117');
  const velocity = group('00189197');
  const frameType = group('00189226') ?? group('00189329') ?? group('00189751');
  const direction = velocity && numbers(items(velocity, '00189090')[0] ?? velocity, '00189090');
  const gradient =
    (diffusion && numbers(items(diffusion, '00189076')[0] ?? {}, '00189089')) ?? numbers(header, '00189089');
  return {
    component: componentOf(header, frameType),
    velocityDirection: direction ? direction.map((v) => v.toFixed(3)).join(',') : null,
    bValue: (diffusion && number(diffusion, '00189087')) ?? number(header, '00189087'),
    gradient: gradient ? gradient.map((v) => v.toFixed(4)).join(',') : null,
    echoTimeMs: number(group('00189114') ?? {}, '00189082') ?? number(header, '00180081'),
    inversionTimeMs: number(header, '00180082'),
    flipAngleDeg: number(group('00189112') ?? header, '00181314'),
    metabolite: orNull(text(group('00189152') ?? {}, '00189080')),
    kernel: orNull(
      text(group('00189314') ?? {}, '00189315') || text(group('00189314') ?? header, '00181210'),
    ),
    imageType: orNull(texts(frameType ?? header, frameType ? '00089007' : '00080008').join('\\')),
    dimension: dimensionOf(header, content),
    triggerMs:
      (cardiac && number(cardiac, '00209153')) ?? number(header, '00181060') ?? number(header, '00541300'),
    temporalIndex:
      (content && number(content, '00209128')) ??
      number(header, '00200100') ??
      number(group('00209310') ?? {}, '0020930D'),
    cardiacPercent: number(cardiac ?? header, '00209241'),
    cycleMs: (cardiac && number(cardiac, '00209251')) ?? number(header, '00181062'),
    acquiredMs: acquired(header, content),
    acquisitionNumber: number(header, '00200012'),
  };
}
