/** Questions to pixels: what share of a part of the screen is anatomy, and of which colour. */
import type { Screen } from './headset.ts';

export type Rgb = readonly [r: number, g: number, b: number];

/** Part of the screen as shares of its width and height, from the top left. */
export interface Part {
  readonly x: readonly [from: number, to: number];
  readonly y: readonly [from: number, to: number];
}

export const WHOLE: Part = { x: [0, 1], y: [0, 1] };

/** Share of the part's pixels that `is` true of. */
export function shareOf(screen: Screen, is: (colour: Rgb) => boolean, part: Part = WHOLE): number {
  const { width, height, pixels } = screen;
  const [x0, x1] = part.x.map((share) => Math.round(share * width)) as [number, number];
  const [y0, y1] = part.y.map((share) => Math.round(share * height)) as [number, number];
  let count = 0;
  for (let y = y0; y < y1; y++)
    for (let x = x0; x < x1; x++) {
      const at = (y * width + x) * 4;
      if (is([pixels[at]!, pixels[at + 1]!, pixels[at + 2]!])) count++;
    }
  return count / Math.max(1, (x1 - x0) * (y1 - y0));
}

/** The ground of every picture is about (13, 16, 20); the codec leaves it within a few codes. */
export const isAnatomy = ([r, g, b]: Rgb): boolean => Math.max(r, g, b) > 60;

/** How much colour there is, 0..255: nothing of a stale picture has any. */
export const colourfulness = ([r, g, b]: Rgb): number => Math.max(r, g, b) - Math.min(r, g, b);

/** Mean difference of the two screens' codes where either shows anatomy; sizes must agree. */
export function differenceOf(a: Screen, b: Screen): number {
  if (a.width !== b.width || a.height !== b.height) throw new Error('screens of two sizes');
  let [sum, count] = [0, 0];
  for (let at = 0; at < a.pixels.length; at += 4) {
    const [first, second] = [a, b].map(
      ({ pixels }) => [pixels[at]!, pixels[at + 1]!, pixels[at + 2]!] as const,
    ) as [Rgb, Rgb];
    if (!isAnatomy(first) && !isAnatomy(second)) continue;
    sum += first.reduce((all, code, channel) => all + Math.abs(code - second[channel]!), 0) / 3;
    count++;
  }
  return sum / Math.max(1, count);
}
