/**
 * How hard to try for the next picture of one viewer, from what the last ones cost.
 *
 * G1 While the head moves, a picture's render and encode together take at most TARGET_MS: the highest rung of the
 *    ladder whose predicted cost fits.
 * G2 Down at once, up only with room to spare and not twice in half a second: quality does not flicker.
 * G3 The age mark is the floor: where the client's p95 of pose to picture plus one frame interval comes near the
 *    mark, the target shrinks; it grows back slowly.
 * G4 A head at rest gets everything (REST): what that costs does not count against motion.
 * G5 It says what it did: `words` is in every frame record.
 */
import type { Quality } from '../render/types.ts';

export const TARGET_MS = 45;
const MIN_TARGET_MS = 12;
const AGE_MARK_MS = 150;
/** Where the target begins to shrink, and where it may grow again. */
const NEAR_MARK_MS = 130;
const FAR_FROM_MARK_MS = 105;
const STEP_EXPONENT = 0.8;
const UP_SHARE = 0.8;
const UP_INTERVAL_MS = 500;
const ACK_WINDOW = 48;

export const REST: Quality = { resolution: 1, stepVoxels: 1 };

/** From the roughest to full; each rung costs more than the one before. */
export const LADDER: readonly Quality[] = [
  { resolution: 0.5, stepVoxels: 3 },
  { resolution: 0.5, stepVoxels: 2 },
  { resolution: 0.5, stepVoxels: 1.5 },
  { resolution: 0.5, stepVoxels: 1 },
  { resolution: 0.75, stepVoxels: 1.5 },
  { resolution: 0.75, stepVoxels: 1 },
  { resolution: 1, stepVoxels: 1.5 },
  REST,
];

/** Relative cost of a quality: pixels, and samples along each ray, of which leaping spares some. */
export const costOf = (q: Quality): number => q.resolution ** 2 / q.stepVoxels ** STEP_EXPONENT;

export type GovernorInput =
  /** What a render and the encode of its picture took. */
  | { readonly kind: 'rendered'; readonly quality: Quality; readonly ms: number }
  | { readonly kind: 'encoded'; readonly ms: number }
  | { readonly kind: 'acked'; readonly poseToDecodedMs: number; readonly frameIntervalMs: number };

export interface GovernorState {
  readonly rung: number;
  readonly targetMs: number;
  /** Milliseconds per unit of `costOf`; null before the first picture. */
  readonly unitMs: number | null;
  readonly encodeMs: number;
  readonly changedMs: number;
  readonly acks: readonly number[];
  readonly words: string;
}

export const firstGovernorState: GovernorState = {
  rung: 1,
  targetMs: TARGET_MS,
  unitMs: null,
  encodeMs: 6,
  changedMs: -Infinity,
  acks: [],
  words: 'nothing measured yet',
};

export const motionQuality = (state: GovernorState): Quality => LADDER[state.rung]!;

/** What a picture of that quality is expected to take, without its encode. */
export const predictMs = (state: GovernorState, quality: Quality): number =>
  (state.unitMs ?? 0) * costOf(quality);

export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function chooseRung(state: GovernorState, nowMs: number): GovernorState {
  const { unitMs } = state;
  if (unitMs === null) return state;
  const room = Math.max(state.targetMs - state.encodeMs, 5);
  const fits = (limitMs: number): number =>
    Math.max(
      0,
      LADDER.findLastIndex((quality) => unitMs * costOf(quality) <= limitMs),
    );
  const nowMsOf = unitMs * costOf(LADDER[state.rung]!);
  let rung = state.rung;
  if (nowMsOf > room) rung = Math.min(rung, fits(room));
  else if (nowMs - state.changedMs >= UP_INTERVAL_MS) rung = Math.max(rung, fits(room * UP_SHARE));
  const { resolution, stepVoxels } = LADDER[rung]!;
  const words = `moving at ${resolution} of the size, step ${stepVoxels}: about ${Math.round(unitMs * costOf(LADDER[rung]!) + state.encodeMs)} of ${Math.round(state.targetMs)} ms`;
  return rung === state.rung ? { ...state, words } : { ...state, rung, words, changedMs: nowMs };
}

export function stepGovernor(state: GovernorState, input: GovernorInput, nowMs: number): GovernorState {
  switch (input.kind) {
    case 'rendered': {
      const unit = input.ms / costOf(input.quality);
      const before = state.unitMs ?? unit;
      // Slower than thought is believed quickly, faster slowly (G2).
      const unitMs = before + (unit - before) * (unit > before ? 0.5 : 0.15);
      return chooseRung({ ...state, unitMs }, nowMs);
    }
    case 'encoded':
      return { ...state, encodeMs: state.encodeMs + (input.ms - state.encodeMs) * 0.2 };
    case 'acked': {
      const acks = [...state.acks, input.poseToDecodedMs].slice(-ACK_WINDOW);
      if (acks.length < ACK_WINDOW / 4) return { ...state, acks };
      const age = percentile(acks, 0.95) + Math.min(input.frameIntervalMs, AGE_MARK_MS);
      let { targetMs } = state;
      if (age > NEAR_MARK_MS) targetMs = Math.max(MIN_TARGET_MS, targetMs * 0.985);
      else if (age < FAR_FROM_MARK_MS) targetMs = Math.min(TARGET_MS, targetMs * 1.005);
      return { ...state, acks, targetMs };
    }
  }
}
