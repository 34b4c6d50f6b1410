/** From a study in an archive to its first stereo picture, stage by stage: what the person at the door waits for. */
import type { DecodePool } from '../../fhir/dicom/index.ts';
import type { Volume } from '../../shared/volume.ts';
import { openSeries, type Source } from '../ingest/index.ts';
import { prepareTwin } from '../render/index.ts';

export interface FirstFrame {
  readonly volume: Volume;
  /** RGBA, both eyes side by side. */
  readonly picture: { readonly pixels: Uint8Array; readonly width: number; readonly height: number };
  /** Milliseconds by stage, in order. `retrieve+decode` overlap: objects are decoded as they arrive. */
  readonly stages: Readonly<Record<string, number>>;
  readonly totalMs: number;
}

/** Discovers the series (`source.headers`: FHIR where there is one), opens it and renders both eyes at 640 x 640. */
export async function renderFirstFrame(
  source: Source,
  uids: { readonly studyInstanceUid: string; readonly seriesInstanceUid: string },
  options: { readonly pool?: DecodePool; readonly signal?: AbortSignal; readonly nowMs?: () => number } = {},
): Promise<FirstFrame> {
  const { pool, signal, nowMs = () => performance.now() } = options;
  const began = nowMs();
  const { volumes, timings } = await openSeries(source, uids, {
    ...(pool ? { pool } : {}),
    ...(signal ? { signal } : {}),
    nowMs,
  });
  const volume = volumes[0]!;
  const opened = nowMs();
  using twin = await prepareTwin(volume, signal ? { signal } : {});
  const prepared = nowMs();
  const picture = await twin.renderImage({
    look: { preset: 'ct-bone', window: null },
    width: 640,
    height: 640,
    stereo: true,
    ...(signal ? { signal } : {}),
  });
  const done = nowMs();
  return {
    volume,
    picture,
    stages: {
      'discover+headers': timings['headers'] ?? 0,
      plan: timings['plan'] ?? 0,
      'retrieve+decode': timings['fill'] ?? 0,
      assemble: timings['assemble'] ?? 0,
      prepare: prepared - opened,
      'first stereo frame': done - prepared,
    },
    totalMs: done - began,
  };
}
