/** Branching vessels and airways that fill a space: each branch serves a crowd of points and splits it in two. */
import { hash } from './noise.ts';
import { TUBE_STRIDE, type Distance, type Point } from './shapes.ts';

/** Points inside a shape (distance < -`marginMm`), the same at every call. */
export function scatter(
  inside: Distance,
  low: Point,
  high: Point,
  count: number,
  seed: number,
  marginMm: number,
): Point[] {
  const points: Point[] = [];
  for (let i = 0; points.length < count && i < count * 60; i++) {
    const of = (c: 0 | 1 | 2): number => low[c] + (high[c] - low[c]) * hash(i, seed, c + 11);
    const p: Point = [of(0), of(1), of(2)];
    if (inside(...p) < -marginMm) points.push(p);
  }
  return points;
}

export interface Branching {
  /** Radius of the last twigs, mm. */
  readonly twigMm: number;
  /** Radius of a branch that serves n points: twig · n^exponent (Murray's law has 1/3). */
  readonly exponent: number;
  /** Never thicker than this. */
  readonly trunkMm: number;
}

/** Pieces of tube (see `tubes`) from the root to every target. */
export function growTree(root: Point, targets: readonly Point[], how: Branching): Float64Array {
  const out: number[] = [];
  const radius = (n: number): number => Math.min(how.trunkMm, how.twigMm * Math.pow(n, how.exponent));
  const grow = (from: Point, own: readonly Point[], fromRadius: number, depth: number): void => {
    const r = radius(own.length);
    const centre = [0, 1, 2].map(
      (c) => own.reduce((sum, p) => sum + p[c]!, 0) / own.length,
    ) as unknown as Point;
    const share = own.length === 1 ? 1 : 0.42;
    const wobble = (c: number): number =>
      (hash(depth, own.length, c + Math.floor(from[0] * 10)) - 0.5) * 0.12;
    const way: Point = [centre[0] - from[0], centre[1] - from[1], centre[2] - from[2]];
    const l = Math.hypot(...way);
    const to: Point = [
      from[0] + share * way[0] + wobble(1) * l * share,
      from[1] + share * way[1] + wobble(2) * l * share,
      from[2] + share * way[2] + wobble(3) * l * share,
    ];
    out.push(...from, Math.min(fromRadius, r * 1.15), ...to, r);
    if (own.length === 1) return;
    // Across the widest spread.
    const spread = [0, 1, 2].map((c) => own.reduce((sum, p) => sum + (p[c]! - centre[c]!) ** 2, 0));
    const axis = spread.indexOf(Math.max(...spread));
    const sorted = [...own].sort((a, b) => a[axis]! - b[axis]!);
    const cut = Math.max(
      1,
      Math.min(own.length - 1, Math.round(own.length * (0.4 + 0.2 * hash(own.length, depth)))),
    );
    grow(to, sorted.slice(0, cut), r, depth + 1);
    grow(to, sorted.slice(cut), r, depth + 1);
  };
  if (targets.length > 0) grow(root, targets, how.trunkMm, 0);
  return Float64Array.from(out);
}

export const joinPieces = (...lists: readonly Float64Array[]): Float64Array => {
  const all = new Float64Array(lists.reduce((sum, list) => sum + list.length, 0));
  let at = 0;
  for (const list of lists) {
    all.set(list, at);
    at += list.length;
  }
  return all;
};
export const pieceCount = (pieces: Float64Array): number => pieces.length / TUBE_STRIDE;
