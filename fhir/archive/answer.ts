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
  | { readonly kind: 'empty'; readonly status: number; readonly headers?: Readonly<Record<string, string>> }; // prettier-ignore

export const DICOM_JSON = 'application/dicom+json';
export const FHIR_JSON = 'application/fhir+json; charset=utf-8';

/** A refusal in DICOMweb's way: a status and a sentence. */
export const refusal = (status: number, message: string): Answer => ({
  kind: 'json',
  status,
  type: 'application/json',
  body: { status, message },
});

export const datasets = (rows: readonly DicomJson[], remaining = 0): Answer => ({
  kind: 'json',
  status: 200,
  type: DICOM_JSON,
  body: rows,
  ...(remaining > 0
    ? {
        headers: {
          warning: `299 anteroom "There are ${remaining} additional results that can be requested"`,
        },
      }
    : {}),
});
