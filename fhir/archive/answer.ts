/** What the archive answers to one request: decided here as data, sent by `serve.rim.ts`. */
import type { DicomJson } from '../dicom/index.ts';
import type { StoredRecord } from './stored.ts';

/** One part of a multipart answer. */
export interface AnswerPart {
  readonly contentType: string;
  readonly location?: string;
  /** Bytes to send, or a file of the archive to send whole. */
  readonly body: Uint8Array | StoredRecord;
}

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly type: string; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'parts'; readonly type: string; readonly parts: Iterable<AnswerPart> | AsyncIterable<AnswerPart> }
  | { readonly kind: 'file'; readonly record: StoredRecord }
  | { readonly kind: 'octets'; readonly type: string; readonly body: Uint8Array }
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }; // prettier-ignore

export const DICOM_JSON = 'application/dicom+json';
export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** A refusal in DICOMweb's way: a status and a sentence. */
export const refusal = (
  status: number,
  message: string,
  headers?: Readonly<Record<string, string>>,
): Answer => ({
  kind: 'json',
  status,
  type: 'application/json',
  body: { status, message },
  ...(headers ? { headers } : {}),
});

/** An attribute without a value is written with its VR alone (PS3.18 F.2.5). */
function withoutEmptyValues(row: DicomJson): DicomJson {
  return Object.fromEntries(
    Object.entries(row).map(([tag, element]) => {
      const { Value, ...rest } = element;
      if (Value === undefined) return [tag, element];
      if (Value.length === 0) return [tag, rest];
      return element.vr === 'SQ'
        ? [tag, { ...element, Value: Value.map((item) => withoutEmptyValues(item as DicomJson)) }]
        : [tag, element];
    }),
  );
}

export const warning = (words: string): string => `299 anteroom "${words}"`;
const remainingWords = (n: number): string =>
  n === 1
    ? 'There is 1 additional result that can be requested'
    : `There are ${n} additional results that can be requested`;

/** DICOM JSON, for whoever takes it; `remaining` results were left out. */
export function datasets(
  rows: readonly DicomJson[],
  accept: string,
  remaining = 0,
  warnings: readonly string[] = [],
): Answer {
  const types = accept.split(',').map((one) => one.split(';')[0]!.trim().toLowerCase());
  if (accept.trim() !== '' && !types.some((one) => JSON_TYPES.has(one)))
    return refusal(406, 'This archive answers in application/dicom+json only.');
  const all = [...(remaining > 0 ? [warning(remainingWords(remaining))] : []), ...warnings];
  return {
    kind: 'json',
    status: 200,
    type: DICOM_JSON,
    body: rows.map(withoutEmptyValues),
    ...(all.length > 0 ? { headers: { warning: all.join(', ') } } : {}),
  };
}
const JSON_TYPES: ReadonlySet<string> = new Set(['*/*', 'application/*', 'application/json', DICOM_JSON]);
