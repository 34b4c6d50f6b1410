import { expect, test } from 'vitest';
import { applyOp, defaultPreset, presetByName, PRESETS, type Scene } from './index.ts';

const scene: Scene = {
  version: 4,
  studyInstanceUid: '1.2',
  seriesInstanceUid: '1.2.3',
  volumeId: '0',
  phase: 2,
  look: { preset: 'ct-bone', window: { center: 40, width: 400 } },
  clip: { normalLps: [0, 0, 1], pointLpsMm: [1, 2, 3] },
};

test('an edit makes a new scene, one version on, and leaves the old one alone', () => {
  const before = structuredClone(scene);
  expect(applyOp(scene, { kind: 'set-clip', clip: null })).toEqual({ ...scene, version: 5, clip: null });
  expect(applyOp(scene, { kind: 'set-phase', phase: 3 })).toEqual({ ...scene, version: 5, phase: 3 });
  expect(scene).toEqual(before);
});

test('another volume starts without the former one’s clip and phase', () => {
  const look = { preset: 'mr', window: null } as const;
  const next = applyOp(scene, { kind: 'set-volume', seriesInstanceUid: '1.9', volumeId: '1', look });
  expect(next).toEqual({
    ...scene,
    version: 5,
    seriesInstanceUid: '1.9',
    volumeId: '1',
    look,
    phase: 0,
    clip: null,
  });
});

test('every preset has rising points, and each modality opens with one made for it', () => {
  for (const preset of PRESETS) {
    for (const points of [preset.color, preset.opacity])
      points.forEach(([value], index) => index > 0 && expect(value).toBeGreaterThan(points[index - 1]![0]));
    for (const [, alpha] of preset.opacity) expect(alpha >= 0 && alpha <= 1).toBe(true);
  }
  for (const modality of ['CT', 'MR', 'PT', 'US'])
    expect(presetByName(defaultPreset(modality))!.modalities.includes(modality) || modality === 'US').toBe(
      true,
    );
});
