/** Counting what has arrived, and saying so at most ten times a second. Time is an argument. */
import type { Progress } from '../../shared/volume.ts';
import type { ProgressSink } from './types.ts';

const INTERVAL_MS = 100;
/** The rate is that of about the last two seconds. */
const RATE_MS = 2000;

export interface Meter {
  stage(stage: Progress['stage'], instancesTotal: number | null): void;
  add(instances: number, bytes: number): void;
  /** Says the last state even where the interval is not over. */
  flush(): void;
}

export function createMeter(sink: ProgressSink | undefined, nowMs: () => number): Meter {
  let state: Progress = {
    stage: 'discover',
    instancesDone: 0,
    instancesTotal: null,
    bytes: 0,
    bytesPerSecond: 0,
  };
  let saidAt = Number.NEGATIVE_INFINITY;
  let marks: { at: number; bytes: number }[] = [];
  const say = (at: number): void => {
    saidAt = at;
    sink?.(state);
  };
  return {
    stage(stage, instancesTotal) {
      state = { stage, instancesTotal, instancesDone: 0, bytes: 0, bytesPerSecond: 0 };
      marks = [{ at: nowMs(), bytes: 0 }];
      say(nowMs());
    },
    add(instances, bytes) {
      const at = nowMs();
      const total = state.bytes + bytes;
      while (marks.length > 2 && at - marks[1]!.at > RATE_MS) marks.shift();
      if (at - (marks.at(-1)?.at ?? Number.NEGATIVE_INFINITY) >= INTERVAL_MS)
        marks.push({ at, bytes: total });
      const from = marks[0] ?? { at, bytes: total };
      const bytesPerSecond = at > from.at ? ((total - from.bytes) * 1000) / (at - from.at) : 0;
      state = { ...state, instancesDone: state.instancesDone + instances, bytes: total, bytesPerSecond };
      if (at - saidAt >= INTERVAL_MS) say(at);
    },
    flush: () => say(nowMs()),
  };
}
