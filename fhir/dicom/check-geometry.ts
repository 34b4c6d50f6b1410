/** Geometry and rescale that are there but cannot be used: a picture made with them would be wrong. */
import { items, numbers, TAG } from './attributes.ts';
import { DicomError } from './errors.ts';
import type { DicomJson } from './types.ts';

const refuse = (words: string): never => {
  throw new DicomError('bad-geometry', words);
};
const list = (values: readonly number[]): string => values.map((v) => String(v)).join('\\');

/** Absent is fine (a 2D image); NaN, zero, or not orthonormal is not. Throws 'bad-geometry' or 'bad-image'. */
export function checkGeometry(header: DicomJson): void {
  checkMacros(header);
  for (const group of [
    ...items(header, TAG.SharedFunctionalGroupsSequence),
    ...items(header, TAG.PerFrameFunctionalGroupsSequence),
  ])
    for (const macro of [
      TAG.PixelMeasuresSequence,
      TAG.PlanePositionSequence,
      TAG.PlaneOrientationSequence,
      TAG.PixelValueTransformationSequence,
    ])
      for (const item of items(group, macro)) checkMacros(item);
}

function checkMacros(item: DicomJson): void {
  checkSpacing(item);
  checkPosition(item);
  checkOrientation(item);
  checkRescale(item);
}

function checkSpacing(item: DicomJson): void {
  const spacing = numbers(item, TAG.PixelSpacing);
  if (spacing.length === 0) return;
  if (spacing.length !== 2 || !spacing.every((mm) => mm >= 1e-6 && mm <= 1e5))
    refuse(`Pixel Spacing is ${list(spacing)}: no usable distance between pixels.`);
}

function checkPosition(item: DicomJson): void {
  const position = numbers(item, TAG.ImagePositionPatient);
  if (position.length === 0) return;
  if (position.length !== 3 || !position.every((mm) => Math.abs(mm) <= 1e6))
    refuse(`Image Position (Patient) is ${list(position)}: no usable place in the patient.`);
}

function checkOrientation(item: DicomJson): void {
  const o = numbers(item, TAG.ImageOrientationPatient);
  if (o.length === 0) return;
  const dot = (a: number, b: number): number => o[a]! * o[b]! + o[a + 1]! * o[b + 1]! + o[a + 2]! * o[b + 2]!;
  const good =
    o.length === 6 &&
    o.every(Number.isFinite) &&
    Math.abs(Math.sqrt(dot(0, 0)) - 1) < 0.01 &&
    Math.abs(Math.sqrt(dot(3, 3)) - 1) < 0.01 &&
    Math.abs(dot(0, 3)) < 0.01;
  if (!good) refuse(`Image Orientation (Patient) is ${list(o)}: not two orthogonal directions of length 1.`);
}

function checkRescale(item: DicomJson): void {
  const slope = numbers(item, TAG.RescaleSlope)[0];
  const intercept = numbers(item, TAG.RescaleIntercept)[0];
  if (slope !== undefined && (!Number.isFinite(slope) || slope === 0))
    throw new DicomError('bad-image', `Rescale Slope is ${slope}: the values mean nothing.`);
  if (intercept !== undefined && !Number.isFinite(intercept))
    throw new DicomError('bad-image', `Rescale Intercept is ${intercept}: the values mean nothing.`);
}
