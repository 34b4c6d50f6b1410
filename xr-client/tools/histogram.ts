/** A window on a histogram: its bars, its parts under a finger or a ray, and its words. */
import type { WindowValue } from './window.ts';

/** An edge, or what lies between them. */
export type WindowPart = 'low' | 'high' | 'middle';

/** The part at a value; an edge is taken within `reach` values of it. */
export function partAt({ center, width }: WindowValue, at: number, reach: number): WindowPart {
  if (Math.abs(at - (center - width / 2)) < reach) return 'low';
  return Math.abs(at - (center + width / 2)) < reach ? 'high' : 'middle';
}

/** Heights 0..1 on a logarithmic scale: tissue is rare beside air. */
export function barHeights(bins: readonly number[]): number[] {
  const logs = bins.map((count) => Math.log1p(count));
  const top = Math.max(...logs, 1e-9);
  return logs.map((value) => value / top);
}

/** What a drag from `start` by `delta` values does, by the part that was taken. */
export function dragPart(
  start: WindowValue,
  part: WindowPart,
  delta: number,
  range: readonly [number, number],
): WindowValue {
  const least = (range[1] - range[0]) / 500;
  if (part === 'middle') {
    const center = Math.min(Math.max(start.center + delta, range[0]), range[1]);
    return { center, width: start.width };
  }
  let low = start.center - start.width / 2;
  let high = start.center + start.width / 2;
  if (part === 'low') low = Math.min(low + delta, high - least);
  else high = Math.max(high + delta, low + least);
  return { center: (low + high) / 2, width: high - low };
}

/** A value with the digits its range can tell apart: whole numbers over 100, three significant ones of a smaller range. */
export function valueWords(value: number, range: readonly [number, number]): string {
  const span = range[1] - range[0];
  const digits = span > 0 ? Math.min(12, Math.max(0, 2 - Math.floor(Math.log10(span)))) : 0;
  return value.toFixed(digits).replace(/^-(?=[0.]+$)/, '');
}

/** 'Centre 40 HU · width 400 HU'; values without a unit ('1') stand alone. */
export function windowWords(
  { center, width }: WindowValue,
  unit: string,
  range: readonly [number, number],
): string {
  const said = (value: number): string => valueWords(value, range) + (unit === '1' ? '' : `\u202f${unit}`);
  return `Centre ${said(center)} · width ${said(width)}`;
}
