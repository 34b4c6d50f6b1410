/**
 * Whether a decoded picture may be shown, and when to ask for a key frame.
 *
 * F1 A picture is shown only if its strip can be read, its pose is in the ring, and its RTP timestamp (where the
 *    browser gives one) is that pose's tick x step modulo 2^32.
 * F2 A strip that cannot be read is counted apart from one that disagrees; neither is shown.
 * F3 A picture of an older tick than the one shown is not shown.
 * F4 No new picture for max(150 ms, 3 intervals): a key frame is asked for, at most twice a second.
 */
import type { Pose } from '../../shared/protocol/channel.ts';
import type { FrameId, StripReading } from '../../shared/protocol/strip.ts';
import type { PoseRing } from '../pose/pose-ring.ts';

export type Verdict =
  | { readonly kind: 'show'; readonly pose: Pose; readonly id: FrameId }
  | { readonly kind: 'refused'; readonly why: 'timestamp' | 'unknown-pose' | 'mono' }
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'late' };

export function judgeFrame(
  strip: StripReading,
  rtpTimestamp: number | null,
  ring: PoseRing,
  rtpStep: number,
  shownTick: number,
): Verdict {
  if (strip.kind === 'unreadable') return { kind: 'unreadable' };
  const pose = ring.findByStrip(strip.id.tick);
  if (!pose) return { kind: 'refused', why: 'unknown-pose' };
  if (rtpTimestamp !== null && (pose.tick * rtpStep) % 2 ** 32 !== rtpTimestamp)
    return { kind: 'refused', why: 'timestamp' };
  if (pose.mono !== strip.id.mono) return { kind: 'refused', why: 'mono' };
  if (pose.tick < shownTick) return { kind: 'late' };
  return { kind: 'show', pose, id: strip.id };
}

export const SILENCE_MS = 150;
const KEY_EVERY_MS = 500;

export interface KeyAsker {
  /** A new picture was shown. */
  shown(nowMs: number): void;
  /** True when a key frame should be asked for now. */
  step(nowMs: number): boolean;
}

/** Starts silent at `startedMs`, so a stream that never begins asks too. */
export function createKeyAsker(startedMs: number): KeyAsker {
  let lastShownMs = startedMs;
  let intervalMs = SILENCE_MS / 3;
  let askedMs = -Infinity;
  return {
    shown: (nowMs) => {
      // A long gap is what this is for: it must not teach patience.
      const gap = Math.min(nowMs - lastShownMs, 250);
      intervalMs += (gap - intervalMs) * 0.1;
      lastShownMs = nowMs;
    },
    step: (nowMs) => {
      if (nowMs - lastShownMs < Math.max(SILENCE_MS, 3 * intervalMs)) return false;
      if (nowMs - askedMs < KEY_EVERY_MS) return false;
      askedMs = nowMs;
      return true;
    },
  };
}
