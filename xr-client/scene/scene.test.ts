import { expect, test } from 'vitest';
import { transformPoint } from '../../shared/geometry/mat4.ts';
import { DESK_FOV_Y_DEG, DESK_VIEW, eyeFromWorld, pan, pxPerMetreAtMiddle } from '../pose/desk-view.ts';
import { INITIAL_STATE, type ViewerState } from '../session/viewer-state.ts';
import { dragMetres } from './clip-handle.ts';
import { edgeLetters } from './orientation.ts';
import { buttonAt, hitPlate, paletteButtons, phaseBeside, ROWS } from './palette.ts';
import { isTrueSize, scaleBar, scaleWords } from './scale-bar.ts';

const from = (yawRad: number, pitchRad = 0) =>
  edgeLetters(eyeFromWorld({ yawRad, pitchRad, distanceM: 1, target: [0, 0, 0] }));

test('letters: from the front the patient’s left is on the right; from the back on the left', () => {
  expect(from(0)).toEqual({ right: 'L', left: 'R', top: 'H', bottom: 'F' });
  expect(from(Math.PI)).toEqual({ right: 'R', left: 'L', top: 'H', bottom: 'F' });
});

test('letters: from the patient’s left side, the face is on the left', () => {
  expect(from(Math.PI / 2)).toEqual({ right: 'P', left: 'A', top: 'H', bottom: 'F' });
});

test('letters: from above the head, the front is below', () => {
  const letters = from(0, 1.5);
  expect(letters.top).toBe('P');
  expect(letters.bottom).toBe('A');
  expect(letters.right).toBe('L');
});

test('letters: an oblique edge names both, the stronger first', () => {
  expect(from(0.6).right).toBe('LP');
});

test('the bar is a round length that fits', () => {
  expect(scaleBar(2, 140)).toEqual({ mm: 50, px: 100 });
  expect(scaleBar(0.5, 140)).toEqual({ mm: 200, px: 100 });
  expect(scaleBar(300, 140)!.mm).toBeCloseTo(0.2, 12);
  expect(scaleBar(0, 140)).toBeNull();
  expect(scaleWords(50)).toBe('50\u202fmm');
  expect([isTrueSize(1.004), isTrueSize(1.01)]).toEqual([true, false]);
});

test('the bar measures at the middle of the twin, also after a pan and half a turn', () => {
  const near = { ...DESK_VIEW, yawRad: Math.PI / 2, pitchRad: 0 };
  const panned = pan(near, 0.4 * 800, 0, 800);
  const turned = { ...panned, yawRad: 0 };
  const half = Math.tan((DESK_FOV_Y_DEG * Math.PI) / 360);
  for (const view of [near, panned, turned]) {
    // A centimetre of the patient, twice enlarged, upright through the middle: projected by hand.
    const [, y0, z] = transformPoint(eyeFromWorld(view), [0, 0, 0]);
    const [, y1] = transformPoint(eyeFromWorld(view), [0, 0.02, 0]);
    const px = ((y1 - y0) / (-z * half)) * 400;
    expect(pxPerMetreAtMiddle(view, 2, 800)! * 0.01).toBeCloseTo(px, 9);
  }
  expect(pxPerMetreAtMiddle(turned, 1, 800)).not.toBeCloseTo(pxPerMetreAtMiddle(near, 1, 800)!, 0);
});

test('no bar where the middle of the twin is behind the eye or in it', () => {
  const at = (z: number) => ({
    ...DESK_VIEW,
    yawRad: 0,
    pitchRad: 0,
    distanceM: 1,
    target: [0, 0, z] as const,
  });
  expect(pxPerMetreAtMiddle(at(-3), 1, 800)).toBeNull();
  expect(pxPerMetreAtMiddle(at(-0.99), 1, 800)).toBeNull();
  expect(pxPerMetreAtMiddle(at(-0.9), 1, 800)).toBeGreaterThan(0);
});

test('the clip handle follows the finger along its normal; face on it is pushed by dragging up', () => {
  expect(dragMetres({ x: 0, y: 0, perMetre: [1000, 0] }, 50, 99, 1000)).toBeCloseTo(0.05, 12);
  expect(dragMetres({ x: 0, y: 0, perMetre: [1, 0] }, 50, -100, 1000)).toBeCloseTo(0.1, 12);
});

const state: ViewerState = {
  ...INITIAL_STATE,
  volume: {
    dims: [1, 1, 1],
    spacingMm: [1, 1, 1],
    lpsFromIndex: [],
    unit: 'HU',
    modality: 'CT',
    phases: [],
    valueRange: [0, 1],
    histogram: [],
    problems: [],
    quarantined: 0,
  },
};

test('the palette: every button is hit in its middle, beside it nothing', () => {
  const buttons = paletteButtons(state);
  for (const one of buttons)
    expect(buttonAt(buttons, (one.from + one.to) / 2, (one.row + 0.5) / ROWS)?.id).toBe(one.id);
  expect(new Set(buttons.map(({ id }) => id)).size).toBe(buttons.length);
  expect(buttonAt(buttons, 0.5, 1.5)).toBeNull();
});

test('the palette has time where there is time, as the panel at a desk has', () => {
  expect(paletteButtons(state).some(({ id }) => id.startsWith('phase'))).toBe(false);
  const phases = Array.from({ length: 10 }, (_, index) => ({ timeMs: 80 * index }));
  const beating: ViewerState = {
    ...state,
    volume: { ...state.volume!, phases },
    scene: {
      version: 1,
      studyInstanceUid: '1',
      seriesInstanceUid: '1',
      volumeId: '0',
      phase: 9,
      look: { preset: 'ct-bone', window: null },
      clip: null,
    },
  };
  const buttons = paletteButtons(beating);
  expect(buttons.map(({ words }) => words)).toEqual(
    expect.arrayContaining(['Earlier', 'Phase 10 of 10', 'Later', '1:1', 'Bring to me', 'Leave']),
  );
  for (const one of buttons)
    expect(buttonAt(buttons, (one.from + one.to) / 2, (one.row + 0.5) / ROWS)?.id).toBe(one.id);
  expect(phaseBeside(beating, 'later'), 'round').toBe(0);
  expect(phaseBeside(beating, 'earlier')).toBe(8);
});

test('a ray meets the plate where it points: right is across, up is less down', () => {
  const plateFromWorld = [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0.5, 1];
  const ray = { position: [0.065, 0.072, 0.2] as const, rotation: [0, 0, 0, 1] as const };
  const hit = hitPlate(ray, plateFromWorld)!;
  expect(hit[0]).toBeCloseTo(0.75, 6);
  expect(hit[1]).toBeCloseTo(0.25, 6);
  expect(hitPlate({ ...ray, rotation: [0, 1, 0, 0] }, plateFromWorld)).toBeNull();
});
