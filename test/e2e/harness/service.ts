/** The real service over a folder or the embedded patient, with the client as built from the sources as they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import type { RoomEffects } from '../../../edge-node/room/effects.ts';
import type { Service, ServiceOptions } from '../../../edge-node/room/index.ts';
import { startServiceWith } from '../../../edge-node/room/service.rim.ts';
import { realEffects } from '../../../edge-node/room/wire.ts';
import type { Source } from '../../../edge-node/ingest/index.ts';
import type { NewRoom } from '../../../shared/protocol/messages.ts';
import type { StudyEntry } from '../../../shared/volume.ts';

/** How often the node was asked for voxels, and how many holds on them there are now. */
export interface VoxelCounts {
  /** Series read into memory for showing. */
  opened: number;
  /** Volumes made ready to be rendered. */
  prepared: number;
  held: number;
}

export interface TestService extends AsyncDisposable {
  readonly service: Service;
  readonly counts: Readonly<VoxelCounts>;
  studies(): Promise<readonly StudyEntry[]>;
  /** Address of a new room on that series, with `query` such as '?probe'. */
  roomLink(studyInstanceUid: string, seriesInstanceUid: string, query?: string): Promise<string>;
  close(): Promise<void>;
}

const root = path.resolve(import.meta.dirname, '../../..');

export async function buildClient(outDir: string): Promise<string> {
  await build({
    configFile: path.join(root, 'xr-client/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  });
  return outDir;
}

/** The real effects, counted. */
function counted(effects: RoomEffects, counts: VoxelCounts): RoomEffects {
  return {
    ...effects,
    async holdSeries(...args) {
      counts.opened++;
      const { series, release } = await effects.holdSeries(...args);
      counts.held++;
      let held = true;
      return {
        series,
        release: () => {
          if (held) counts.held--;
          held = false;
          release();
        },
      };
    },
    prepareTwin(...args) {
      counts.prepared++;
      return effects.prepareTwin(...args);
    },
  };
}

export async function startTestService(
  makeSource: (folder: string) => Promise<Source>,
  options: Pick<ServiceOptions, 'eyeSize'> = {},
): Promise<TestService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-e2e-'));
  const clientDir = await buildClient(path.join(folder, 'client'));
  const source = await makeSource(folder);
  const counts: VoxelCounts = { opened: 0, prepared: 0, held: 0 };
  const service = await startServiceWith(
    { source, host: '127.0.0.1', port: 0, clientDir, home: path.join(folder, 'home'), tls: null, ...options },
    counted(realEffects(undefined), counts),
  );
  const headers = { authorization: `Bearer ${service.hostToken}`, 'content-type': 'application/json' };
  const ask = async <T>(where: string, init: RequestInit = {}): Promise<T> => {
    const response = await fetch(`${service.origin}${where}`, { ...init, headers });
    if (!response.ok) throw new Error(`${where}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };
  const close = async (): Promise<void> => {
    await service.close();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    service,
    counts,
    studies: async () => (await ask<{ studies: StudyEntry[] }>('/api/studies')).studies,
    roomLink: async (studyInstanceUid, seriesInstanceUid, query = '') => {
      const room = await ask<NewRoom>('/api/rooms', {
        method: 'POST',
        body: JSON.stringify({ studyInstanceUid, seriesInstanceUid }),
      });
      return `${service.origin}/${query}#token=${room.token}`;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
