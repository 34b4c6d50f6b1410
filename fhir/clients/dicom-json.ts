/** Reading the DICOM JSON model (PS3.18 F): schemas for what archives answer, and values out of it. */
import { z } from 'zod';
import type { DicomJson } from '../dicom/types.ts';

const element = z.looseObject({
  vr: z.string().default('UN'),
  Value: z.array(z.unknown()).optional(),
  BulkDataURI: z.string().optional(),
  InlineBinary: z.string().optional(),
});
const dataset = z.record(z.string(), element);

/** A list of datasets; a server that found nothing may answer no body at all. */
export const datasets = z.union([z.array(dataset), z.null().transform(() => [])]);

/** First value as text: '' where it is absent. Person names give their alphabetic group. */
export function textOf(header: DicomJson, tag: string): string {
  const value = header[tag]?.Value?.[0];
  if (typeof value === 'string') return value.trim();
  if (typeof value === 'number') return String(value);
  if (
    value !== null &&
    typeof value === 'object' &&
    'Alphabetic' in value &&
    typeof value.Alphabetic === 'string'
  )
    return value.Alphabetic;
  return '';
}

/** First value as a number, null where it is absent or none. */
export function numberOf(header: DicomJson, tag: string): number | null {
  const value = Number(textOf(header, tag) || Number.NaN);
  return Number.isFinite(value) ? value : null;
}

/** A DICOM UID, as PS3.5 9 has it; loose on leading zeros, which real files have. */
export const isUid = (text: string): boolean => text.length <= 64 && /^\d+(\.\d+)+$/.test(text);
