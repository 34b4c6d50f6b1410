/**
 * How hard to try for the next picture of one viewer, from what the last ones cost.
 *
 * G1 While the head moves, a picture's render and encode together take at most TARGET_MS: the highest rung of the
 *    ladder whose predicted cost fits.
 * G2 Down at once, up only with room to spare and not twice in half a second: quality does not flicker.
 *    What a rung costs beside the others is learned: the first pictures after a step up teach its share, the rest
 *    teach how heavy the view is. Leaping and early ends make that share differ by look and by scan.
 * G3 The age mark is the floor: where the client's p95 of pose to picture seen plus one frame interval comes near the
 *    mark, the target shrinks; it grows back slowly. Below half the size an eye keeps LEAST_EYE_PIXELS: a desk's one
 *    eye, which has the whole picture, may shrink more than each of a headset's two.
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
/** First guess of the shares; measured on a chest in bone: 1.2 and 0.2, in soft tissue nearer 2 and 0.8. */
const SIZE_EXPONENT = 1.6;
const STEP_EXPONENT = 0.5;
/** Measured on the same chest: 29 ms beside 49, and 31 beside 54. */
const LEVEL_SHARE = 0.6;
/** So many pictures after a step up teach the share of the new rung. */
const LEARNING = 3;
const UP_SHARE = 0.8;
const UP_INTERVAL_MS = 500;
const ACK_WINDOW = 48;

/** 320 x 320. */
const LEAST_EYE_PIXELS = 320 * 320;

export const REST: Quality = { resolution: 1, stepVoxels: 1, level: 0 };

/** From the roughest to full; each rung costs more than the one before. */
export const LADDER: readonly Quality[] = [
  { resolution: 0.36, stepVoxels: 3, level: 1 },
  { resolution: 0.5, stepVoxels: 3, level: 1 },
  { resolution: 0.5, stepVoxels: 2, level: 1 },
  { resolution: 0.5, stepVoxels: 3, level: 0 },
  { resolution: 0.5, stepVoxels: 2, level: 0 },
  { resolution: 0.5, stepVoxels: 1.5, level: 0 },
  { resolution: 0.5, stepVoxels: 1, level: 0 },
  { resolution: 0.75, stepVoxels: 1.5, level: 0 },
  { resolution: 0.75, stepVoxels: 1, level: 0 },
  { resolution: 1, stepVoxels: 1.5, level: 0 },
  REST,
];

/** First guess of a quality's cost beside full quality: pixels, samples along each ray, and how many of them show. */
export const costOf = (q: Quality): number =>
  (q.resolution ** SIZE_EXPONENT / q.stepVoxels ** STEP_EXPONENT) * (q.level === 1 ? LEVEL_SHARE : 1);

/** The rung that was marched where another level of detail was at hand than asked for. */
export const atLevel = (quality: Quality, level: Quality['level']): Quality =>
  LADDER.find(
    (rung) =>
      rung.level === level &&
      rung.resolution === quality.resolution &&
      rung.stepVoxels === quality.stepVoxels,
  ) ?? { ...quality, level };

export type GovernorInput =
  /** What a render and the encode of its picture took; `eyePixels`: of one eye, at full size. */
  | {
      readonly kind: 'rendered';
      readonly quality: Quality;
      readonly ms: number;
      readonly eyePixels: number;
    }
  | { readonly kind: 'encoded'; readonly ms: number }
  | { readonly kind: 'acked'; readonly poseToShownMs: number; readonly frameIntervalMs: number };

export interface GovernorState {
  readonly rung: number;
  readonly targetMs: number;
  /** What each rung costs beside full quality, as learned. */
  readonly shares: readonly number[];
  /** Pictures that still teach the share of this rung. */
  readonly learning: number;
  /** Milliseconds of full quality, as of now; null before the first picture. */
  readonly unitMs: number | null;
  readonly encodeMs: number;
  readonly changedMs: number;
  readonly acks: readonly number[];
  readonly words: string;
}

/** The lowest of full detail: half the detail is made ready only where a machine needs it. */
const FIRST_RUNG = LADDER.findIndex(({ level }) => level === 0);

export const firstGovernorState: GovernorState = {
  rung: FIRST_RUNG,
  targetMs: TARGET_MS,
  shares: LADDER.map(costOf),
  learning: 0,
  unitMs: null,
  encodeMs: 6,
  changedMs: -Infinity,
  acks: [],
  words: 'nothing measured yet',
};

export const motionQuality = (state: GovernorState): Quality => LADDER[state.rung]!;

export function percentile(values: readonly number[], share: number): number {
  if (values.length === 0) return 0;
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}

function chooseRung(state: GovernorState, eyePixels: number, nowMs: number): GovernorState {
  const { unitMs, shares } = state;
  if (unitMs === null) return state;
  const room = Math.max(state.targetMs - state.encodeMs, 5);
  const expected = (rung: number): number => unitMs * shares[rung]!;
  const lowest = LADDER.findIndex(
    ({ resolution }) => resolution >= 0.5 || resolution ** 2 * eyePixels >= LEAST_EYE_PIXELS,
  );
  const fits = (limitMs: number): number =>
    Math.max(
      lowest,
      shares.findLastIndex((_, rung) => expected(rung) <= limitMs),
    );
  let { rung } = state;
  if (expected(rung) > room) rung = Math.min(rung, fits(room));
  else if (nowMs - state.changedMs >= UP_INTERVAL_MS && fits(room * UP_SHARE) > rung) rung++;
  const { resolution, stepVoxels, level } = LADDER[rung]!;
  const words = `moving at ${resolution} of the size, step ${stepVoxels}${level === 1 ? ', half detail' : ''}: about ${Math.round(expected(rung) + state.encodeMs)} of ${Math.round(state.targetMs)} ms`;
  if (rung === state.rung) return { ...state, words };
  return { ...state, rung, words, changedMs: nowMs, learning: rung > state.rung ? LEARNING : 0 };
}

/** G2: the first pictures after a step up teach what their rung costs beside the others, the rest how heavy the view is. */
function learn(state: GovernorState, rung: number, ms: number): GovernorState {
  const share = state.shares[rung]!;
  if (state.unitMs !== null && state.learning > 0) {
    const [low, high] = [LADDER[rung - 1] ? state.shares[rung - 1]! : 0, 4 * costOf(LADDER[rung]!)];
    const seen = Math.min(Math.max(ms / state.unitMs, low), high);
    const learned = share + (seen - share) * 0.6;
    const shares = state.shares.map((before, at) =>
      // No rung is thought cheaper than a rougher one.
      at === rung ? learned : at > rung ? Math.max(before, learned) : before,
    );
    return { ...state, shares, learning: state.learning - 1 };
  }
  const unit = ms / share;
  const before = state.unitMs ?? unit;
  // Slower than thought is believed quickly, faster slowly.
  return { ...state, unitMs: before + (unit - before) * (unit > before ? 0.5 : 0.15) };
}

export function stepGovernor(state: GovernorState, input: GovernorInput, nowMs: number): GovernorState {
  switch (input.kind) {
    case 'rendered': {
      // A picture begun before the rung changed still teaches its own.
      const rung = LADDER.indexOf(input.quality);
      if (rung < 0 || (state.learning > 0 && rung !== state.rung)) return state;
      return chooseRung(learn(state, rung, input.ms), input.eyePixels, nowMs);
    }
    case 'encoded':
      return { ...state, encodeMs: state.encodeMs + (input.ms - state.encodeMs) * 0.2 };
    case 'acked': {
      const acks = [...state.acks, input.poseToShownMs].slice(-ACK_WINDOW);
      if (acks.length < ACK_WINDOW / 4) return { ...state, acks };
      const age = percentile(acks, 0.95) + Math.min(input.frameIntervalMs, AGE_MARK_MS);
      let { targetMs } = state;
      if (age > NEAR_MARK_MS) targetMs = Math.max(MIN_TARGET_MS, targetMs * 0.985);
      else if (age < FAR_FROM_MARK_MS) targetMs = Math.min(TARGET_MS, targetMs * 1.005);
      return { ...state, acks, targetMs };
    }
  }
}
