/**
 * The newest pose of a viewer and how old it is.
 *
 * P1 Newest wins: a pose whose tick is not after the newest one's (modulo 2^32) is dropped.
 * P2 Age runs on the node's clock, plus what the pose waited on its way: its delay over the fastest of late.
 * P3 A pose older than MAX_POSE_AGE_MS is nobody's view any more: it is never rendered and never names a picture.
 */
import type { Pose } from '../../shared/protocol/channel.ts';

export const MAX_POSE_AGE_MS = 250;
/** The fastest way here is looked for over one to two of these: clocks drift, and devices sleep. */
const FASTEST_WINDOW_MS = 5000;

export interface PoseArrival {
  readonly pose: Pose;
  readonly arrivedMs: number;
  /** When it was sampled, on the node's clock: as if the fastest pose of late had taken no time. */
  readonly sampledMs: number;
}

export interface PoseInbox {
  /** False where it was dropped (P1). */
  take(pose: Pose, nowMs: number): boolean;
  newest(): PoseArrival | null;
  /** The newest pose, unless it is too old (P3). */
  fresh(nowMs: number): PoseArrival | null;
  readonly counts: { readonly taken: number; readonly dropped: number };
}

/** Whether tick `a` comes after `b`, modulo 2^32. */
export const isAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0;

export function createPoseInbox(): PoseInbox {
  let newest: PoseArrival | null = null;
  let windowStart = -Infinity;
  let fastest = Infinity;
  let fastestBefore = Infinity;
  const counts = { taken: 0, dropped: 0 };

  const delayOf = (pose: Pose, nowMs: number): number => {
    const apart = nowMs - pose.sampleTimeMs;
    if (nowMs - windowStart > FASTEST_WINDOW_MS) {
      fastestBefore = nowMs - windowStart > 2 * FASTEST_WINDOW_MS ? Infinity : fastest;
      fastest = Infinity;
      windowStart = nowMs;
    }
    fastest = Math.min(fastest, apart);
    return apart - Math.min(fastest, fastestBefore);
  };

  return {
    take(pose, nowMs) {
      if (newest && !isAfter(pose.tick, newest.pose.tick)) {
        counts.dropped++;
        return false;
      }
      counts.taken++;
      newest = { pose, arrivedMs: nowMs, sampledMs: nowMs - delayOf(pose, nowMs) };
      return true;
    },
    newest: () => newest,
    fresh: (nowMs) => (newest && nowMs - newest.sampledMs <= MAX_POSE_AGE_MS ? newest : null),
    counts,
  };
}
