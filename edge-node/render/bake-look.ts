/** From a look as people pick it (sRGB points, alpha per mm, a window) to the table that kernels integrate. */
import type { LookSpec } from '../../native/types.ts';
import { linearFromSrgb, presetByName, type Look, type Preset } from '../../shared/scene/index.ts';
import type { Volume } from '../../shared/volume.ts';

interface Window {
  readonly center: number;
  readonly width: number;
}

const ENTRIES = 2048;

/** Extinction per mm that takes away `alpha` of the light within one. */
const extinction = (alpha: number): number => -Math.log(1 - Math.min(alpha, 0.999));

/** The points' column `k` at a value: straight between points, level beyond them. */
function between(points: readonly (readonly number[])[], value: number, k: number): number {
  const next = points.findIndex((point) => point[0]! >= value);
  if (next === 0) return points[0]![k]!;
  if (next < 0) return points.at(-1)![k]!;
  const [a, b] = [points[next - 1]!, points[next]!];
  return a[k]! + ((value - a[0]!) / (b[0]! - a[0]!)) * (b[k]! - a[k]!);
}

/**
 * The window that a look without one of its own is shown with. Presets are written in HU; values of any other unit
 * (MR's have no scale at all) take the file's window, else the middle 98 % of the voxels.
 */
export function openingWindow(
  preset: Preset,
  volume: Pick<Volume, 'unit' | 'window'>,
  valueRange: readonly [number, number],
  histogram: ArrayLike<number>,
): Window {
  if (volume.unit === 'HU') return preset.window;
  if (volume.window && volume.window.width > 0) return volume.window;
  const [low, high] = valueRange;
  const counts = Array.from(histogram);
  const all = counts.reduce((sum, n) => sum + n, 0);
  const at = (share: number): number => {
    let sum = 0;
    const bin = counts.findIndex((n) => (sum += n) >= all * share);
    return low + ((bin + 0.5) / counts.length) * (high - low);
  };
  const [from, to] = all > 0 ? [at(0.01), at(0.995)] : [low, high];
  return { center: (from + to) / 2, width: Math.max(to - from, (high - low) / 256, 1e-6) };
}

/** Bakes a look. Throws RangeError for a preset that does not exist. */
export function bakeLook(look: Look, opening: (preset: Preset) => Window): LookSpec {
  const preset = presetByName(look.preset);
  if (!preset) throw new RangeError(`there is no look '${look.preset}'`);
  const window = look.window ?? opening(preset);
  const stretch = window.width / preset.window.width;
  const moved = (value: number): number => window.center + (value - preset.window.center) * stretch;
  const color = preset.color.map(([value, ...rest]) => [moved(value), ...rest.map(linearFromSrgb)]);
  const opacity = preset.opacity.map(([value, alpha]) => [moved(value), alpha]);
  const values = [...color, ...opacity].map((point) => point[0]!);
  const [valueMin, valueMax] = [Math.min(...values), Math.max(...values)];
  const table = new Float32Array(4 * ENTRIES);
  for (let i = 0; i < ENTRIES; i++) {
    const value = valueMin + (i * (valueMax - valueMin)) / (ENTRIES - 1);
    for (let c = 0; c < 3; c++) table[4 * i + c] = between(color, value, c + 1);
    const alpha = between(opacity, value, 1);
    table[4 * i + 3] = preset.mode === 'mip' ? alpha : extinction(alpha);
  }
  return { mode: preset.mode, valueMin, valueMax, table, ...preset.shading };
}
