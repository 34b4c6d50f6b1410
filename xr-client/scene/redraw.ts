/** Whether a display frame at a desk must be drawn: a picture that has not changed is on the screen already. */

/** Drawn at least this often, for what changes without a word: a font, a program that is ready only now. */
const AT_LEAST_EVERY_MS = 250;

export interface Redraw {
  /** `seen`: everything that the drawing depends on, as numbers or as values that are replaced, never changed. */
  needed(seen: readonly unknown[], nowMs: number): boolean;
}

export function createRedraw(): Redraw {
  let before: readonly unknown[] = [];
  let drawnMs = -Infinity;
  return {
    needed: (seen, nowMs) => {
      const same =
        seen.length === before.length && seen.every((value, index) => Object.is(value, before[index]));
      if (same && nowMs - drawnMs < AT_LEAST_EVERY_MS) return false;
      before = seen;
      drawnMs = nowMs;
      return true;
    },
  };
}
