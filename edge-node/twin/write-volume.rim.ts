/** Volumes to files that other tools read. The file is there whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import type { VoxelArray, Volume } from '../../shared/volume.ts';
import { niftiHeader } from './nifti.ts';
import { nrrdHeader } from './nrrd.ts';

export interface WriteOptions {
  /** One phase (from 0); all of them, as a fourth axis, where it is left out. */
  readonly phase?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const CHUNK_BYTES = 4 << 20;

function* chunks(head: Uint8Array, phases: readonly VoxelArray[]): Generator<Uint8Array> {
  yield head;
  for (const voxels of phases)
    for (let at = 0; at < voxels.byteLength; at += CHUNK_BYTES)
      yield new Uint8Array(
        voxels.buffer,
        voxels.byteOffset + at,
        Math.min(CHUNK_BYTES, voxels.byteLength - at),
      );
}

/** Writes beside the file and renames: an interrupted export leaves nothing. `.gz` compresses. */
async function writeWhole(
  file: string,
  head: Uint8Array,
  phases: readonly VoxelArray[],
  { signal, onBytes }: WriteOptions,
): Promise<void> {
  const partial = path.join(
    path.dirname(file),
    `.${path.basename(file)}.${randomBytes(4).toString('hex')}.part`,
  );
  const handle = await open(partial, 'wx');
  try {
    const parts = function* (): Generator<Uint8Array> {
      for (const chunk of chunks(head, phases)) {
        signal?.throwIfAborted();
        yield chunk;
        onBytes?.(chunk.byteLength);
      }
    };
    if (file.endsWith('.gz')) {
      // zlib wants memory that is not shared, so each chunk is copied; only here.
      const own = function* (): Generator<Uint8Array> {
        for (const chunk of parts()) yield new Uint8Array(chunk);
      };
      const compressed = Readable.from(own()).compose(createGzip({ level: 4 }));
      for await (const chunk of compressed) await handle.writeFile(chunk as Uint8Array);
    } else for (const chunk of parts()) await handle.writeFile(chunk);
    await handle.sync();
    await handle.close();
    await rename(partial, file);
  } catch (error) {
    await handle.close().catch(() => {});
    await rm(partial, { force: true });
    throw error;
  }
}

function phasesOf(volume: Volume, phase: number | undefined): Volume['phases'] {
  if (phase === undefined) return volume.phases;
  const one = volume.phases[phase];
  if (!one)
    throw new RangeError(
      `this volume has ${volume.phases.length} phase${volume.phases.length === 1 ? '' : 's'} (0 to ${volume.phases.length - 1}); there is no phase ${phase}`,
    );
  return [one];
}

/** NRRD in LPS, raw little endian; int16 or float32 as the volume holds it. */
export async function exportNrrd(volume: Volume, file: string, options: WriteOptions = {}): Promise<void> {
  const phases = phasesOf(volume, options.phase);
  const head = new TextEncoder().encode(nrrdHeader(volume, phases));
  await writeWhole(
    file,
    head,
    phases.map((p) => p.voxels),
    options,
  );
}

/** NIfTI-1 in RAS (sform and qform); `.nii.gz` compresses. */
export async function exportNifti(volume: Volume, file: string, options: WriteOptions = {}): Promise<void> {
  const phases = phasesOf(volume, options.phase);
  await writeWhole(
    file,
    niftiHeader(volume, phases),
    phases.map((p) => p.voxels),
    options,
  );
}
