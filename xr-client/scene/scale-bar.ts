/** A round length in mm that fits, and how long it is on the screen. */
export interface ScaleBar {
  readonly mm: number;
  readonly px: number;
}

/** The longest of 1, 2, 5 x 10^n mm that is at most `longestPx` long where one mm is `pxPerMm`. */
export function scaleBar(pxPerMm: number, longestPx: number): ScaleBar | null {
  if (!(pxPerMm > 0) || !Number.isFinite(pxPerMm)) return null;
  const most = longestPx / pxPerMm;
  const power = 10 ** Math.floor(Math.log10(most));
  const mm = [5, 2, 1].map((digit) => digit * power).find((length) => length <= most * (1 + 1e-9))!;
  return { mm, px: mm * pxPerMm };
}

export function scaleWords(mm: number): string {
  return mm >= 1 ? `${mm}\u202fmm` : `${Number((mm * 1000).toPrecision(2))}\u202fµm`;
}

/** True size within half a percent: what a person may take for 1:1. */
export const isTrueSize = (scale: number): boolean => Math.abs(scale - 1) < 0.005;
