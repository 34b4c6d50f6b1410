/** The thread that encodes for one viewer: opens its encoder, then writes each picture's coded bytes where all see them. */
import { parentPort, workerData } from 'node:worker_threads';
import type { FromEncodeWorker, ToEncodeWorker, WorkerSettings } from './worker-messages.ts';
import type { SyncEncoder } from './sync-encoder.ts';

const port = parentPort!;
const settings = workerData as WorkerSettings;
const post = (message: FromEncodeWorker): void => port.postMessage(message);
const words = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function open(): Promise<SyncEncoder> {
  if (settings.name === 'openh264') return (await import('./openh264.rim.ts')).openOpenH264(settings);
  return (await import('./x264.rim.ts')).openX264(settings);
}

try {
  const encoder = await open();
  port.on('message', (message: ToEncodeWorker) => {
    if (message.kind === 'close') {
      encoder.close();
      port.close();
      return;
    }
    try {
      const started = performance.now();
      const { planes, key, bitrateKbps } = message;
      const bytes = encoder.encode(planes, settings.coded, { key, bitrateKbps, timeMs: started });
      const encodeMs = performance.now() - started;
      post({ kind: 'coded', id: message.id, bytes, key, encodeMs });
    } catch (error) {
      post({ kind: 'failed', id: message.id, reason: words(error) });
    }
  });
  post({ kind: 'open' });
} catch (error) {
  post({ kind: 'failed', id: -1, reason: words(error) });
  port.close();
}
