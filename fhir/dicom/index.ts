/** The face of reading and writing DICOM. */
export { functionalGroup, items, number, numbers, TAG, text, texts } from './attributes.ts';
export { decodeFrame } from './decode-frame.ts';
export { DicomError } from './errors.ts';
export { readHeaderFromFile } from './read-header-file.rim.ts';
export { readHeader, readInstance } from './read-instance.ts';
export type { ReadHeader } from './read-instance.ts';
export { EXPLICIT_LE, writeInstance } from './write.ts';
export type { PixelArray, WriteOptions } from './write.ts';
export type * from './types.ts';
