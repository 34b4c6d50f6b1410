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

const CELL_MM = 5;
/** Cells on a side of a coarse one. */
const COARSE = 4;
const MARGIN_MM = 45;

/**
 * Union of tapered capsules. `squash` scales z before measuring (ribs are taller than thick); `grow` adds to radii.
 * Radius is interpolated along the piece: first-order distance, exact for equal radii. Cells of space remember which
 * pieces can be nearest in them, so that a tree of thousands costs like one branch; farther than 45 mm the answer is
 * only a lower bound.
 */
export function tubes(pieces: Float64Array, options: { squash?: number; grow?: number } = {}): Shape {
  const squash = options.squash ?? 1;
  const grow = options.grow ?? 0;
  const low = [1e9, 1e9, 1e9];
  const high = [-1e9, -1e9, -1e9];
  for (let o = 0; o < pieces.length; o += 4)
    for (let c = 0; c < 3; c++) {
      const r = pieces[o + 3]! / (c === 2 ? squash : 1) + grow + MARGIN_MM;
      low[c] = Math.min(low[c]!, pieces[o + c]! - r);
      high[c] = Math.max(high[c]!, pieces[o + c]! + r);
    }
  const [lx, ly, lz] = low as [number, number, number];
  const [hx, hy, hz] = high as [number, number, number];
  const nx = Math.max(1, Math.ceil((hx - lx) / CELL_MM));
  const ny = Math.max(1, Math.ceil((hy - ly) / CELL_MM));
  const cells: (Int32Array | undefined)[] = [];
  const all = Int32Array.from({ length: pieces.length / TUBE_STRIDE }, (_, i) => i * TUBE_STRIDE);

  const one = (o: number, x: number, y: number, z: number): number => {
    const ax = x - pieces[o]!;
    const ay = y - pieces[o + 1]!;
    const az = (z - pieces[o + 2]!) * squash;
    const bx = pieces[o + 4]! - pieces[o]!;
    const by = pieces[o + 5]! - pieces[o + 1]!;
    const bz = (pieces[o + 6]! - pieces[o + 2]!) * squash;
    let t = (ax * bx + ay * by + az * bz) / (bx * bx + by * by + bz * bz + 1e-12);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    const dx = ax - t * bx;
    const dy = ay - t * by;
    const dz = az - t * bz;
    const ra = pieces[o + 3]!;
    return Math.sqrt(dx * dx + dy * dy + dz * dz) - ra - t * (pieces[o + 7]! - ra);
  };
  const coarse: (Int32Array | undefined)[] = [];
  const [mx, my] = [Math.ceil(nx / COARSE), Math.ceil(ny / COARSE)];
  /** Of `from`, the pieces that are nearest to some point of the cell of size `mm` about x, y, z. */
  const nearest = (from: Int32Array, x: number, y: number, z: number, mm: number): Int32Array => {
    const near = new Float32Array(from.length);
    let least = Number.POSITIVE_INFINITY;
    for (let n = 0; n < from.length; n++) {
      near[n] = one(from[n]!, x, y, z);
      if (near[n]! < least) least = near[n]!;
    }
    const reach = mm * Math.sqrt(3) * 1.15 + 0.01;
    return from.filter((_, n) => near[n]! <= least + reach);
  };
  const asked = new Map<number, number>();
  const candidates = (i: number, j: number, k: number): Int32Array => {
    const [I, J, K] = [Math.floor(i / COARSE), Math.floor(j / COARSE), Math.floor(k / COARSE)];
    const big = CELL_MM * COARSE;
    const at = (K * my + J) * mx + I;
    const list = (coarse[at] ??= nearest(
      all,
      lx + (I + 0.5) * big,
      ly + (J + 0.5) * big,
      lz + (K + 0.5) * big,
      big,
    ));
    // A place that is asked once or twice is not worth a list of its own.
    const times = (asked.get(at) ?? 0) + 1;
    asked.set(at, times);
    if (list.length < 4 || times < 64) return list;
    const fine = nearest(
      list,
      lx + (i + 0.5) * CELL_MM,
      ly + (j + 0.5) * CELL_MM,
      lz + (k + 0.5) * CELL_MM,
      CELL_MM,
    );
    cells[(k * ny + j) * nx + i] = fine;
    return fine;
  };
  const distance: Distance = (x, y, z) => {
    const ox = Math.max(lx - x, x - hx, 0);
    const oy = Math.max(ly - y, y - hy, 0);
    const oz = Math.max(lz - z, z - hz, 0);
    if (ox + oy + oz > 0) return MARGIN_MM * squash + Math.max(ox, oy, oz * squash) - grow;
    const i = Math.min(nx - 1, Math.floor((x - lx) / CELL_MM));
    const j = Math.min(ny - 1, Math.floor((y - ly) / CELL_MM));
    const k = Math.floor((z - lz) / CELL_MM);
    const c = (k * ny + j) * nx + i;
    const list = cells[c] ?? candidates(i, j, k);
    let least = 1e9;
    for (let n = 0; n < list.length; n++) {
      const d = one(list[n]!, x, y, z);
      if (d < least) least = d;
    }
    return least - grow;
  };
  return { distance, lipschitz: 1.15 };
}

export const tube = (nodes: readonly TubeNode[], options?: { squash?: number; grow?: number }): Shape =>
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
