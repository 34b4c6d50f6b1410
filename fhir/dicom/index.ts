/** The face of reading and writing DICOM. */
export { DicomError } from './errors.ts';
export { EXPLICIT_LE, writeInstance } from './write.ts';
export type { PixelArray, WriteOptions } from './write.ts';
export type * from './types.ts';
