/** The embedded patient, served as a hospital would: DICOMweb and FHIR on loopback, behind a token. */
import os from 'node:os';
import path from 'node:path';
import type { Progress } from '../../shared/volume.ts';
import { openArchiveFolder } from './archive-folder.rim.ts';
import { generatePatient } from './patient/generate.rim.ts';
import type { PatientSize } from './patient/identity.ts';
import { serveArchive } from './serve.rim.ts';

export interface EmbeddedArchiveOptions {
  /** The product's folder; ~/.anteroom where none is given. */
  readonly home?: string | undefined;
  /** 'full' is what people see; 'small' is made in a second, for tests. */
  readonly size?: PatientSize | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Stage 'generate', when the patient has to be made first. */
  readonly progress?: ((progress: Progress) => void) | undefined;
  /** Threads that make the patient; one for each core where it is not said. */
  readonly threads?: number | undefined;
}

export interface EmbeddedArchive {
  readonly dicomwebUrl: string;
  readonly fhirUrl: string;
  /** Bearer token, new at every start. Whoever holds it reads everything. */
  readonly token: string;
  close(): Promise<void>;
}

/** Makes the patient if it is not there, and serves it. Throws the signal's reason when cancelled. */
export async function openEmbeddedArchive(options: EmbeddedArchiveOptions = {}): Promise<EmbeddedArchive> {
  const home = options.home ?? path.join(os.homedir(), '.anteroom');
  const size = options.size ?? 'full';
  const made = await generatePatient({
    home,
    size,
    signal: options.signal,
    progress: options.progress,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  options.signal?.throwIfAborted();
  const folder = await openArchiveFolder(made, path.join(home, 'embedded', `stored-${size}`));
  return serveArchive(folder);
}
