/** What a display frame at a desk costs: nothing where nothing changed, fewer pixels where the device is too slow. */
import type { Engine } from '@babylonjs/core/Engines/engine.js';
import { createDrawScale } from './draw-scale.ts';
import { createRedraw } from './redraw.ts';

export interface DeskFrames {
  /**
   * Whether this display frame must be drawn. `view`: the eye and what stands before it; `rest`: all else that the
   * drawing depends on, numbers or values that are replaced, never changed.
   */
  mustDraw(view: readonly number[], rest: readonly unknown[], nowMs: number): boolean;
  /** Every pixel again: a headset takes the canvas over. */
  leave(): void;
}

export function createDeskFrames(engine: Engine): DeskFrames {
  const redraw = createRedraw();
  const scale = createDrawScale();
  let before: readonly number[] = [];
  // Setting it makes the canvas anew, so only where it differs.
  const set = (level: number): void => {
    if (engine.getHardwareScalingLevel() !== level) engine.setHardwareScalingLevel(level);
  };
  return {
    mustDraw: (view, rest, nowMs) => {
      const changed = view.some((value, index) => value !== before[index]);
      before = view;
      set(scale.step(changed, nowMs));
      const size = [engine.getRenderWidth(), engine.getRenderHeight()];
      return redraw.needed([...view, ...size, ...rest], nowMs);
    },
    leave: () => set(1),
  };
}
