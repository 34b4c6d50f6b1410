/** What a display frame at a desk costs: nothing where nothing changed, less where the device is too slow. */
import type { Engine } from '@babylonjs/core/Engines/engine.js';
import { createDrawScale } from './draw-scale.ts';
import { createRedraw, type DrawVerdict } from './redraw.ts';

export interface DeskFrames {
  /**
   * Whether this display frame must be drawn. `view`: the eye and what stands before it; `rest`: all else that the
   * drawing depends on, numbers or values that are replaced, never changed.
   */
  judge(view: readonly number[], rest: readonly unknown[], nowMs: number): DrawVerdict;
  /** Fewer pixels than the canvas has are drawn now. */
  isCoarse(): boolean;
  /** Every pixel again: a headset takes the canvas over. */
  leave(): void;
}

export function createDeskFrames(engine: Engine): DeskFrames {
  const redraw = createRedraw();
  const drawScale = createDrawScale();
  let before: readonly number[] = [];
  // Setting it makes the canvas anew, so only where it differs.
  const set = (scale: number): boolean => {
    if (engine.getHardwareScalingLevel() === scale) return false;
    engine.setHardwareScalingLevel(scale);
    return true;
  };
  return {
    judge: (view, rest, nowMs) => {
      const changed = view.some((value, index) => value !== before[index]);
      before = view;
      const { scale, everyMs } = drawScale.step(changed, nowMs);
      // A canvas made anew is empty until it is drawn.
      const empty = set(scale);
      const size = [engine.getRenderWidth(), engine.getRenderHeight()];
      return redraw.judge([...view, ...size, ...rest], empty ? 0 : everyMs, nowMs);
    },
    isCoarse: () => engine.getHardwareScalingLevel() > 1,
    leave: () => void set(1),
  };
}
