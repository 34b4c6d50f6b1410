/** Reading values out of a DICOM JSON header; what is absent is null, what is there but unusable is NaN. */
import type { DicomJson } from '../../fhir/dicom/types.ts';

const present = (header: DicomJson, tag: string): readonly unknown[] | null => {
  const value = header[tag]?.Value;
  return value && value.some((v) => v !== null && v !== '') ? value : null;
};

/** The strings of an attribute; [] where it is absent. */
export function texts(header: DicomJson, tag: string): string[] {
  return (present(header, tag) ?? []).map((value) => {
    if (typeof value === 'object' && value !== null && 'Alphabetic' in value) return String(value.Alphabetic);
    return value === null ? '' : String(value).trim();
  });
}

/** The first string of an attribute; '' where it is absent. */
export const text = (header: DicomJson, tag: string): string => texts(header, tag)[0] ?? '';

/** The numbers of an attribute, NaN for what is no number; null where it is absent. */
export function numbers(header: DicomJson, tag: string): number[] | null {
  const values = present(header, tag);
  return (
    values &&
    values.map((value) => {
      if (typeof value === 'number') return value;
      return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
    })
  );
}

/** The first number, or null where it is absent or no finite number. */
export function number(header: DicomJson, tag: string): number | null {
  const value = numbers(header, tag)?.[0];
  return value !== undefined && Number.isFinite(value) ? value : null;
}

/** The items of a sequence; [] where it is absent. */
export function items(header: DicomJson, tag: string): DicomJson[] {
  return (header[tag]?.Value ?? []).filter(
    (item): item is DicomJson => typeof item === 'object' && item !== null,
  );
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
