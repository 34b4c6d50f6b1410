/** Window and level by dragging: across widens, down darkens, as readers are used to. */
import { presetByName } from '../../shared/scene/presets.ts';
import type { Look } from '../../shared/scene/scene.ts';

export interface WindowValue {
  readonly center: number;
  readonly width: number;
}

/** The window in force: the look's own, else its preset's. */
export function windowOf(look: Look): WindowValue {
  return look.window ?? presetByName(look.preset)?.window ?? { center: 0, width: 1 };
}

/** A drag over the whole height of the picture goes through half of the volume's values. */
export function dragWindow(
  start: WindowValue,
  dx: number,
  dy: number,
  heightPx: number,
  range: readonly [number, number],
): WindowValue {
  const perPixel = (range[1] - range[0]) / 2 / heightPx;
  const least = (range[1] - range[0]) / 1000;
  return {
    center: Math.min(range[1], Math.max(range[0], start.center + dy * perPixel)),
    width: Math.min(2 * (range[1] - range[0]), Math.max(least, start.width + dx * perPixel)),
  };
}
