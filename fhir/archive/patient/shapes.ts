/**
 * Signed distances in mm (negative inside) of which the embedded patient is made. Coordinates are LPS mm.
 * A shape says how fast its distance may change per mm (`lipschitz`): the filler skips whole blocks by it.
 */
export type Point = readonly [x: number, y: number, z: number];
export type Distance = (x: number, y: number, z: number) => number;

export interface Shape {
  readonly distance: Distance;
  /** Upper bound of |gradient| near and inside the shape. */
  readonly lipschitz: number;
  /**
   * The part of the shape that comes within `reachMm` of a place, or null where none does: told apart once for a
   * block of voxels, so that each of them asks few pieces.
   */
  readonly near?: (x: number, y: number, z: number, reachMm: number) => Shape | null;
}

export const shape = (distance: Distance, lipschitz = 1.2): Shape => ({ distance, lipschitz });

/** Smooth minimum: `k` mm is the width of the blend. */
export function smin(a: number, b: number, k: number): number {
  const h = k - Math.abs(a - b);
  return h > 0 ? Math.min(a, b) - (h * h) / (4 * k) : Math.min(a, b);
}
export const smax = (a: number, b: number, k: number): number => -smin(-a, -b, k);

export function sphere(c: Point, r: number): Shape {
  return shape((x, y, z) => Math.hypot(x - c[0], y - c[1], z - c[2]) - r, 1.001);
}

/** Unit axes of an ellipsoid: columns. */
export interface Axes {
  readonly u: Point;
  readonly v: Point;
  readonly w: Point;
}
const norm = (p: Point): Point => {
  const l = Math.hypot(...p);
  return [p[0] / l, p[1] / l, p[2] / l];
};
export const crossOf = (a: Point, b: Point): Point => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
/** Axes whose `u` runs along `u`, and `v` as near as may be to `hint`. */
export function axesAlong(u: Point, hint: Point): Axes {
  const a = norm(u);
  const w = norm(crossOf(a, hint));
  return { u: a, v: crossOf(w, a), w };
}

/** First-order distance of an ellipsoid with semi-axes `r` along `axes` (body axes where none are given). */
export function ellipsoid(c: Point, r: Point, axes?: Axes): Shape {
  const [ra, rb, rc] = [1 / r[0], 1 / r[1], 1 / r[2]];
  const least = Math.min(...r);
  const at = (p: number, q: number, s: number): number => {
    const [a, b, d] = [p * ra, q * rb, s * rc];
    const f = Math.sqrt(a * a + b * b + d * d);
    if (f < 1e-6) return -least;
    const g = Math.sqrt(a * a * ra * ra + b * b * rb * rb + d * d * rc * rc);
    return (f * (f - 1)) / g;
  };
  const [cx, cy, cz] = c;
  if (!axes) return shape((x, y, z) => at(x - cx, y - cy, z - cz), 1.5);
  const { u, v, w } = axes;
  return shape((x, y, z) => {
    const [X, Y, Z] = [x - cx, y - cy, z - cz];
    return at(X * u[0] + Y * u[1] + Z * u[2], X * v[0] + Y * v[1] + Z * v[2], X * w[0] + Y * w[1] + Z * w[2]);
  }, 1.5);
}

/** One piece of a tube, as numbers: ax ay az ra, bx by bz rb. */
export const TUBE_STRIDE = 8;
export type TubeNode = readonly [x: number, y: number, z: number, radius: number];

export function tubePieces(nodes: readonly TubeNode[]): number[] {
  const out: number[] = [];
  for (let i = 0; i + 1 < nodes.length; i++) out.push(...nodes[i]!, ...nodes[i + 1]!);
  return out;
}

export interface TubeOptions {
  readonly squash?: number;
  readonly grow?: number;
  readonly cap?: number;
}

/** Pieces that lie together in one box of the tree that finds the nearest. */
const LEAF_PIECES = 4;

/**
 * Union of tapered capsules. `squash` scales z before measuring (ribs are taller than thick); `grow` adds to radii.
 * Radius is interpolated along the piece: first-order distance, exact for equal radii. Pieces lie in a tree of boxes,
 * so that a tree of thousands costs little more than one branch; no answer is above `cap` (asking near only is cheap).
 */
export function tubes(source: Float64Array, options: TubeOptions = {}): Shape {
  const { squash = 1, grow = 0, cap = 1e9 } = options;
  const count = source.length / TUBE_STRIDE;
  // Each piece as ax ay az ra, bx-ax by-ay bz-az rb-ra (z squashed), 1/length².
  const P = new Float64Array(count * 9);
  for (let n = 0; n < count; n++) {
    const [o, q] = [n * TUBE_STRIDE, n * 9];
    const of = (c: number): number => source[o + c]! * (c % 4 === 2 ? squash : 1);
    for (let c = 0; c < 4; c++) {
      P[q + c] = of(c);
      P[q + 4 + c] = of(c + 4) - of(c);
    }
    P[q + 8] = 1 / (P[q + 4]! ** 2 + P[q + 5]! ** 2 + P[q + 6]! ** 2 + 1e-12);
  }
  const one = (q: number, x: number, y: number, z: number): number => {
    const ax = x - P[q]!;
    const ay = y - P[q + 1]!;
    const az = z - P[q + 2]!;
    const bx = P[q + 4]!;
    const by = P[q + 5]!;
    const bz = P[q + 6]!;
    let t = (ax * bx + ay * by + az * bz) * P[q + 8]!;
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const dx = ax - t * bx;
    const dy = ay - t * by;
    const dz = az - t * bz;
    return Math.sqrt(dx * dx + dy * dy + dz * dz) - P[q + 3]! - t * P[q + 7]!;
  };

  // A tree of boxes in squashed space; the pieces of a box are a stretch of `order`.
  const order = Int32Array.from({ length: count }, (_, n) => n * 9);
  interface Node {
    readonly low: Point;
    readonly high: Point;
    readonly from: number;
    readonly to: number;
    readonly below: Node | null;
    readonly above: Node | null;
  }
  const build = (from: number, to: number): Node => {
    const low = [1e9, 1e9, 1e9];
    const high = [-1e9, -1e9, -1e9];
    for (let n = from; n < to; n++)
      for (let c = 0; c < 3; c++) {
        const q = order[n]!;
        const [a, b] = [P[q + c]!, P[q + c]! + P[q + 4 + c]!];
        const [ra, rb] = [P[q + 3]!, P[q + 3]! + P[q + 7]!];
        low[c] = Math.min(low[c]!, a - ra, b - rb);
        high[c] = Math.max(high[c]!, a + ra, b + rb);
      }
    const box = { low: low as unknown as Point, high: high as unknown as Point, from, to };
    if (to - from <= LEAF_PIECES) return { ...box, below: null, above: null };
    const sides = [0, 1, 2].map((c) => high[c]! - low[c]!);
    const axis = sides.indexOf(Math.max(...sides));
    const middle = (q: number): number => P[q + axis]! + P[q + 4 + axis]! / 2;
    order.subarray(from, to).sort((a, b) => middle(a) - middle(b));
    const cut = (from + to) >> 1;
    return { ...box, below: build(from, cut), above: build(cut, to) };
  };
  const root = count > 0 ? build(0, count) : null;
  /** How far a place is from a box at least: below that of every piece in it. */
  const away = ({ low, high }: Node, x: number, y: number, z: number): number => {
    const dx = Math.max(low[0] - x, x - high[0], 0);
    const dy = Math.max(low[1] - y, y - high[1], 0);
    const dz = Math.max(low[2] - z, z - high[2], 0);
    return Math.sqrt(dx * dx + dy * dy + dz * dz);
  };
  const nearest = (node: Node, x: number, y: number, z: number, known: number): number => {
    let least = known;
    if (!node.below || !node.above) {
      for (let n = node.from; n < node.to; n++) {
        const d = one(order[n]!, x, y, z);
        if (d < least) least = d;
      }
      return least;
    }
    const [a, b] = [away(node.below, x, y, z), away(node.above, x, y, z)];
    const [first, second] = a <= b ? [node.below, node.above] : [node.above, node.below];
    // Inside a box a piece may be nearer than any bound: then the box is always opened.
    if (Math.min(a, b) === 0 || Math.min(a, b) < least) least = nearest(first, x, y, z, least);
    if (Math.max(a, b) === 0 || Math.max(a, b) < least) least = nearest(second, x, y, z, least);
    return least;
  };
  const distance: Distance = (x, y, z) =>
    (root ? nearest(root, x, y, z * squash, cap + grow) : cap + grow) - grow;

  const few = (list: readonly number[]): Shape => ({
    lipschitz: 1.15,
    distance: (x, y, z) => {
      const Z = z * squash;
      let least = 1e9;
      for (let n = 0; n < list.length; n++) {
        const d = one(list[n]!, x, y, Z);
        if (d < least) least = d;
      }
      return least - grow;
    },
    near: (x, y, z, reachMm) => {
      const kept = list.filter((q) => one(q, x, y, z * squash) <= reachMm + grow);
      return kept.length === list.length ? few(list) : kept.length > 0 ? few(kept) : null;
    },
  });
  const gather = (node: Node, x: number, y: number, z: number, reach: number, into: number[]): void => {
    if (away(node, x, y, z) > reach) return;
    if (node.below && node.above) {
      gather(node.below, x, y, z, reach, into);
      gather(node.above, x, y, z, reach, into);
      return;
    }
    for (let n = node.from; n < node.to; n++) if (one(order[n]!, x, y, z) <= reach) into.push(order[n]!);
  };
  const near = (x: number, y: number, z: number, reachMm: number): Shape | null => {
    const kept: number[] = [];
    if (root) gather(root, x, y, z * squash, reachMm + grow, kept);
    return kept.length > 0 ? few(kept) : null;
  };
  return { distance, lipschitz: 1.15, near };
}

export const tube = (nodes: readonly TubeNode[], options?: TubeOptions): Shape =>
  tubes(Float64Array.from(tubePieces(nodes)), options);

/** A smooth curve (Catmull-Rom) through the nodes, radius included, as `per` pieces between each two. */
export function smoothNodes(nodes: readonly TubeNode[], per = 6): TubeNode[] {
  const at = (i: number): TubeNode => nodes[Math.max(0, Math.min(nodes.length - 1, i))]!;
  const out: TubeNode[] = [];
  for (let i = 0; i + 1 < nodes.length; i++)
    for (let s = 0; s < per; s++) {
      const t = s / per;
      const of = (c: 0 | 1 | 2 | 3): number => {
        const [p0, p1, p2, p3] = [at(i - 1)[c], at(i)[c], at(i + 1)[c], at(i + 2)[c]];
        const [m1, m2] = [(p2 - p0) / 2, (p3 - p1) / 2];
        const [t2, t3] = [t * t, t * t * t];
        return (2 * t3 - 3 * t2 + 1) * p1 + (t3 - 2 * t2 + t) * m1 + (-2 * t3 + 3 * t2) * p2 + (t3 - t2) * m2;
      };
      out.push([of(0), of(1), of(2), of(3)]);
    }
  out.push(nodes.at(-1)!);
  return out;
}

/** A plate of thickness 2r over a triangle (shoulder blades). */
export function plate(a: Point, b: Point, c: Point, r: number): Shape {
  const sub = (p: Point, q: Point): Point => [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
  const dot = (p: Point, q: Point): number => p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  const [ba, cb, ac] = [sub(b, a), sub(c, b), sub(a, c)];
  const n = crossOf(ba, ac);
  const edge = (p: Point, e: Point): number => {
    const t = Math.max(0, Math.min(1, dot(e, p) / dot(e, e)));
    const q: Point = [e[0] * t - p[0], e[1] * t - p[1], e[2] * t - p[2]];
    return dot(q, q);
  };
  const sides = [crossOf(ba, n), crossOf(cb, n), crossOf(ac, n)] as const;
  return shape((x, y, z) => {
    const [pa, pb, pc] = [sub([x, y, z], a), sub([x, y, z], b), sub([x, y, z], c)];
    const outside =
      Math.sign(dot(sides[0], pa)) + Math.sign(dot(sides[1], pb)) + Math.sign(dot(sides[2], pc)) < 2;
    const d2 = outside ? Math.min(edge(pa, ba), edge(pb, cb), edge(pc, ac)) : dot(n, pa) ** 2 / dot(n, n);
    return Math.sqrt(d2) - r;
  }, 1.001);
}
