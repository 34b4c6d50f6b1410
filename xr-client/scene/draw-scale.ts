/**
 * How many pixels are drawn at a desk while things move: a device that cannot keep pace with its display draws fewer,
 * and all of them again as soon as the view rests.
 *
 * D1 At rest every pixel is drawn.
 * D2 While moving, the median of a run of display intervals above `SLOW_MS` takes the next coarser level.
 * D3 A coarser level that brings nothing (a slow display, a busy page) is taken back, and not tried again for a while.
 * D4 A run below `FAST_MS` takes the next finer level; one that proves slow again is tried ever more seldom.
 */

/** Screen pixels per drawn pixel, along a side. */
export const LEVELS = [1, 1.5, 2] as const;

const SLOW_MS = 26;
const FAST_MS = 19;
const RUN = 12;
/** The view rests when it has not changed for this long. */
const REST_MS = 250;
/** Below this share of the interval before, a coarser level was worth it. */
const WORTH = 0.85;
const RETRY_MS = 30_000;
const FIRST_PATIENCE_MS = 2000;

export interface DrawScale {
  /** Once per display frame; `changed`: the view is another than the frame before. Answers with a value of `LEVELS`. */
  step(changed: boolean, nowMs: number): number;
}

export function createDrawScale(): DrawScale {
  let level = 0;
  let lastMs: number | null = null;
  let movedMs = -Infinity;
  let run: number[] = [];
  /** Median before the newest coarser step, until it is judged. */
  let before: number | null = null;
  let notBeforeMs = -Infinity;
  let finerAtMs = -Infinity;
  let patienceMs = FIRST_PATIENCE_MS;
  let triedFinerMs: number | null = null;

  function take(next: number): void {
    level = next;
    run = [];
  }

  function judge(medianMs: number, nowMs: number): void {
    if (before !== null) {
      const worth = medianMs < before * WORTH;
      before = null;
      if (!worth) {
        notBeforeMs = nowMs + RETRY_MS;
        return take(level - 1);
      }
    }
    if (medianMs > SLOW_MS && level < LEVELS.length - 1 && nowMs >= notBeforeMs) {
      // A finer level that did not hold: the next try may wait twice as long.
      if (triedFinerMs !== null && nowMs - triedFinerMs < patienceMs) patienceMs *= 2;
      triedFinerMs = null;
      finerAtMs = nowMs + patienceMs;
      before = medianMs;
      return take(level + 1);
    }
    if (medianMs < FAST_MS && level > 0 && nowMs >= finerAtMs) {
      triedFinerMs = nowMs;
      return take(level - 1);
    }
    run = [];
  }

  return {
    step: (changed, nowMs) => {
      const interval = lastMs === null ? null : nowMs - lastMs;
      const moving = nowMs - movedMs < REST_MS;
      lastMs = nowMs;
      if (changed) movedMs = nowMs;
      if (!changed && !moving) {
        run = [];
        return LEVELS[0];
      }
      // Only where frame follows drawn frame does the interval say what drawing costs.
      if (changed && moving && interval !== null && run.push(interval) >= RUN)
        judge(run.toSorted((a, b) => a - b)[RUN / 2]!, nowMs);
      return LEVELS[level]!;
    },
  };
}
