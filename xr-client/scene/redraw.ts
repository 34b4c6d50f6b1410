/** Whether a display frame at a desk must be drawn: a picture that has not changed is on the screen already. */

/** Drawn at least this often, for what changes without a word: a font, a program that is ready only now. */
const AT_LEAST_EVERY_MS = 1000;
/** Display intervals vary by this much. */
const SLACK_MS = 4;

/** `same`: the screen shows it already. `later`: it shows something older, and must wait a little. */
export type DrawVerdict = 'draw' | 'same' | 'later';

export interface Redraw {
  /**
   * `seen`: everything that the drawing depends on but the picture, as numbers or as values that are replaced, never
   * changed. A new picture is drawn at once; the same one for another view waits till `everyMs` after the last drawing.
   */
  judge(seen: readonly unknown[], picture: number, everyMs: number, nowMs: number): DrawVerdict;
}

export function createRedraw(): Redraw {
  let drawn: readonly unknown[] = [];
  let drawnPicture: number | null = null;
  let drawnMs = -Infinity;
  return {
    judge: (seen, picture, everyMs, nowMs) => {
      const samePicture = picture === drawnPicture;
      const same =
        samePicture &&
        seen.length === drawn.length &&
        seen.every((value, index) => Object.is(value, drawn[index]));
      if (same && nowMs - drawnMs < AT_LEAST_EVERY_MS) return 'same';
      if (samePicture && nowMs - drawnMs < everyMs - SLACK_MS) return 'later';
      drawn = seen;
      drawnPicture = picture;
      drawnMs = nowMs;
      return 'draw';
    },
  };
}
