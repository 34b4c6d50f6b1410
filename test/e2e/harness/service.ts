/** The real service over a folder or the embedded patient, with the client as built from the sources as they are. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build } from 'vite';
import { startService, type Service } from '../../../edge-node/room/index.ts';
import type { Source } from '../../../edge-node/ingest/index.ts';
import type { NewRoom } from '../../../shared/protocol/messages.ts';
import type { StudyEntry } from '../../../shared/volume.ts';

export interface TestService extends AsyncDisposable {
  readonly service: Service;
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

export async function startTestService(
  makeSource: (folder: string) => Promise<Source>,
): Promise<TestService> {
  const folder = mkdtempSync(path.join(tmpdir(), 'anteroom-e2e-'));
  const clientDir = await buildClient(path.join(folder, 'client'));
  const source = await makeSource(folder);
  const service = await startService({
    source,
    host: '127.0.0.1',
    port: 0,
    clientDir,
    home: path.join(folder, 'home'),
    tls: null,
  });
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
