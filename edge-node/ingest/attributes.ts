/** Reading values out of a header for planning: what is absent is null, and thousands of frames stay quick. */
import { items, numbers as allNumbers, text, texts } from '../../fhir/dicom/index.ts';
import type { DicomJson } from '../../fhir/dicom/types.ts';

export { items, text, texts };

/** The numbers of an attribute, NaN for what is no number; null where it is absent or empty. */
export function numbers(header: DicomJson, tag: string): number[] | null {
  const value = header[tag]?.Value;
  if (!value || value.every((v) => v === null || v === '')) return null;
  return allNumbers(header, tag);
}

/** The first number, or null where it is absent or no finite number. */
export function number(header: DicomJson, tag: string): number | null {
  const value = numbers(header, tag)?.[0];
  return value !== undefined && Number.isFinite(value) ? value : null;
}

const item = (header: DicomJson, tag: string, index: number): DicomJson | null => {
  const value = header[tag]?.Value?.[index];
  return typeof value === 'object' && value !== null ? (value as DicomJson) : null;
};

/** The first item of a functional group of a frame (from 0): per-frame over shared. Source: PS3.3 C.7.6.16. */
export function functionalGroup(header: DicomJson, frame: number, tag: string): DicomJson | null {
  const own = item(header, '52009230', frame);
  const shared = item(header, '52009229', 0);
  return (own && item(own, tag, 0)) ?? (shared && item(shared, tag, 0));
}
