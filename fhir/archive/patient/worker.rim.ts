/** One thread that makes pieces of the patient and writes them into the folder it was given. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { writeInstance } from '../../dicom/index.ts';
import type { DicomJson } from '../../dicom/index.ts';
import { makePiece } from './make.ts';
import type { Piece } from './pieces.ts';

export interface Written {
  readonly file: string;
  readonly header: DicomJson;
  readonly bytes: number;
  readonly pixelBytes: number;
}
export type WorkerAnswer = { readonly written: readonly Written[] } | { readonly failed: string };

const { folder } = workerData as { folder: string };
const port = parentPort!;

port.on('message', (piece: Piece) => {
  try {
    const written: Written[] = [];
    for (const { file, header, pixels } of makePiece(piece)) {
      const bytes = writeInstance(header, { pixelData: pixels });
      writeFileSync(path.join(folder, file), bytes);
      written.push({ file, header, bytes: bytes.length, pixelBytes: pixels.byteLength });
    }
    port.postMessage({ written } satisfies WorkerAnswer);
  } catch (error) {
    port.postMessage({
      failed: error instanceof Error ? error.message : String(error),
    } satisfies WorkerAnswer);
  }
});
