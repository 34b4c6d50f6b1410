/** How the age of the picture looks: nothing, an amber rim and words, then grey as well. */
import type { Age } from '../session/viewer-state.ts';

/** #E3A13B, for care: sRGB codes 0..1. */
export const AMBER = [0xe3 / 255, 0xa1 / 255, 0x3b / 255] as const;

export const isMarked = (age: Age): boolean => age.kind === 'old' || age.kind === 'stale';

/** 0..1: how far the picture has lost its colour. */
export const greyOf = (age: Age): number => (age.kind === 'stale' ? 1 : 0);
