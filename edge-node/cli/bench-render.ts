/**
 * `bench --suite render`: the march beside VTK's CPU ray caster, at equal picture error. Each renderer is judged
 * against its own picture at a sixteenth of its step; ours then takes the longest step that errs no more than the
 * peer. Frames are timed on an orbit of eight views, 512 x 512; the median counts on both sides.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { decode } from 'fast-png';
import * as native from '../../native/index.ts';
import type { EyeSpec, LookSpec, PreparedGrid, PreparedLook } from '../../native/index.ts';
import { symmetricTangents } from '../../shared/geometry/index.ts';
import { linearFromSrgb } from '../../shared/scene/index.ts';
import { eyesOfCamera } from '../render/index.ts';
import { timeRow, type BenchRow } from './bench-row.ts';
import {
  benchPhantom,
  type BenchVolume,
  type TransferFunction,
  TRANSFER_FUNCTIONS,
} from './bench-phantom.ts';

const PEERS = path.resolve(import.meta.dirname, '../../../shared/peers');
const PYTHON = '/usr/bin/python3';
const SIZE = 512;
const ANGLES = 8;
const DISTANCE_MM = 750;
const FOV_DEG = 30;
const STEPS = [1, 1.25, 1.5, 1.75, 2];
const PEER_STEP = 0.5;

const exec = promisify(execFile);
type Run = (file: string, args: readonly string[]) => Promise<string>;

/** Root of the mean square over all channels, in codes of 255. */
function rms(a: ArrayLike<number>, b: ArrayLike<number>, channelsA: number, channelsB: number): number {
  let sum = 0;
  const pixels = a.length / channelsA;
  for (let n = 0; n < pixels; n++)
    for (let c = 0; c < 3; c++) sum += (a[n * channelsA + c]! - b[n * channelsB + c]!) ** 2;
  return Math.sqrt(sum / (3 * pixels));
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
};

function lookOf(tf: TransferFunction): LookSpec {
  const entries = 2048;
  const [valueMin, valueMax] = [-1000, 1000];
  const table = new Float32Array(4 * entries);
  const at = (points: readonly (readonly number[])[], value: number, k: number): number => {
    const next = points.findIndex((point) => point[0]! >= value);
    if (next <= 0) return points.at(next)![k]!;
    const [a, b] = [points[next - 1]!, points[next]!];
    return a[k]! + ((value - a[0]!) / (b[0]! - a[0]!)) * (b[k]! - a[k]!);
  };
  for (let i = 0; i < entries; i++) {
    const value = valueMin + (i * (valueMax - valueMin)) / (entries - 1);
    for (let c = 0; c < 3; c++) table[4 * i + c] = linearFromSrgb(at(tf.color, value, c + 1));
    table[4 * i + 3] = -Math.log(1 - at(tf.opacity, value, 1));
  }
  return { mode: 'shaded', valueMin, valueMax, table, ...tf.shading };
}

/** The peer's orbit: about the axis of the body, from in front. */
function eyeAt({ dims, spacingMm }: BenchVolume, turn: number): EyeSpec {
  const [x, y, z] = dims.map((n, a) => ((n - 1) / 2) * spacingMm[a]!) as [number, number, number];
  const eyeMm = [x + DISTANCE_MM * Math.sin(turn), y - DISTANCE_MM * Math.cos(turn), z] as const;
  const camera = { eyeMm, targetMm: [x, y, z] as const, up: [0, 0, 1] as const, fovYDeg: FOV_DEG };
  const [eye] = eyesOfCamera(camera, SIZE, SIZE, false);
  return { ...eye!, tangents: symmetricTangents(FOV_DEG, 1) };
}

interface Ours {
  readonly step: number;
  readonly error: number;
  readonly ms: number;
}

async function measureOurs(
  volume: BenchVolume,
  grid: PreparedGrid,
  look: PreparedLook,
  errorAllowed: number | null,
  signal: AbortSignal,
): Promise<Ours> {
  const shoot = async (turn: number, stepVoxels: number): Promise<{ pixels: Uint8Array; ms: number }> => {
    const pixels = new Uint8Array(SIZE * SIZE * 4);
    const march = { grid, look, eyes: [eyeAt(volume, turn)], stepVoxels, background: [0, 0, 0] as const };
    const { ms } = await native.marchRgba(march, { pixels, width: SIZE, height: SIZE }, { signal });
    return { pixels, ms };
  };
  const errorOf = async (step: number): Promise<number> =>
    rms((await shoot(0, step)).pixels, (await shoot(0, step / 16)).pixels, 4, 4);
  let chosen = { step: STEPS[0]!, error: await errorOf(STEPS[0]!) };
  if (errorAllowed !== null)
    for (const step of STEPS.slice(1)) {
      const error = await errorOf(step);
      if (error > errorAllowed) break;
      chosen = { step, error };
    }
  const times: number[] = [];
  for (let n = 0; n < ANGLES; n++) times.push((await shoot((2 * Math.PI * n) / ANGLES, chosen.step)).ms);
  return { ...chosen, ms: median(times) };
}

interface Peer {
  readonly error: number;
  readonly ms: number;
}

/** VTK's own run on the same volume, and its error; null where it cannot run here. */
async function measurePeer(folder: string, volume: string, tf: string, run: Run): Promise<Peer | null> {
  const script = path.join(PEERS, 'vtk_raycast.py');
  if (![script, PYTHON, '/usr/bin/xvfb-run'].every((file) => existsSync(file))) return null;
  const shoot = async (
    angles: number,
    step: number,
  ): Promise<{ ms: number; data: ArrayLike<number>; channels: number }> => {
    const png = path.join(folder, 'peer.png');
    const settings = {
      '--tf': path.join(folder, `${tf}.json`),
      '--camera': path.join(folder, 'camera.json'),
      '--threads': String(native.backends()[0]!.threads),
      '--angles': String(angles),
      '--sample-voxels': String(step),
      '--png': png,
    };
    const text = await run('/usr/bin/xvfb-run', [
      '-a',
      PYTHON,
      script,
      path.join(folder, `${volume}.json`),
      '--size',
      String(SIZE),
      String(SIZE),
      ...Object.entries(settings).flat(),
    ]);
    const said = JSON.parse(text.trim().split('\n').at(-1)!) as { frameMs: { median: number } };
    const { data, channels } = decode(await readFile(png));
    return { ms: said.frameMs.median, data, channels };
  };
  try {
    // The orbit ends where it began: the last picture is the view from in front.
    const timed = await shoot(ANGLES, PEER_STEP);
    const fine = await shoot(1, PEER_STEP / 16);
    return { ms: timed.ms, error: rms(timed.data, fine.data, timed.channels, fine.channels) };
  } catch (error) {
    if (error instanceof Error && error.name === 'AbortError') throw error;
    console.error(`! VTK could not run: ${error instanceof Error ? error.message.split('\n')[0] : error}`);
    return null;
  }
}

export async function benchRender({ signal }: { readonly signal: AbortSignal }): Promise<BenchRow[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'anteroom-bench-'));
  const run: Run = async (file, args) =>
    (await exec(file, [...args], { signal, maxBuffer: 1 << 24, timeout: 900_000 })).stdout;
  const rows: BenchRow[] = [];
  try {
    const camera = {
      directionFromFocalPoint: [0, -1, 0],
      viewUp: [0, 0, 1],
      viewAngleDeg: FOV_DEG,
      distanceMm: DISTANCE_MM,
    };
    await writeFile(path.join(folder, 'camera.json'), JSON.stringify(camera));
    for (const [name, tf] of Object.entries(TRANSFER_FUNCTIONS))
      await writeFile(path.join(folder, `${name}.json`), JSON.stringify(tf));
    for (const [name, dims] of [
      ['raymarch-256', [256, 256, 256]],
      ['raymarch-512', [512, 512, 300]],
    ] as const) {
      const volume = benchPhantom(dims);
      await writeFile(path.join(folder, `${name}.raw`), new Uint8Array(volume.voxels.buffer));
      await writeFile(
        path.join(folder, `${name}.json`),
        JSON.stringify({ file: `${name}.raw`, dims, spacingMm: volume.spacingMm, originMm: [0, 0, 0] }),
      );
      const [sx, sy, sz] = volume.spacingMm;
      using grid = await native.prepareGrid(
        {
          voxels: volume.voxels,
          dims,
          mmFromIndex: [sx, 0, 0, 0, 0, sy, 0, 0, 0, 0, sz, 0, 0, 0, 0, 1],
          paddingValue: null,
        },
        { signal },
      );
      for (const [tfName, tf] of Object.entries(TRANSFER_FUNCTIONS)) {
        signal.throwIfAborted();
        using look = await native.prepareLook(grid, lookOf(tf), { signal });
        const peer = await measurePeer(folder, name, tfName, run);
        const ours = await measureOurs(volume, grid, look, peer?.error ?? null, signal);
        const row = tfName === 'tf' ? name : `${name}-${tfName.slice(3)}`;
        rows.push(timeRow(row, ours.ms, peer ? { name: 'VTK CPU', valueMs: peer.ms } : null));
        rows.push({
          name: `${row}-error`,
          value: ours.error,
          unit: `of 255 rms at step ${ours.step}`,
          peer: peer ? `VTK CPU at step ${PEER_STEP}` : null,
          peerValue: peer?.error ?? null,
          ratio: peer ? peer.error / ours.error : null,
        });
      }
    }
    return rows;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
