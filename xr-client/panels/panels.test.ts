import { expect, test } from 'vitest';
import { PRESETS } from '../../shared/scene/presets.ts';
import { reachMm } from './clip-panel.ts';
import { swatchGradient } from './look-panel.ts';
import { streamState } from './stream-dot.ts';
import type { StreamReport } from '../../shared/protocol/messages.ts';

const report = { fps: 25 } as StreamReport;

test('the dot is red for what a person would notice', () => {
  expect(streamState({ report, ageMs: 40, connected: true })).toBe('fine');
  expect(streamState({ report, ageMs: 120, connected: true })).toBe('working');
  expect(streamState({ report: { ...report, fps: 10 }, ageMs: 40, connected: true })).toBe('working');
  expect(streamState({ report, ageMs: 151, connected: true })).toBe('poor');
  expect(streamState({ report, ageMs: 40, connected: false })).toBe('poor');
});

test('the clip plane reaches the faces of an anisotropic, turned grid', () => {
  const lpsFromIndex = [0, 2, 0, 0, -1, 0, 0, 0, 0, 0, 3, 0, 5, 5, 5, 1];
  const shown = { dims: [11, 21, 31] as const, lpsFromIndex };
  expect(reachMm(shown, [1, 0, 0])).toBe(10);
  expect(reachMm(shown, [0, 1, 0])).toBe(10);
  expect(reachMm(shown, [0, 0, -1])).toBe(45);
});

test('every preset has a swatch', () => {
  for (const preset of PRESETS)
    expect(swatchGradient(preset)).toMatch(/^linear-gradient\(90deg, rgb\(.*\), .*\)$/);
});
