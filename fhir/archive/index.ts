/** The face of the embedded archive. */
export { openEmbeddedArchive } from './open.rim.ts';
export type { EmbeddedArchive, EmbeddedArchiveOptions } from './open.rim.ts';
export type { PatientSize } from './patient/identity.ts';
