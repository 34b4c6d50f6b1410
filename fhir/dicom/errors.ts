/** Why an object cannot be used. */
import type { DicomErrorCode } from './types.ts';

/** `message` is one sentence for quarantine: what the object says, and what is wrong with it. Never patient data. */
export class DicomError extends Error {
  readonly code: DicomErrorCode;
  constructor(code: DicomErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DicomError';
    this.code = code;
  }
}

/** '0028,0010' from '00280010', for sentences. */
export const tagName = (tag: string): string => `(${tag.slice(0, 4)},${tag.slice(4)})`;
