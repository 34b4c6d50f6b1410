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

/** Central differences at the eight voxels of one place, blended: smooth across voxels. Times 1 / kScale, as slopes are. */
template <class Voxel>
AR_FN Gradient<1> centralGradient(const GridView& g, const Place<1>& p, const Rows<1>& rows) {
  using R = Reader<1, Voxel>;
  const int left = p.x0 > 0 ? p.base - 1 : p.base, right = g.dims[0] - 2 > p.x0 ? p.base + 1 : p.base;
  const int y = g.strideY, z = g.strideZ;
  Gradient<1> out;
  {
    const float a = R::row(g, p, right) - R::row(g, p, left);
    const float b = R::row(g, p, right + y) - R::row(g, p, left + y);
    const float c = R::row(g, p, right + z) - R::row(g, p, left + z);
    const float d = R::row(g, p, right + (y + z)) - R::row(g, p, left + (y + z));
    const float near = a + p.fy * (b - a), far = c + p.fy * (d - c);
    out.x = 0.5f * (near + p.fz * (far - near));
  }
  {
    const int before = p.base - (p.y0 > 0 ? y : 0), after = p.base + (g.dims[1] - 2 > p.y0 ? 2 * y : y);
    const float a = rows.b10 - R::row(g, p, before), b = R::row(g, p, after) - rows.b00;
    const float c = rows.b11 - R::row(g, p, before + z), d = R::row(g, p, after + z) - rows.b01;
    const float near = a + p.fy * (b - a), far = c + p.fy * (d - c);
    out.y = 0.5f * (near + p.fz * (far - near));
  }
  {
    const int before = p.base - (p.z0 > 0 ? z : 0), after = p.base + (g.dims[2] - 2 > p.z0 ? 2 * z : z);
    const float a = rows.b01 - R::row(g, p, before), b = R::row(g, p, after) - rows.b00;
    const float c = rows.b11 - R::row(g, p, before + y), d = R::row(g, p, after + y) - rows.b10;
    const float left2 = a + p.fz * (b - a), right2 = c + p.fz * (d - c);
    out.z = 0.5f * (left2 + p.fy * (right2 - left2));
  }
  return out;
}

/**
 * The same for the `wanted` lanes of a packet, one by one: a third of them are, and the rows of the others would cost
 * more than all arithmetic. Lanes that are not wanted keep what `out` holds.
 */
template <int W, class Voxel>
AR_FN void centralGradients(const GridView& g, const Place<W>& p, const Rows<W>& rows, typename Lanes<W>::I wanted,
                            Gradient<W>& out) {
  if constexpr (W == 1) {
    if (wanted) out = centralGradient<Voxel>(g, p, rows);
  } else {
    for (unsigned left = Lanes<W>::bitsOf(wanted); left != 0; left &= left - 1) {
      const int k = __builtin_ctz(left);
      const Place<1> place = {p.base[k], p.x0[k], p.y0[k], p.z0[k], p.weights[k], p.fx[k], p.fy[k], p.fz[k]};
      const Gradient<1> one = centralGradient<Voxel>(g, place, {rows.b00[k], rows.b10[k], rows.b01[k], rows.b11[k]});
      out.x[k] = one.x;
      out.y[k] = one.y;
      out.z[k] = one.z;
    }
  }
}

}  // namespace ISA_NS
