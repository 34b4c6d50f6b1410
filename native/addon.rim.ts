/** Loads the compiled addon, and turns its jobs into promises that an AbortSignal can cancel. */
import { createRequire } from 'node:module';
import path from 'node:path';
import { NativeError } from './errors.ts';

/** What a handle is to JavaScript: nothing to look into. */
export type Handle = { readonly __handle: never };

interface GridAnswer {
  readonly handle: Handle;
  readonly low: number;
  readonly high: number;
  readonly bytes: number;
  readonly histogram: Float64Array;
}

interface StatsAnswer {
  readonly ms: number;
  readonly rays: number;
  readonly samples: number;
}

type Plain = Int16Array | Float32Array;

interface Addon {
  prepareGrid(
    ticket: number,
    voxels: Plain,
    dims: Int32Array,
    mmFromIndex: Float64Array,
    padding: number | null,
    holes: Int32Array,
    cuda: boolean,
  ): Promise<GridAnswer>;
  prepareLook(ticket: number, grid: Handle, table: Float32Array, numbers: Float64Array): Promise<Handle>;
  marchRgba(
    ticket: number,
    grid: Handle,
    look: Handle,
    eyes: Float64Array,
    clips: Float64Array,
    options: Float64Array,
    pixels: Uint8Array,
    inverse: Float32Array | null,
    deviation: Float32Array | null,
    coverage: Float32Array | null,
  ): Promise<StatsAnswer>;
  marchPicture(
    ticket: number,
    grid: Handle,
    look: Handle,
    eyes: Float64Array,
    clips: Float64Array,
    options: Float64Array,
    planes: Uint8Array,
    boxes: Int32Array,
  ): Promise<StatsAnswer>;
  rescale(stored: ArrayBufferView, numbers: Float64Array, out: Plain, outOffset: number): void;
  resample(
    ticket: number,
    source: Plain,
    dims: Int32Array,
    matrix: Float64Array,
    padding: number | null,
    target: Plain,
    targetDims: Int32Array,
    targetMatrix: Float64Array,
    fill: number,
    places: Float64Array | null,
  ): Promise<void>;
  dispose(handle: Handle): void;
  liveHandles(): number;
  cancel(ticket: number): void;
  cpu(): { readonly isa: string; readonly threads: number };
  cuda(): { readonly here: boolean; readonly name: string };
}

let loaded: Addon | undefined;

/** Throws NATIVE_LOAD with what to do where the addon was not built or does not fit this machine. */
export function addon(): Addon {
  if (loaded) return loaded;
  const file = path.join(import.meta.dirname, 'build', 'Release', 'anteroom.node');
  try {
    loaded = createRequire(import.meta.url)(file) as Addon;
    return loaded;
  } catch (error) {
    throw new NativeError(
      'NATIVE_LOAD',
      `The native kernels could not be loaded (${error instanceof Error ? error.message : String(error)}). ` +
        'Build them with: npm run build:native',
      { cause: error },
    );
  }
}

let tickets = 0;

/** Runs a job; an abort makes it stop before its next tile, and it rejects with ABORTED. */
export async function runJob<T>(
  signal: AbortSignal | undefined,
  start: (ticket: number) => Promise<T>,
): Promise<T> {
  const aborted = (): NativeError => new NativeError('ABORTED', 'The job was cancelled before it ended.');
  if (signal?.aborted) throw aborted();
  const ticket = ++tickets;
  const cancel = (): void => addon().cancel(ticket);
  signal?.addEventListener('abort', cancel, { once: true });
  try {
    return await start(ticket);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ABORTED') throw aborted();
    if (code === 'NATIVE_BACKEND' || code === 'NATIVE_ARGUMENT')
      throw new NativeError(code, (error as Error).message, { cause: error });
    throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
}
