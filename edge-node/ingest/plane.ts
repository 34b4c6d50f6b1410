/** One frame of one object as a plane in the patient: where it lies, how large, and what may tell it from others. */
import { cross, dot, length, normalize, scale, subtract, add } from '../../shared/geometry/index.ts';
import type { Vec3 } from '../../shared/geometry/index.ts';
import type { DicomJson, InstanceHeader } from '../../fhir/dicom/types.ts';
import { functionalGroup, items, number, numbers, text, texts } from './attributes.ts';
import { kindOfSopClass } from './kinds.ts';
import { readTraits } from './traits.ts';
import type { Traits } from './traits.ts';

export type { Traits } from './traits.ts';
export type ObjectHeader = InstanceHeader & { readonly object: string };

export interface Plane {
  readonly object: string;
  readonly sopInstanceUid: string;
  /** From 0. */
  readonly frame: number;
  readonly columns: number;
  readonly rows: number;
  /** Centre of the first voxel, LPS. */
  readonly positionMm: Vec3;
  /** Unit: the way the column index grows. */
  readonly alongRow: Vec3;
  /** Unit, square to `alongRow`: the way the row index grows. */
  readonly alongColumn: Vec3;
  /** Between columns, along the row. DICOM writes it second. */
  readonly columnSpacingMm: number;
  /** Between rows, along the column. DICOM writes it first. */
  readonly rowSpacingMm: number;
  readonly thicknessMm: number | null;
  readonly frameOfReferenceUid: string | null;
  readonly stackId: string;
  readonly instanceNumber: number;
  readonly traits: Traits;
}

/** What an object gives: planes in space, a picture without a place, or a refusal with its reason. */
export type PlanesOf =
  | { readonly kind: 'planes'; readonly planes: readonly Plane[] }
  | { readonly kind: 'flat' }
  | { readonly kind: 'refused'; readonly reason: string };

const refused = (reason: string): PlanesOf => ({ kind: 'refused', reason });

/** Direction cosines may be off by this much (they are often written with four digits). */
const UNIT_TOLERANCE = 5e-3;
const MAX_POSITION_MM = 1e5;
const [MIN_SPACING_MM, MAX_SPACING_MM] = [1e-4, 1e3];

interface RawPlane {
  readonly position: readonly number[] | null;
  readonly orientation: readonly number[] | null;
  readonly spacing: readonly number[] | null;
  readonly thickness: number | null;
}

function rawPlane(header: DicomJson, frame: number, enhanced: boolean): RawPlane {
  const at = (group: string): DicomJson =>
    (enhanced ? functionalGroup(header, frame, group) : null) ?? header;
  const measures = at('00289110');
  return {
    position: numbers(at('00209113'), '00200032'),
    orientation: numbers(at('00209116'), '00200037'),
    spacing: numbers(measures, '00280030'),
    thickness: number(measures, '00180050'),
  };
}

function directions(raw: readonly number[]): { alongRow: Vec3; alongColumn: Vec3 } | string {
  if (raw.length !== 6) return `ImageOrientationPatient has ${raw.length} values where six are needed`;
  if (!raw.every(Number.isFinite)) return 'ImageOrientationPatient holds something that is no number';
  const a: Vec3 = [raw[0]!, raw[1]!, raw[2]!];
  const b: Vec3 = [raw[3]!, raw[4]!, raw[5]!];
  const unit = [a, b].every((v) => Math.abs(length(v) - 1) <= UNIT_TOLERANCE);
  if (!unit || Math.abs(dot(a, b)) > UNIT_TOLERANCE)
    return `ImageOrientationPatient ${raw.join('\\')} is not two directions at a right angle`;
  const alongRow = normalize(a);
  const alongColumn = normalize(subtract(b, scale(alongRow, dot(alongRow, b))));
  return { alongRow, alongColumn };
}

/** The place of one frame; a sentence where its attributes are there but unusable; null where they are not there. */
function placeFrame(
  raw: RawPlane,
):
  | Pick<
      Plane,
      'positionMm' | 'alongRow' | 'alongColumn' | 'columnSpacingMm' | 'rowSpacingMm' | 'thicknessMm'
    >
  | string
  | null {
  const { position, orientation, spacing } = raw;
  let turned: ReturnType<typeof directions> | null = null;
  if (orientation) {
    turned = directions(orientation);
    if (typeof turned === 'string') return turned;
  }
  if (position) {
    if (position.length !== 3)
      return `ImagePositionPatient has ${position.length} values where three are needed`;
    if (!position.every((v) => Math.abs(v) <= MAX_POSITION_MM))
      return `ImagePositionPatient ${position.join('\\')} is no place in a room`;
  }
  if (spacing) {
    if (spacing.length !== 2) return `PixelSpacing has ${spacing.length} values where two are needed`;
    if (!spacing.every((v) => v >= MIN_SPACING_MM && v <= MAX_SPACING_MM))
      return `PixelSpacing ${spacing.join('\\')} is no usable distance in mm`;
  }
  if (!position || !turned || !spacing) return null;
  return {
    positionMm: [position[0]!, position[1]!, position[2]!],
    ...turned,
    rowSpacingMm: spacing[0]!,
    columnSpacingMm: spacing[1]!,
    thicknessMm: raw.thickness !== null && raw.thickness > 0 ? raw.thickness : null,
  };
}

/** Offsets of the frames along the normal, for grids that keep one position (RT Dose, PS3.3 C.8.8.3.2). */
function frameOffsets(header: DicomJson, frames: number): number[] | string | null {
  const vector = numbers(header, '3004000C');
  if (!vector) return null;
  // One frame alone lies where the object does: what a longer grid left in the vector speaks of frames that are not here.
  const offsets = frames === 1 ? vector.slice(0, 1) : vector;
  if (offsets.length !== frames || !offsets.every(Number.isFinite))
    return `GridFrameOffsetVector has ${offsets.length} usable values for ${frames} frames`;
  return offsets.map((offset) => offset - offsets[0]!);
}

const MAX_FRAMES = 100_000;

/** Reads the planes of an image object's header. Source: PS3.3 C.7.6.2 (image plane), C.7.6.16 (multi-frame). */
export function readPlanes(instance: ObjectHeader): PlanesOf {
  const { header } = instance;
  const rows = number(header, '00280010');
  const columns = number(header, '00280011');
  const whole = (n: number | null): n is number => n !== null && Number.isInteger(n) && n > 0 && n <= 65_535;
  if (!whole(rows) || !whole(columns))
    return refused(`Rows and Columns (${rows ?? 'none'}, ${columns ?? 'none'}) give no picture`);
  const frames = number(header, '00280008') ?? 1;
  if (!Number.isInteger(frames) || frames < 1 || frames > MAX_FRAMES)
    return refused(`NumberOfFrames ${frames} gives no picture`);
  for (const [tag, name] of [
    ['00281053', 'RescaleSlope'],
    ['00281052', 'RescaleIntercept'],
  ] as const) {
    const value = numbers(header, tag)?.[0];
    if (value !== undefined && (!Number.isFinite(value) || (tag === '00281053' && value === 0)))
      return refused(`${name} is no number that values can be scaled with`);
  }

  const dose = number(header, '3004000E');
  if (kindOfSopClass(instance.sopClassUid) === 'rtdose' && !(dose !== null && dose > 0))
    return refused('DoseGridScaling is missing or not above zero: without it, its values are no dose');

  const enhanced = items(header, '52009230').length > 0 || items(header, '52009229').length > 0;
  if (enhanced && items(header, '52009230').length > 0 && items(header, '52009230').length !== frames)
    return refused(`it declares ${frames} frames and describes ${items(header, '52009230').length} of them`);
  const offsets = enhanced ? null : frameOffsets(header, frames);
  if (typeof offsets === 'string') return refused(offsets);
  if (frames > 1 && !enhanced && !offsets) {
    const place = placeFrame(rawPlane(header, 0, false));
    return typeof place === 'string' ? refused(place) : { kind: 'flat' };
  }

  const planes: Plane[] = [];
  for (let frame = 0; frame < frames; frame++) {
    const place = placeFrame(rawPlane(header, frame, enhanced));
    if (typeof place === 'string') return refused(frames > 1 ? `frame ${frame + 1}: ${place}` : place);
    if (!place) return { kind: 'flat' };
    const shift = offsets?.[frame] ?? 0;
    const normal = cross(place.alongRow, place.alongColumn);
    const content = enhanced ? functionalGroup(header, frame, '00209111') : null;
    planes.push({
      object: instance.object,
      sopInstanceUid: instance.sopInstanceUid,
      frame,
      columns,
      rows,
      ...place,
      positionMm: shift === 0 ? place.positionMm : add(place.positionMm, scale(normal, shift)),
      frameOfReferenceUid: text(header, '00200052') || null,
      stackId: content ? text(content, '00209056') : '',
      instanceNumber: number(header, '00200013') ?? 0,
      traits: readTraits(header, frame, enhanced),
    });
  }
  return { kind: 'planes', planes };
}

export const isColour = (header: DicomJson): boolean =>
  (number(header, '00280002') ?? 1) > 1 || text(header, '00280004') === 'PALETTE COLOR';

export const isLocalizer = (header: DicomJson): boolean =>
  texts(header, '00080008').some((value) => value.toUpperCase() === 'LOCALIZER');

export const isMosaic = (header: DicomJson): boolean =>
  texts(header, '00080008').some((value) => value.toUpperCase() === 'MOSAIC');
