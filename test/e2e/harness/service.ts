/** The real service over a folder or the embedded patient, with the client as built from the sources as they are. */
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import type { RoomEffects } from '../../../edge-node/room/effects.ts';
import type { Service, ServiceOptions } from '../../../edge-node/room/index.ts';
import { startServiceWith } from '../../../edge-node/room/service.rim.ts';
import { realEffects } from '../../../edge-node/room/wire.ts';
import type { Source } from '../../../edge-node/ingest/index.ts';
import type { NewRoom } from '../../../shared/protocol/messages.ts';
import type { StudiesAnswer } from '../../../shared/protocol/studies.ts';
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

/** Changes with every change of what the client is built from. */
function clientVersion(): string {
  const hash = createHash('sha256');
  for (const folder of ['xr-client', 'shared'])
    for (const entry of readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })) {
      const file = path.join(entry.parentPath, entry.name);
      if (!entry.isFile() || file.includes(`${path.sep}dist${path.sep}`)) continue;
      const { mtimeMs, size } = statSync(file);
      hash.update(`${file} ${mtimeMs} ${size}\n`);
    }
  return hash.digest('hex').slice(0, 16);
}

/** The client as the sources are now: built once for all tests of this machine, till a source changes. */
async function builtClient(): Promise<string> {
  const kept = path.join(tmpdir(), `anteroom-e2e-client-${clientVersion()}`);
  if (existsSync(kept)) return kept;
  const outDir = mkdtempSync(`${kept}-`);
  await build({
    configFile: path.join(root, 'xr-client/vite.config.ts'),
    logLevel: 'warn',
    build: { outDir, emptyOutDir: true },
  });
  try {
    renameSync(outDir, kept);
  } catch {
    // Somebody else was first.
    rmSync(outDir, { recursive: true, force: true });
  }
  return kept;
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
  const clientDir = await builtClient();
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
    await source[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    service,
    counts,
    async studies() {
      let answer = await ask<StudiesAnswer>('/api/studies');
      while (answer.reading) answer = await ask<StudiesAnswer>(`/api/studies/after/${answer.reading.next}`);
      return answer.studies;
    },
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
