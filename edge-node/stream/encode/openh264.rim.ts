/** openh264 behind the interface of the encode thread. */
import { loadH264 } from '../../../native/encode/index.ts';
import type { SyncEncoder } from './sync-encoder.ts';
import type { WorkerSettings } from './worker-messages.ts';

export function openOpenH264(settings: WorkerSettings): SyncEncoder {
  const load = loadH264();
  if (load.kind === 'absent') throw new Error(load.why);
  const { addon } = load;
  const handle = addon.open(settings.width, settings.height, settings.bitrateKbps, settings.maxFps);
  return {
    encode: (planes, coded, { key, bitrateKbps, timeMs }) =>
      addon.encode(handle, planes, coded, key, bitrateKbps, timeMs),
    close: () => addon.close(handle),
  };
}
