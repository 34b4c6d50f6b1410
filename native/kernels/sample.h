// Trilinear samples and gradients of a grid, W rays at a time. int16 rows are blended along x in 14-bit weights
// (one instruction for two voxels; error below a sixteen-thousandth of the step between them: for looks, not for
// numbers a person reads), then in float along y and z.
#pragma once
#include "../lanes.h"
#include "../views.h"

namespace ISA_NS {
using anteroom::GridView;
using anteroom::kCellShift;

template <int W>
struct Place {
  typename Lanes<W>::I base, x0, y0, z0;
  typename Lanes<W>::I weights;  // int16: blend along x
  typename Lanes<W>::F fx, fy, fz;
};

template <int W>
struct Gradient {
  typename Lanes<W>::F x, y, z;
};

/** Four rows of one cell, already blended along x: b<y><z>. */
template <int W>
struct Rows {
  typename Lanes<W>::F b00, b10, b01, b11;
};

template <int W, class Voxel>
struct Reader;

template <int W>
struct Reader<W, int16_t> {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  /** Blended values are this many times too large. */
  static constexpr float kScale = 1.0f / kBlendOne;
  static AR_FN I weights(F fx) {
    const I high = L::toInt(fx * static_cast<float>(kBlendOne) + 0.5f);
    return (high << 16) | (kBlendOne - high);
  }
  static AR_FN F row(const GridView& g, const Place<W>& p, I index) {
    return L::toFloat(L::blend(L::gatherPair(static_cast<const int16_t*>(g.voxels), index), p.weights));
  }
  /** The row and its slope along x; marks lanes that touch padding. */
  static AR_FN F rowAndSlope(const GridView& g, const Place<W>& p, I index, F& slope, I& bad, bool masked) {
    const I pair = L::gatherPair(static_cast<const int16_t*>(g.voxels), index);
    if (masked) {
      const int half = static_cast<int>(g.padding) & 0xffff;
      bad = bad | L::sameHalf(pair, L::splat(half | (half << 16)));
    }
    slope = L::toFloat(L::blend(pair, L::splat((kBlendOne << 16) | (0x10000 - kBlendOne))));
    return L::toFloat(L::blend(pair, p.weights));
  }
};

template <int W>
struct Reader<W, float> {
  using L = Lanes<W>;
  using F = typename L::F;
  using I = typename L::I;
  static constexpr float kScale = 1.0f;
  static AR_FN I weights(F) { return L::splat(0); }
  static AR_FN F row(const GridView& g, const Place<W>& p, I index) {
    const float* v = static_cast<const float*>(g.voxels);
    const F a = L::gather(v, index), b = L::gather(v + 1, index);
    return a + p.fx * (b - a);
  }
  static AR_FN F rowAndSlope(const GridView& g, const Place<W>& p, I index, F& slope, I& bad, bool masked) {
    const float* v = static_cast<const float*>(g.voxels);
    const F a = L::gather(v, index), b = L::gather(v + 1, index);
    if (masked) {
      const F pad = L::splat(g.padding);
      bad = bad | (L::le(a, pad) & L::le(pad, a)) | (L::le(b, pad) & L::le(pad, b));
    }
    slope = b - a;
    return a + p.fx * slope;
  }
};

/** Where a point in index space lies: clamped into the grid, so that every address is inside whatever the point. */
template <int W, class Voxel>
AR_FN Place<W> locate(const GridView& g, typename Lanes<W>::F x, typename Lanes<W>::F y, typename Lanes<W>::F z) {
  using L = Lanes<W>;
  Place<W> p;
  const auto zero = L::splat(0.0f);
  // The value where one is not a number goes to the second operand: 0, never out of the grid.
  x = L::min(L::max(x, zero), L::splat(static_cast<float>(g.dims[0] - 1)));
  y = L::min(L::max(y, zero), L::splat(static_cast<float>(g.dims[1] - 1)));
  z = L::min(L::max(z, zero), L::splat(static_cast<float>(g.dims[2] - 1)));
  const int lastY = g.dims[1] > 1 ? g.dims[1] - 2 : 0, lastZ = g.dims[2] > 1 ? g.dims[2] - 2 : 0;
  p.x0 = L::min(L::toInt(x), L::splat(g.dims[0] - 2));
  p.y0 = L::min(L::toInt(y), L::splat(lastY));
  p.z0 = L::min(L::toInt(z), L::splat(lastZ));
  p.fx = x - L::toFloat(p.x0);
  p.fy = y - L::toFloat(p.y0);
  p.fz = z - L::toFloat(p.z0);
  p.base = p.x0 + p.y0 * g.dims[0] + p.z0 * (g.dims[0] * g.dims[1]);
  p.weights = Reader<W, Voxel>::weights(p.fx);
  return p;
}

/** Asks the caches for the four rows of a point, wherever it lies. Changes no value. */
template <int W, class Voxel>
AR_FN void fetchAhead(const GridView& g, typename Lanes<W>::F x, typename Lanes<W>::F y, typename Lanes<W>::F z) {
  using L = Lanes<W>;
  if constexpr (L::kFetchesAhead) {
    const auto base = locate<W, Voxel>(g, x, y, z).base;
    const Voxel* v = static_cast<const Voxel*>(g.voxels);
    L::prefetch(v, base);
    L::prefetch(v + g.strideY, base);
    L::prefetch(v + g.strideZ, base);
    L::prefetch(v + (g.strideY + g.strideZ), base);
  }
}

/** Value (times 1 / kScale) and the slopes of the trilinear blend in the cell. */
template <int W, class Voxel, bool Masked>
AR_FN typename Lanes<W>::F sampleValue(const GridView& g, const Place<W>& p, Rows<W>& rows, Gradient<W>& slope,
                                       typename Lanes<W>::I& bad) {
  using L = Lanes<W>;
  using F = typename L::F;
  using R = Reader<W, Voxel>;
  F s00, s10, s01, s11;
  bad = L::splat(0);
  const bool padded = Masked && g.hasPadding;
  rows.b00 = R::rowAndSlope(g, p, p.base, s00, bad, padded);
  rows.b10 = R::rowAndSlope(g, p, p.base + g.strideY, s10, bad, padded);
  rows.b01 = R::rowAndSlope(g, p, p.base + g.strideZ, s01, bad, padded);
  rows.b11 = R::rowAndSlope(g, p, p.base + (g.strideY + g.strideZ), s11, bad, padded);
  if constexpr (Masked) bad = bad | L::notZero(L::gather(g.holes, p.z0));
  const F d0 = rows.b10 - rows.b00, d1 = rows.b11 - rows.b01;
  const F near = rows.b00 + p.fy * d0, far = rows.b01 + p.fy * d1;
  slope.z = far - near;
  slope.y = d0 + p.fz * (d1 - d0);
  const F sa = s00 + p.fy * (s10 - s00), sb = s01 + p.fy * (s11 - s01);
  slope.x = sa + p.fz * (sb - sa);
  return near + p.fz * slope.z;
}

/** Sixteen rows around a cell, blended along x: what central differences at its eight voxels want. */
enum Around { kRight, kRightY, kRightZ, kRightYZ, kLeft, kLeftY, kLeftZ, kLeftYZ, kY0, kY0Z, kY3, kY3Z, kZ0, kZ0Y, kZ3, kZ3Y, kAround };

/** From a sample's row to each of them, in voxels, where the cell does not touch the grid's faces. */
AR_FN void placesAround(const GridView& g, int32_t at[kAround]) {
  const int y = g.strideY, z = g.strideZ;
  const int32_t places[kAround] = {1, 1 + y, 1 + z, 1 + y + z, -1, y - 1, z - 1, y + z - 1, -y, z - y, 2 * y, z + 2 * y, -z, y - z, 2 * z, y + 2 * z};
  for (int r = 0; r < kAround; r++) at[r] = places[r];
}

/** The same where it may: beyond a face stands what lies on it. */
AR_FN void placesAtFace(const GridView& g, const Place<1>& p, int32_t at[kAround]) {
  placesAround(g, at);
  const int y = g.strideY, z = g.strideZ;
  if (p.x0 <= 0) at[kLeft] = 0, at[kLeftY] = y, at[kLeftZ] = z, at[kLeftYZ] = y + z;
  if (p.x0 >= g.dims[0] - 2) at[kRight] = 0, at[kRightY] = y, at[kRightZ] = z, at[kRightYZ] = y + z;
  if (p.y0 <= 0) at[kY0] = 0, at[kY0Z] = z;
  if (p.y0 >= g.dims[1] - 2) at[kY3] = y, at[kY3Z] = y + z;
  if (p.z0 <= 0) at[kZ0] = 0, at[kZ0Y] = y;
  if (p.z0 >= g.dims[2] - 2) at[kZ3] = z, at[kZ3Y] = y + z;
}

/** Central differences at the eight voxels of one place, blended: smooth across voxels. Times 1 / kScale, as slopes are. */
AR_FN Gradient<1> centralGradient(const Place<1>& p, const Rows<1>& rows, const float around[kAround]) {
  const auto blend = [](float a, float b, float c, float d, float f, float g) {
    const float near = a + f * (b - a), far = c + f * (d - c);
    return 0.5f * (near + g * (far - near));
  };
  return {blend(around[kRight] - around[kLeft], around[kRightY] - around[kLeftY], around[kRightZ] - around[kLeftZ],
                around[kRightYZ] - around[kLeftYZ], p.fy, p.fz),
          blend(rows.b10 - around[kY0], around[kY3] - rows.b00, rows.b11 - around[kY0Z], around[kY3Z] - rows.b01, p.fy, p.fz),
          blend(rows.b01 - around[kZ0], around[kZ3] - rows.b00, rows.b11 - around[kZ0Y], around[kZ3Y] - rows.b10, p.fz, p.fy)};
}

/** Rows around one place, W at a time where they are words of two voxels. */
template <int W, class Voxel>
AR_FN void rowsAround(const GridView& g, const Place<1>& p, const int32_t at[kAround], float around[kAround]) {
  if constexpr (W > 1 && sizeof(Voxel) == 2) {
    using L = Lanes<W>;
    const Voxel* here = static_cast<const Voxel*>(g.voxels) + p.base;
    for (int r = 0; r < kAround; r += W) L::store(around + r, L::toFloat(L::blend(L::loadPairs(here, at + r), L::splat(p.weights))));
  } else {
    for (int r = 0; r < kAround; r++) around[r] = Reader<1, Voxel>::row(g, p, p.base + at[r]);
  }
}

/**
 * Central gradients for the `wanted` lanes of a packet, one by one: a third of them are, and the rows of the others
 * would cost more than all arithmetic. Lanes that are not wanted keep what `out` holds.
 */
template <int W, class Voxel>
AR_FN void centralGradients(const GridView& g, const Place<W>& p, const Rows<W>& rows, typename Lanes<W>::I wanted,
                            Gradient<W>& out) {
  float around[kAround];
  int32_t at[kAround];
  if constexpr (W == 1) {
    if (!wanted) return;
    placesAtFace(g, p, at);
    rowsAround<1, Voxel>(g, p, at, around);
    out = centralGradient(p, rows, around);
  } else {
    using L = Lanes<W>;
    const auto inside = L::gt(L::min(L::min(p.x0, p.y0), p.z0), L::splat(0)) &
                        L::gt(L::min(L::min((g.dims[0] - 2) - p.x0, (g.dims[1] - 2) - p.y0), (g.dims[2] - 2) - p.z0), L::splat(0));
    const unsigned atFace = L::bitsOf(wanted & ~inside);
    placesAround(g, at);
    for (unsigned left = L::bitsOf(wanted); left != 0; left &= left - 1) {
      const int k = __builtin_ctz(left);
      const Place<1> place = {p.base[k], p.x0[k], p.y0[k], p.z0[k], p.weights[k], p.fx[k], p.fy[k], p.fz[k]};
      if (atFace) atFace >> k & 1 ? placesAtFace(g, place, at) : placesAround(g, at);
      rowsAround<W, Voxel>(g, place, at, around);
      const Gradient<1> one = centralGradient(place, {rows.b00[k], rows.b10[k], rows.b01[k], rows.b11[k]}, around);
      out.x[k] = one.x;
      out.y[k] = one.y;
      out.z[k] = one.z;
    }
  }
}

}  // namespace ISA_NS
