/** What a display frame costs: nothing at a desk where nothing changed, and less where the device is too slow. */
import { createDrawScale } from './draw-scale.ts';
import { createRedraw, type DrawVerdict } from './redraw.ts';

/** What a display frame shows. */
export interface Shown {
  /** The eye and what stands before it. */
  readonly view: readonly number[];
  /** Another number, another picture. */
  readonly picture: number;
  /** It will get better: it was made while something moved, with fewer pixels than there are. */
  readonly sharpens: boolean;
  /** All else that the drawing depends on, numbers or values that are replaced, never changed. */
  readonly rest: readonly unknown[];
}

export interface DisplayFrames {
  /** Whether this display frame must be drawn, at a desk. */
  judge(shown: Shown, nowMs: number): DrawVerdict;
  /** Before a frame in a headset, which is always drawn, for its eyes never rest: the scale to draw it at. */
  pace(shown: Pick<Shown, 'view' | 'sharpens'>, nowMs: number): number;
  /** Fewer pixels than there are are drawn now. */
  isCoarse(): boolean;
  /** Forgets what it learned: another display takes over, with every pixel. */
  leave(): void;
}

/** `setScale`: screen pixels per drawn pixel, along a side, at a desk; what was drawn may be gone with it. */
export function createDisplayFrames(inSoftware: boolean, setScale: (scale: number) => void): DisplayFrames {
  let redraw = createRedraw();
  let drawScale = createDrawScale(inSoftware);
  let before: readonly number[] = [];
  let scale = 1;
  const set = (to: number): boolean => {
    if (to === scale) return false;
    scale = to;
    setScale(to);
    return true;
  };
  const changed = (view: readonly number[]): boolean => {
    const other = view.some((value, index) => value !== before[index]);
    before = view;
    return other;
  };
  return {
    judge: ({ view, picture, sharpens, rest }, nowMs) => {
      const step = drawScale.step(changed(view) || sharpens, nowMs);
      const empty = set(step.scale);
      return redraw.judge([...view, scale, ...rest], picture, empty ? 0 : step.everyMs, nowMs);
    },
    pace: ({ view, sharpens }, nowMs) => (scale = drawScale.step(changed(view) || sharpens, nowMs).scale),
    isCoarse: () => scale > 1,
    leave: () => {
      scale = 1;
      redraw = createRedraw();
      drawScale = createDrawScale(inSoftware);
    },
  };
}
