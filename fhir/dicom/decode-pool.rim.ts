/**
 * Decoding off the main thread, into the volume itself. A hostile object costs its worker at the most: a thread that
 * hangs, dies, or whose codecs have grown is replaced, and everything else goes on.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { DecodeJob, DecodeResult, FromDecodeWorker, ToDecodeWorker } from './decode-messages.ts';
import { DicomError } from './errors.ts';

export interface DecodePool extends AsyncDisposable {
  /** Objects decoded at once. */
  readonly workers: number;
  /**
   * Rejects with DicomError (also for a codec that hangs or dies: 'codec'), or with the signal's reason. A running
   * decode that is aborted may still write into its target.
   */
  decode(job: DecodeJob, signal?: AbortSignal): Promise<DecodeResult>;
  /** Starts the threads now, so that the first job does not wait for them. */
  warm(): void;
  close(): Promise<void>;
}

export interface DecodePoolOptions {
  readonly workers?: number;
  /** For one object; `msPerFrame` is added for each frame. */
  readonly timeLimitMs?: number;
  readonly msPerFrame?: number;
  /** The file a worker runs: tests bring one that hangs or dies. */
  readonly script?: URL;
}

/** Codecs grow to the largest frame they saw and never shrink: beyond this their thread is replaced. */
const CODEC_BYTES_LIMIT = 256 << 20;

/** However many frames an object has. */
const LONGEST_MS = 600_000;

interface Task {
  readonly id: number;
  readonly job: DecodeJob;
  readonly resolve: (result: DecodeResult) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  task: Task | null;
  timer: NodeJS.Timeout | null;
}

/** Threads start with the first jobs, and do not keep the process alive while they are idle. */
export function openDecodePool(options: DecodePoolOptions = {}): DecodePool {
  const { timeLimitMs = 20_000, msPerFrame = 500 } = options;
  const workers = Math.max(1, options.workers ?? Math.min(8, availableParallelism()));
  const script = options.script ?? new URL('./decode-worker.rim.ts', import.meta.url);
  const threads = new Set<Thread>();
  const queue: Task[] = [];
  let nextId = 0;
  let closed = false;

  const settle = (thread: Thread): Task | null => {
    const { task } = thread;
    if (thread.timer) clearTimeout(thread.timer);
    thread.task = null;
    thread.timer = null;
    return task;
  };
  const drop = async (thread: Thread): Promise<void> => {
    threads.delete(thread);
    await thread.worker.terminate();
  };
  const lose = (thread: Thread, words: string): void => {
    if (!threads.has(thread)) return;
    settle(thread)?.reject(new DicomError('codec', words));
    void drop(thread);
    work();
  };

  const start = (): Thread => {
    const worker = new Worker(script, { resourceLimits: { maxOldGenerationSizeMb: 1024 } });
    const thread: Thread = { worker, task: null, timer: null };
    worker.on('message', (message: FromDecodeWorker) => {
      if (thread.task?.id !== message.id) return;
      const task = settle(thread)!;
      if (message.kind === 'done') task.resolve(message.result);
      else task.reject(new DicomError(message.code, message.reason));
      if (message.codecBytes > CODEC_BYTES_LIMIT) void drop(thread);
      else worker.unref();
      work();
    });
    worker.on('error', (error: unknown) =>
      lose(
        thread,
        `The object made its decoder fail (${error instanceof Error ? error.name : 'no reason'}).`,
      ),
    );
    worker.on('exit', () => lose(thread, 'The object made its decoder end.'));
    threads.add(thread);
    return thread;
  };

  const work = (): void => {
    while (queue.length > 0) {
      const idle = [...threads].find(({ task }) => task === null);
      if (!idle && threads.size >= workers) return;
      give(idle ?? start(), queue.shift()!);
    }
  };

  const give = (thread: Thread, task: Task): void => {
    const limit = Math.min(LONGEST_MS, timeLimitMs + msPerFrame * task.job.frames.length);
    thread.task = task;
    thread.worker.ref();
    thread.timer = setTimeout(
      () =>
        lose(thread, `Decoding the object took more than ${Math.round(limit / 1000)} s: it was given up.`),
      limit,
    );
    try {
      const bytes = movable(task.job.bytes);
      const message: ToDecodeWorker = { id: task.id, job: { ...task.job, bytes } };
      thread.worker.postMessage(message, [bytes.buffer]);
    } catch (error) {
      settle(thread)?.reject(error);
      work();
    }
  };

  const close = async (): Promise<void> => {
    closed = true;
    const gone = new DicomError('codec', 'The decode pool was closed.');
    for (const task of queue.splice(0)) task.reject(gone);
    await Promise.all(
      [...threads].map((thread) => {
        settle(thread)?.reject(gone);
        return drop(thread);
      }),
    );
  };

  return {
    workers,
    decode: (job, signal) => {
      if (closed) return Promise.reject(new DicomError('codec', 'The decode pool is closed.'));
      if (signal?.aborted) return Promise.reject(signal.reason as Error);
      const { promise, resolve, reject } = Promise.withResolvers<DecodeResult>();
      const task: Task = { id: nextId++, job, resolve, reject };
      const abort = (): void => {
        const at = queue.indexOf(task);
        if (at >= 0) queue.splice(at, 1);
        reject(signal!.reason);
      };
      signal?.addEventListener('abort', abort, { once: true });
      queue.push(task);
      work();
      return promise.finally(() => signal?.removeEventListener('abort', abort));
    },
    warm: () => {
      if (closed) return;
      for (let n = threads.size; n < workers; n++) start().worker.unref();
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** The bytes where they are all of a buffer that may be given away, else a copy. */
function movable(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const { buffer, byteLength } = bytes;
  const whole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength && !buffer.detached;
  return whole ? new Uint8Array(buffer) : new Uint8Array(bytes);
}
