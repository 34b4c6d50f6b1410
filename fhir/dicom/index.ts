/** The face of reading and writing DICOM. */
export { functionalGroup, items, number, numbers, TAG, text, texts } from './attributes.ts';
export { decodeFrame } from './decode-frame.ts';
export type { DecodeJob, DecodeResult, DecodeTarget, ValueMap } from './decode-messages.ts';
export { openDecodePool } from './decode-pool.rim.ts';
export type { DecodePool, DecodePoolOptions } from './decode-pool.rim.ts';
export { DicomError } from './errors.ts';
export { readModalityLut } from './modality-lut.ts';
export type { ModalityLut } from './modality-lut.ts';
export { readHeaderFromFile } from './read-header-file.rim.ts';
export { readHeader, readInstance } from './read-instance.ts';
export type { ReadHeader } from './read-instance.ts';
export { EXPLICIT_LE, writeInstance } from './write.ts';
export type { PixelArray, WriteOptions } from './write.ts';
export type * from './types.ts';
