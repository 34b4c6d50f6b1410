/** What the node did for a viewer lately, twice a second. */
import type { StreamReport } from '../../shared/protocol/messages.ts';
import type { FrameRecord, ViewerSettings } from './viewer-words.ts';
import { percentile } from './governor.ts';

export const REPORT_MS = 500;

export interface ReportKeeper {
  sent(record: FrameRecord, nowMs: number): void;
  nacked(packets: number): void;
  /** Mean time between pictures sent lately; 0 before the second one. */
  frameIntervalMs(): number;
  dueAtMs(): number;
  /** The report, when it is due and there is something to say. */
  take(nowMs: number, encodeMs: number): StreamReport | null;
}

const mean = (values: readonly number[]): number =>
  values.length === 0 ? 0 : values.reduce((a, b) => a + b, 0) / values.length;

export function createReportKeeper(settings: ViewerSettings): ReportKeeper {
  let frames: FrameRecord[] = [];
  let last: FrameRecord | null = null;
  let lastReportMs = 0;
  let intervalMs = 0;
  let nacks = 0;
  let keyFrames = 0;

  return {
    sent(record, nowMs) {
      // A rest is no slow frame: the interval is that of pictures that follow each other.
      if (last) intervalMs += (Math.min(nowMs - last.sentMs, 200) - intervalMs) * 0.1;
      last = record;
      frames.push(record);
      if (record.key) keyFrames++;
    },
    nacked(packets) {
      nacks += packets;
    },
    frameIntervalMs: () => intervalMs,
    dueAtMs: () => lastReportMs + REPORT_MS,
    take(nowMs, encodeMs) {
      if (nowMs - lastReportMs < REPORT_MS) return null;
      const spanS = Math.min(nowMs - lastReportMs, 2 * REPORT_MS) / 1000;
      lastReportMs = nowMs;
      if (!last) return null;
      const made = frames.filter((frame) => !frame.held);
      const report: StreamReport = {
        fps: frames.length / spanS,
        renderMs: made.length > 0 ? mean(made.map((frame) => frame.renderMs)) : last.renderMs,
        encodeMs,
        poseToSentMs: percentile(
          frames.map((frame) => frame.sentMs - frame.poseMs),
          0.5,
        ),
        bitrateKbps: (frames.reduce((sum, frame) => sum + frame.bytes, 0) * 8) / 1000 / spanS,
        renderedWidth: last.renderedWidth,
        renderedHeight: last.renderedHeight,
        fullWidth: settings.fullWidth,
        fullHeight: settings.fullHeight,
        stepVoxels: last.quality.stepVoxels,
        level: last.quality.level,
        encoder: settings.encoder,
        backend: last.backend ?? 'none',
        nacks,
        keyFrames,
      };
      frames = [];
      return report;
    },
  };
}
