/** How the age of the picture looks: nothing, an amber rim, then grey. */
import type { Age } from '../session/viewer-state.ts';

const AMBER = [0xe3 / 255, 0xa1 / 255, 0x3b / 255] as const;

export function ageLook(age: Age): {
  readonly grey: number;
  readonly rim: readonly [number, number, number, number];
} {
  const marked = age.kind === 'old' || age.kind === 'stale';
  return { grey: age.kind === 'stale' ? 1 : 0, rim: [...AMBER, marked ? 1 : 0] };
}
