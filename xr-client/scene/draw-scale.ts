/**
 * How much is drawn while things move: a device that cannot keep pace with its display draws fewer pixels, at last also
 * fewer frames, and everything again as soon as the view rests.
 *
 * D1 At rest, once the picture is as sharp as it gets, every pixel is drawn.
 * D2 While moving, a run of display intervals with a slow median takes the next coarser step: slower than `SLOW_MS`,
 *    and than the display's own pace as it shows while the view rests.
 *    Far slower than that, two steps at once.
 * D3 A run below `FAST_MS` takes the next finer step; one that proves slow again is tried ever more seldom.
 * D4 Where the processor itself draws (WebGL in software), moving is drawn at the coarsest step from the first frame
 *    on: what drawing takes is taken from the decoder, so that a display that keeps pace shows older pictures.
 */

export interface DrawStep {
  /** Screen pixels per drawn pixel, along a side. */
  readonly scale: number;
  /** A picture that is shown already is drawn for another view no more often than this, ms. */
  readonly everyMs: number;
}

const ALL: DrawStep = { scale: 1, everyMs: 0 };
const STEPS: readonly DrawStep[] = [
  ALL,
  { scale: 1.5, everyMs: 0 },
  { scale: 2, everyMs: 30 },
  { scale: 2, everyMs: 50 },
];

const SLOW_MS = 26;
const FAST_MS = 19;
const RUN = 12;
/** The view rests when it has not changed for this long. */
const REST_MS = 250;
/** No display is slower than this by itself. */
const SLOWEST_PACE_MS = 40;
/** Between a coarser step and the first try to be finer again; a try that fails within `HOLD_MS` doubles it. */
const [FIRST_PATIENCE_MS, LAST_PATIENCE_MS] = [8000, 120_000];
const HOLD_MS = 3000;

export interface DrawScale {
  /** Once per display frame; `changed`: the view is another than the frame before, or the picture sharpens still. */
  step(changed: boolean, nowMs: number): DrawStep;
}

/** `inSoftware`: there is no graphics processor (D4). */
export function createDrawScale(inSoftware: boolean): DrawScale {
  let at = 0;
  let lastMs: number | null = null;
  let movedMs = -Infinity;
  let run: number[] = [];
  let running: 'moving' | 'resting' = 'resting';
  let paceMs = Infinity;
  let finerAtMs = -Infinity;
  let patienceMs = FIRST_PATIENCE_MS;
  let finerMs = -Infinity;

  function judge(medianMs: number, nowMs: number): void {
    const slowMs = Math.max(SLOW_MS, 1.5 * (paceMs === Infinity ? 0 : paceMs));
    if (medianMs > slowMs && at < STEPS.length - 1) {
      // A finer step that did not hold: the next try waits twice as long.
      if (nowMs - finerMs < HOLD_MS) patienceMs = Math.min(LAST_PATIENCE_MS, 2 * patienceMs);
      finerAtMs = nowMs + patienceMs;
      at = Math.min(STEPS.length - 1, at + (medianMs > 2 * slowMs ? 2 : 1));
    } else if (medianMs < FAST_MS && at > 0 && nowMs >= finerAtMs) {
      finerMs = nowMs;
      finerAtMs = nowMs + HOLD_MS;
      at--;
    }
  }

  return {
    step: (changed, nowMs) => {
      const interval = lastMs === null ? null : nowMs - lastMs;
      lastMs = nowMs;
      const wasMoving = nowMs - movedMs < REST_MS;
      if (changed) movedMs = nowMs;
      const now = wasMoving ? 'moving' : 'resting';
      if (now !== running) run = [];
      running = now;
      if (interval !== null) {
        run.push(interval);
        if (run.length === RUN) {
          const sorted = run.toSorted((a, b) => a - b);
          if (now === 'moving') judge(sorted[RUN / 2]!, nowMs);
          // A resting picture still sharpens: its display is as fast as its faster frames.
          else paceMs = Math.min(paceMs, sorted[RUN / 4]!, SLOWEST_PACE_MS);
          run = [];
        }
      }
      if (!changed && !wasMoving) return ALL;
      return inSoftware ? STEPS.at(-1)! : STEPS[at]!;
    },
  };
}
