/** Every object decoded to see whether it can be: what `studies --verify` adds to a listing of headers. */
import { readHeader } from '../../fhir/dicom/index.ts';
import type { DecodePool } from '../../fhir/dicom/index.ts';
import type { QuarantineRecord } from '../../shared/volume.ts';
import { number } from './attributes.ts';
import { monotonicMs } from './clock.rim.ts';
import { forEachInFlight } from './in-flight.ts';
import { kindOfSopClass } from './kinds.ts';
import { readPlanes } from './plane.ts';
import { createMeter } from './progress.ts';
import type { FlowOptions, RetrievedObject } from './types.ts';

const IN_FLIGHT_BYTES = 192 << 20;

/** One record for each object that cannot be read and decoded to its last frame, in the order of arrival. */
export async function verifyObjects(
  objects: AsyncIterable<RetrievedObject>,
  pool: DecodePool,
  options: FlowOptions & { readonly total?: number; readonly nowMs?: () => number } = {},
): Promise<QuarantineRecord[]> {
  const { signal, nowMs = monotonicMs } = options;
  const meter = createMeter(options.progress, nowMs);
  meter.stage('decode', options.total ?? null);
  const reasons = new Map<string, string>();
  const order: string[] = [];
  await forEachInFlight(
    objects,
    ({ bytes }) => bytes.byteLength,
    { tasks: 2 * pool.workers + 2, bytes: IN_FLIGHT_BYTES },
    async ({ object, bytes, failure }) => {
      order.push(object);
      const size = bytes.byteLength;
      try {
        if (failure !== undefined) throw new Error(failure);
        const instance = readHeader(bytes);
        const frames = Math.max(1, number(instance.header, '00280008') ?? 1);
        const hasPixels = number(instance.header, '00280010') !== null;
        if (kindOfSopClass(instance.sopClassUid) === 'image') {
          const planes = readPlanes({ ...instance, object });
          if (planes.kind === 'refused') throw new Error(`It cannot be placed: ${planes.reason}`);
        }
        const wanted = hasPixels ? Array.from({ length: frames }, (_, i) => i) : [];
        await pool.decode({ bytes, frames: wanted }, signal);
      } catch (error) {
        if (signal?.aborted) throw error;
        const words = error instanceof Error ? error.message : String(error);
        reasons.set(object, words.endsWith('.') ? words : `${words}.`);
      }
      meter.add(1, size);
    },
    signal,
  );
  meter.flush();
  return order.flatMap((object) => {
    const reason = reasons.get(object);
    return reason === undefined ? [] : [{ object, reason }];
  });
}
