import { expect, test } from 'vitest';
import { contrast, DARK, LIGHT, TEXT_PAIRS } from './tokens.ts';

test('contrast is that of the published examples', () => {
  expect(contrast('#000000', '#FFFFFF')).toBeCloseTo(21, 5);
  expect(contrast('#777777', '#FFFFFF')).toBeCloseTo(4.48, 2);
});

test.each([
  ['dark', DARK],
  ['light', LIGHT],
] as const)('every text of the %s theme is legible on its ground', (_name, theme) => {
  for (const [text, ground] of TEXT_PAIRS)
    expect(contrast(theme[text], theme[ground]), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
});
