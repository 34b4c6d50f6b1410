/** A thread of the decode pool: one object at a time. */
import { parentPort } from 'node:worker_threads';
import { codecMemory } from './codecs/load.rim.ts';
import type { FromDecodeWorker, ToDecodeWorker } from './decode-messages.ts';
import { decodeObject } from './decode-object.ts';
import { DicomError } from './errors.ts';

const port = parentPort!;
const answer = (message: FromDecodeWorker): void => port.postMessage(message);

port.on('message', ({ id, job }: ToDecodeWorker) => {
  decodeObject(job).then(
    async (result) => answer({ id, kind: 'done', result, codecBytes: await codecMemory() }),
    async (error: unknown) => {
      const { code, message } =
        error instanceof DicomError
          ? error
          : { code: 'malformed' as const, message: `The object cannot be read: ${String(error)}` };
      answer({ id, kind: 'failed', code, reason: message, codecBytes: await codecMemory().catch(() => 0) });
    },
  );
});
