// Where a ray enters and leaves what is shown, and where its samples lie.
#pragma once
#include "sample.h"

namespace ISA_NS {
using anteroom::EyeView;
using anteroom::MarchView;

/** Nearest thing that an eye sees, in metres. */
constexpr float kNearM = 0.005f;

template <int W>
struct Ray {
  using F = typename Lanes<W>::F;
  using I = typename Lanes<W>::I;
  F tx, ty, lengthen;        // tangents of the pixel, |(tx, ty, 1)|
  F zBase, dz;               // sample n lies at depth zBase + n dz (metres), n counts whole steps
  F px, py, pz, dx, dy, dz_; // index = p + n d
  F ix, iy, iz;              // 1 / d, never infinite
  F tIn, tOut;               // the visible part, in steps
  I alive;
  I octant;                  // where the leaps of its directions begin in the table of empty cubes
};

/** 1 / d, with a floor so that a ray along an axis never divides by zero. */
template <int W>
AR_FN typename Lanes<W>::F inverseOf(typename Lanes<W>::F d) {
  using L = Lanes<W>;
  return 1.0f / L::select(L::lt(L::max(d, -d), L::splat(1e-9f)), L::splat(1e-9f), d);
}

/**
 * Samples sit on shells about the eye, `stepMm` apart; the first and the last segment are cut to the visible part,
 * so that the integral does not depend on where the shells fall.
 */
template <int W>
AR_FN Ray<W> startRay(const MarchView& m, const EyeView& e, typename Lanes<W>::I column, typename Lanes<W>::I line) {
  using L = Lanes<W>;
  using F = typename L::F;
  Ray<W> r;
  r.tx = L::toFloat(column) * e.txStep + e.tx0;
  r.ty = L::toFloat(line) * e.tyStep + e.ty0;
  r.lengthen = L::sqrt(r.tx * r.tx + r.ty * r.ty + 1.0f);
  F d[3];
  F zIn = L::splat(kNearM), zOut = L::splat(1e30f);
  auto alive = L::splat(-1);
  for (int a = 0; a < 3; a++) {
    d[a] = r.tx * e.right[a] + (r.ty * e.up[a] + e.forward[a]);
    const F low = L::splat(-0.5f - e.origin[a]), high = L::splat(static_cast<float>(m.grid.dims[a]) - 0.5f - e.origin[a]);
    // A component of 0 would divide 0 by 0 on the box's own plane.
    const auto tiny = L::lt(L::max(d[a], -d[a]), L::splat(1e-12f));
    const F inverse = 1.0f / L::select(tiny, L::splat(1e-12f), d[a]);
    const F one = low * inverse, two = high * inverse;
    zIn = L::max(zIn, L::min(one, two));
    zOut = L::min(zOut, L::max(one, two));
  }
  for (int c = 0; c < e.clips; c++) {
    const F slope = r.tx * e.clip[c][2] + (r.ty * e.clip[c][3] + e.clip[c][1]);
    const F at = -e.clip[c][0] / L::select(L::lt(L::max(slope, -slope), L::splat(1e-12f)), L::splat(1e-12f), slope);
    const auto entering = L::lt(L::splat(0.0f), slope);
    zIn = L::select(entering, L::max(zIn, at), zIn);
    zOut = L::select(entering, zOut, L::min(zOut, at));
  }
  alive = alive & L::lt(zIn, zOut);
  zOut = L::select(alive, zOut, zIn);
  r.dz = m.stepMm / (r.lengthen * e.mmPerM);
  const F first = L::floor(zIn / r.dz);
  r.zBase = first * r.dz;
  r.tIn = L::max((zIn - r.zBase) / r.dz, L::splat(0.0f));
  r.tOut = L::max((zOut - r.zBase) / r.dz, r.tIn);
  r.px = r.zBase * d[0] + e.origin[0];
  r.py = r.zBase * d[1] + e.origin[1];
  r.pz = r.zBase * d[2] + e.origin[2];
  r.dx = d[0] * r.dz;
  r.dy = d[1] * r.dz;
  r.dz_ = d[2] * r.dz;
  r.ix = inverseOf<W>(r.dx);
  r.iy = inverseOf<W>(r.dy);
  r.iz = inverseOf<W>(r.dz_);
  const auto zero = L::splat(0.0f);
  const auto octant = (L::lt(zero, r.ix) & 1) + (L::lt(zero, r.iy) & 2) + (L::lt(zero, r.iz) & 4);
  r.octant = octant * (m.grid.cells[0] * m.grid.cells[1] * m.grid.cells[2]);
  r.alive = alive & L::lt(r.tIn, r.tOut);
  return r;
}

/** Where a point lies among the macrocells. */
template <int W>
struct Cell {
  typename Lanes<W>::I x, y, z;
};

template <int W>
AR_FN typename Lanes<W>::I numberOf(const GridView& g, const Cell<W>& c) {
  return c.x + (c.y + c.z * g.cells[1]) * g.cells[0];
}

template <int W>
AR_FN Cell<W> cellOf(const Place<W>& p) {
  return {p.x0 >> kCellShift, p.y0 >> kCellShift, p.z0 >> kCellShift};
}

/** The cell of a point, by the same clamping as `locate`. */
template <int W>
AR_FN Cell<W> cellAt(const GridView& g, const Ray<W>& r, typename Lanes<W>::F t) {
  using L = Lanes<W>;
  using F = typename L::F;
  const auto along = [&](F from, F step, int dim) {
    const F at = L::min(L::max(from + t * step, L::splat(0.0f)), L::splat(static_cast<float>(dim - 1)));
    return L::min(L::toInt(at), L::splat(dim > 1 ? dim - 2 : 0)) >> kCellShift;
  };
  return {along(r.px, r.dx, g.dims[0]), along(r.py, r.dy, g.dims[1]), along(r.pz, r.dz_, g.dims[2])};
}

/** Steps to the far side of the cube of `cells` a side that begins at `c` and reaches to where the ray goes. */
template <int W>
AR_FN typename Lanes<W>::F stepsToCubeEnd(const Ray<W>& r, const Cell<W>& c, typename Lanes<W>::I cells) {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  // A thousandth of a voxel inside: rounding of a sample's place must not carry it out of the empty cells.
  const auto along = [&](I cell, F from, F inverse) {
    const F low = L::toFloat((cell - cells + 1) << kCellShift) + 1e-3f;
    const F high = L::toFloat((cell + cells) << kCellShift) - 1e-3f;
    return (L::select(L::lt(L::splat(0.0f), inverse), high, low) - from) * inverse;
  };
  const F x = along(c.x, r.px, r.ix), y = along(c.y, r.py, r.iy), z = along(c.z, r.pz, r.iz);
  return L::min(x, L::min(y, z));
}

/** The empty cube ahead of each lane's cell, in cells; 0 where something can be seen. */
template <int W>
AR_FN typename Lanes<W>::I emptySideOf(const MarchView& m, const Ray<W>& r, const Cell<W>& cell) {
  return Lanes<W>::gatherByte(m.look.emptySide, r.octant + numberOf(m.grid, cell));
}

/**
 * Leaps from sample `n` (in `1 / parts` steps) over empty cells, in whole steps, for the lanes of `mask`; a lane whose
 * whole rest is empty is no longer alive. Gives the lanes that moved: the segment before their new sample is empty.
 */
template <int W>
AR_FN typename Lanes<W>::I leapOver(const MarchView& m, const Ray<W>& r, Cell<W> cell, typename Lanes<W>::I side,
                                    typename Lanes<W>::I mask, int parts, typename Lanes<W>::F& n,
                                    typename Lanes<W>::I& alive) {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  I moved = L::splat(0);
  I going = mask;
  const float perStep = static_cast<float>(parts), perPart = 1.0f / perStep;
  for (;;) {
    going = going & L::gt(side, L::splat(0));
    if (!L::any(going)) break;
    const F end = L::floor(stepsToCubeEnd<W>(r, cell, side));
    going = going & L::lt(n, end * perStep);
    if (!L::any(going)) break;
    n = L::select(going, end * perStep, n);
    moved = moved | going;
    const I past = going & L::le(r.tOut, end);
    alive = alive & ~past;
    going = going & ~past;
    if (!L::any(going)) break;
    cell = cellAt<W>(m.grid, r, L::min(L::max(n * perPart, r.tIn), r.tOut));
    side = emptySideOf(m, r, cell);
  }
  return moved;
}

}  // namespace ISA_NS
