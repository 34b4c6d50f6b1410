/** Whether a decoded picture is the one that was asked for. */
import type { PictureLayout } from '../../../shared/protocol/picture.ts';
import { readStrip } from '../../../shared/protocol/strip.ts';
import { readPose } from './pose-pattern.ts';

/** An entry of the ring of poses sent. */
export interface Sent {
  readonly tick: number;
  readonly sampleMs: number;
  /** What the picture's own pattern must say; null where a real picture has none. */
  readonly code: number | null;
}

export type Verdict = 'right' | 'wrong' | 'unreadable';

/** The strip must name the tick of `sent`, and the pattern, where there is one, show its pose. */
export function judge(luma: Uint8Array, stride: number, sent: Sent, layout: PictureLayout): Verdict {
  const reading = readStrip(luma, layout, stride);
  if (reading.kind === 'unreadable') return 'unreadable';
  if (reading.id.tick !== (sent.tick & 0xffffff)) return 'wrong';
  return sent.code === null || readPose(luma, layout, stride) === sent.code ? 'right' : 'wrong';
}
