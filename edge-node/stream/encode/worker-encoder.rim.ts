/** An encoder in a thread of its own, so that no picture is coded on the event loop. */
import { Worker } from 'node:worker_threads';
import type { CodedPicture, Encoder } from '../types.ts';
import type { FromEncodeWorker, ToEncodeWorker, WorkerSettings } from './worker-messages.ts';

interface Waiting {
  resolve(picture: CodedPicture): void;
  reject(error: Error): void;
}

/** Rejects with code ENCODER_OPEN where the encoder does not open, ENCODER_FAILED where a picture fails. */
export class EncoderError extends Error {
  override readonly name = 'EncoderError';
  readonly code: 'ENCODER_OPEN' | 'ENCODER_FAILED' | 'ENCODER_CLOSED';
  constructor(code: EncoderError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/** What a coded picture may need beyond the bytes of its planes: its heads, where it is very small. */
const HEAD_ROOM = 65_536;

export async function openWorkerEncoder(options: Omit<WorkerSettings, 'coded'>): Promise<Encoder> {
  const room = Math.ceil((options.width * options.height * 3) / 2) + HEAD_ROOM;
  const settings: WorkerSettings = { ...options, coded: new Uint8Array(new SharedArrayBuffer(room)) };
  const worker = new Worker(new URL('./worker.rim.ts', import.meta.url), { workerData: settings });
  const waiting = new Map<number, Waiting>();
  let next = 0;
  let ended: Error | null = null;
  const opened = Promise.withResolvers<void>();
  const exited = Promise.withResolvers<void>();

  const end = (error: Error): void => {
    ended ??= error;
    opened.reject(ended);
    for (const entry of waiting.values()) entry.reject(ended);
    waiting.clear();
  };
  worker.on('message', (message: FromEncodeWorker) => {
    if (message.kind === 'open') return opened.resolve();
    if (message.kind === 'failed' && message.id < 0)
      return end(new EncoderError('ENCODER_OPEN', `${settings.name} does not open: ${message.reason}`));
    const entry = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'failed')
      entry?.reject(new EncoderError('ENCODER_FAILED', `${settings.name}: ${message.reason}`));
    else {
      const { bytes, key, encodeMs } = message;
      entry?.resolve({ data: settings.coded.subarray(0, bytes), key, encodeMs });
    }
  });
  worker.on('error', (error: unknown) =>
    end(new EncoderError('ENCODER_FAILED', `${settings.name} died: ${String(error)}`)),
  );
  worker.on('exit', () => {
    end(new EncoderError('ENCODER_CLOSED', `${settings.name} is closed`));
    exited.resolve();
  });
  await opened.promise;

  const post = (message: ToEncodeWorker): void => worker.postMessage(message);
  const close = async (): Promise<void> => {
    if (!ended) post({ kind: 'close' });
    await exited.promise;
  };
  return {
    name: settings.name,
    encode: (planes, { key, bitrateKbps }) =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        const id = next++;
        waiting.set(id, { resolve, reject });
        post({ kind: 'encode', id, planes, key, bitrateKbps });
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
