/** A volume made ready on one backend: grids per phase and level, and looks, are prepared once, when first wanted. */
import * as native from '../../native/index.ts';
import type { PreparedGrid, PreparedLook } from '../../native/index.ts';
import { GROUND_LINEAR, type Look } from '../../shared/scene/index.ts';
import type { Volume, VoxelArray } from '../../shared/volume.ts';
import { bakeLook, openingWindow } from './bake-look.ts';
import { clipPlaneMm, eyeOfPose, eyesOfCamera, frontCamera } from './camera.ts';
import { halveGrid, shortestEdgeMm } from './halve.ts';
import { pictureTarget } from './picture-target.ts';
import type { PrepareTwin, Quality, TwinRenderer } from './types.ts';

/** Looks kept per grid: dragging a window makes many, and each holds a sixteenth of the voxels' memory. */
const LOOKS_KEPT = 6;

/** A full picture that takes longer than this is none to move with: half the detail will be wanted, ms. */
const SLOW_PICTURE_MS = 100;

/** One phase at one level of detail. */
interface Prepared {
  readonly grid: PreparedGrid;
  /** Voxels of its own, where it is not over the volume's. */
  readonly ownBytes: number;
  readonly edgeMm: number;
  readonly looks: Map<string, Promise<PreparedLook>>;
}

/** `values`: the phase at full detail, whose range and histogram say what a look means at every level. */
async function prepareLookOf(
  volume: Volume,
  prepared: Prepared,
  values: PreparedGrid,
  look: Look,
): Promise<PreparedLook> {
  const key = JSON.stringify([look.preset, look.window?.center, look.window?.width]);
  const known = prepared.looks.get(key);
  if (known) {
    // The most recently used stand last.
    prepared.looks.delete(key);
    prepared.looks.set(key, known);
    return await known;
  }
  const { valueRange, histogram } = values;
  const baked = bakeLook(look, (preset) => openingWindow(preset, volume, valueRange, histogram));
  const made = native.prepareLook(prepared.grid, baked);
  prepared.looks.set(key, made);
  made.catch(() => prepared.looks.delete(key));
  for (const [old, promise] of prepared.looks) {
    if (prepared.looks.size <= LOOKS_KEPT) break;
    prepared.looks.delete(old);
    void promise.then((oldLook) => oldLook.dispose());
  }
  return await made;
}

/**
 * The padding as the grid's type can hold it: 16-bit voxels never are what does not fit into 16 bits or is no whole
 * number, and cut to them it would name another, real value as padding.
 */
export const paddingOf = (voxels: VoxelArray, paddingValue: number | null): number | null =>
  voxels instanceof Int16Array && paddingValue !== null && Int16Array.of(paddingValue)[0] !== paddingValue
    ? null
    : paddingValue;

/** Rejects with NATIVE_BACKEND where the backend is not there, ABORTED where `signal` says so. */
export const prepareTwin: PrepareTwin = async (volume, options = {}) => {
  // A device is used where one answers; nobody has to ask for it.
  const backend = options.backend ?? native.backends().at(-1)!.name;
  const levels = new Map<string, Promise<Prepared>>();
  const grids: Prepared[] = [];
  /** Half the detail of each phase that was asked for; null while it is made, and where it cannot be. */
  const halves = new Map<number, Prepared | null>();
  let disposed = false;

  const prepare = (phase: number, level: Quality['level'], signal?: AbortSignal): Promise<Prepared> => {
    // Nothing is begun that nobody would dispose.
    if (disposed) throw new Error('the renderer of this volume was disposed');
    const key = `${phase}/${level}`;
    const known = levels.get(key);
    if (known) return known;
    const voxels = volume.phases[phase]?.voxels;
    if (!voxels) throw new RangeError(`phase ${phase} of a volume that has ${volume.phases.length}`);
    const { dims, lpsFromIndex, holes } = volume;
    const paddingValue = paddingOf(voxels, volume.paddingValue);
    const full = { voxels, dims, mmFromIndex: lpsFromIndex, paddingValue, holes };
    const make = async (): Promise<Prepared> => {
      const spec = level === 0 ? full : await halveGrid(full, { signal });
      const grid = await native.prepareGrid(spec, { backend, signal });
      const ownBytes = level === 0 ? 0 : spec.voxels.byteLength;
      const prepared = { grid, ownBytes, edgeMm: shortestEdgeMm(spec.mmFromIndex), looks: new Map() };
      grids.push(prepared);
      return prepared;
    };
    const made = make();
    levels.set(key, made);
    made.catch(() => levels.delete(key));
    return made;
  };

  const { grid: first, edgeMm } = await prepare(0, 0, options.signal);

  /** Half the detail once it is ready; no picture waits for it. */
  const levelOf = (phase: number, wanted: Quality['level']): Quality['level'] => {
    if (wanted === 1 && !halves.has(phase)) {
      halves.set(phase, null);
      prepare(phase, 1).then(
        (made) => halves.set(phase, made),
        () => {},
      );
    }
    return wanted === 1 && halves.get(phase) ? 1 : 0;
  };

  const open = async (
    phase: number,
    look: Look,
    level: Quality['level'],
  ): Promise<{ grid: PreparedGrid; look: PreparedLook; edgeMm: number }> => {
    const values = await prepare(phase, 0);
    const prepared = level === 0 ? values : await prepare(phase, level);
    const made = await prepareLookOf(volume, prepared, values.grid, look);
    return { grid: prepared.grid, look: made, edgeMm: prepared.edgeMm };
  };

  /** Made while the head rests, half the detail and its look are there when it moves. */
  const makeReadyToMove = (phase: number, look: Look): void => {
    if (disposed || halves.has(phase)) return;
    levelOf(phase, 1);
    open(phase, look, 1).catch(() => {});
  };

  const dispose = (): void => {
    disposed = true;
    for (const level of levels.values())
      void level.then(
        ({ grid, looks }) => {
          for (const look of looks.values())
            void look.then(
              (made) => made.dispose(),
              () => {},
            );
          grid.dispose();
        },
        () => {},
      );
    levels.clear();
  };

  const renderer: TwinRenderer = {
    volume,
    backend: first.backend,
    valueRange: first.valueRange,
    histogram: Array.from(first.histogram),
    get bytes() {
      return grids.reduce((sum, { grid, ownBytes }) => sum + grid.bytes + ownBytes, 0);
    },

    async renderFrame(scene, pose, layout, planes, quality, signal) {
      const level = levelOf(scene.phase, quality.level);
      const { grid, look, edgeMm: levelMm } = await open(scene.phase, scene.look, level);
      const target = pictureTarget(layout, planes, pose.mono, quality.resolution);
      const eyes = (pose.mono ? pose.eyes.slice(0, 1) : pose.eyes).map((eye) => eyeOfPose(volume, eye));
      const { ms } = await native.marchPicture(
        {
          grid,
          look,
          eyes,
          clipPlanesMm: clipPlaneMm(scene.clip),
          stepVoxels: (quality.stepVoxels * edgeMm) / levelMm,
          background: GROUND_LINEAR,
        },
        target,
        { signal },
      );
      if (quality.level === 0 && quality.stepVoxels === 1 && ms > SLOW_PICTURE_MS)
        makeReadyToMove(scene.phase, scene.look);
      const { width, height } = target.eyes[0]!;
      return { ms, renderedWidth: width, renderedHeight: height, level, backend: grid.backend };
    },

    async renderImage({ camera, look, phase = 0, width, height, stereo = false, stepVoxels = 1, signal }) {
      const { grid, look: made } = await open(phase, look, 0);
      const eyes = eyesOfCamera(camera ?? frontCamera(volume, width, height), width, height, stereo);
      const pixels = new Uint8Array(eyes.length * width * height * 4);
      const { ms } = await native.marchRgba(
        { grid, look: made, eyes, stepVoxels, background: GROUND_LINEAR },
        { pixels, width, height },
        { signal },
      );
      return {
        pixels: sideBySide(pixels, eyes.length, width, height),
        width: eyes.length * width,
        height,
        ms,
      };
    },

    dispose,
    [Symbol.dispose]: dispose,
  };
  return renderer;
};

/** From one image after the other to rows that hold the left and the right eye. */
export function sideBySide(pixels: Uint8Array, count: number, width: number, height: number): Uint8Array {
  if (count === 1) return pixels;
  const out = new Uint8Array(pixels.length);
  for (let n = 0; n < count; n++)
    for (let row = 0; row < height; row++) {
      const from = (n * height + row) * width * 4;
      out.set(pixels.subarray(from, from + width * 4), (row * count + n) * width * 4);
    }
  return out;
}
