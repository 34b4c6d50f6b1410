// Stored values to rescaled ones, and resampling onto another grid. Places and rescaling in double: these are
// numbers that people read.
#pragma once
#include "../lanes.h"
#include "../views.h"

namespace ISA_NS {
using anteroom::GridView;

struct RescaleSpec {
  int32_t bitsStored, highBit, isSigned;
  double slope, intercept;
};

/** Values that are looked at and mapped while they lie in the nearest cache. */
constexpr size_t kBlock = 4096;

/** Widens `range` by floats; what is no number counts for neither end. */
inline void widen(const float* in, size_t count, double range[2]) {
  for (size_t i = 0; i < count; i++) {
    if (in[i] < range[0]) range[0] = in[i];
    if (in[i] > range[1]) range[1] = in[i];
  }
}

template <class In, class Out>
void rescaleFloats(const In* in, size_t count, const RescaleSpec& s, Out* out, double range[2]) {
  widen(in, count, range);
  for (size_t i = 0; i < count; i++) {
    const double v = static_cast<double>(in[i]) * s.slope + s.intercept;
    if constexpr (sizeof(Out) == 2)
      out[i] = static_cast<Out>(__builtin_floor(v + 0.5));
    else
      out[i] = static_cast<Out>(v);
  }
}

/** `Stored` holds every stored value: 32 bits do for words of 16, and run in vectors. */
template <class Stored, class In, class Out>
void rescaleIntegers(const In* in, size_t count, const RescaleSpec& s, Out* out, double range[2]) {
  const int right = 32 - s.bitsStored, left = 31 - s.highBit;
  Stored stored[kBlock];
  // Whole slope and intercept (most CT) stay whole: the same numbers, without a double between.
  const double most = __builtin_fabs(s.slope) * (s.bitsStored < 32 ? 1u << s.bitsStored : 4294967296.0) + __builtin_fabs(s.intercept);
  const bool whole = sizeof(Stored) == 4 && most < 1 << 30 && s.slope == __builtin_floor(s.slope) && s.intercept == __builtin_floor(s.intercept);
  const int slope = whole ? static_cast<int>(s.slope) : 0, intercept = whole ? static_cast<int>(s.intercept) : 0;
  for (size_t at = 0; at < count; at += kBlock) {
    const size_t n = count - at < kBlock ? count - at : kBlock;
    const In* from = in + at;
    Out* to = out + at;
    if (s.isSigned)
      for (size_t i = 0; i < n; i++) stored[i] = static_cast<int32_t>(static_cast<uint32_t>(from[i]) << left) >> right;
    else
      for (size_t i = 0; i < n; i++) stored[i] = static_cast<Stored>((static_cast<uint32_t>(from[i]) << left) >> right);
    Stored low = stored[0], high = stored[0];
    for (size_t i = 0; i < n; i++) {
      low = stored[i] < low ? stored[i] : low;
      high = stored[i] > high ? stored[i] : high;
    }
    range[0] = low < range[0] ? static_cast<double>(low) : range[0];
    range[1] = high > range[1] ? static_cast<double>(high) : range[1];
    if (whole) {
      for (size_t i = 0; i < n; i++) to[i] = static_cast<Out>(static_cast<int>(stored[i]) * slope + intercept);
      continue;
    }
    for (size_t i = 0; i < n; i++) {
      const double v = static_cast<double>(stored[i]) * s.slope + s.intercept;
      if constexpr (sizeof(Out) == 2)
        to[i] = static_cast<Out>(static_cast<int32_t>(__builtin_floor(v + 0.5)));
      else
        to[i] = static_cast<Out>(v);
    }
  }
}

/**
 * value = stored * slope + intercept, exactly rounded; stored is cut to its bits and its sign extended. `range` gets
 * the least and the greatest stored value (infinities the wrong way round where there is none).
 */
template <class In, class Out>
void rescaleValues(const In* in, size_t count, const RescaleSpec& s, Out* out, double range[2]) {
  range[0] = __builtin_inf();
  range[1] = -__builtin_inf();
  if constexpr (static_cast<In>(0.5f) != static_cast<In>(0))
    rescaleFloats(in, count, s, out, range);
  else if constexpr (sizeof(In) < 4)
    rescaleIntegers<int32_t>(in, count, s, out, range);
  else
    rescaleIntegers<int64_t>(in, count, s, out, range);
}

/** Target rows are filled one by one; `indexFromIndex` is source index from target index, 3 rows of 4. */
struct ResampleView {
  GridView source;
  void* target;
  int32_t targetKind;
  int32_t dims[3];
  double indexFromIndex[12];
  float fill;
  /** Places of the source slices along k, in slices of the source's own step; null for an even stack. */
  const double* places;
};

/** A voxel outside by less than this is on the border: rounding of matrices must not cut a row. */
constexpr double kBorder = 1e-3;

/** Index and share along one axis; false outside. */
AR_FN bool split(double at, int dim, int& low, float& share) {
  if (!(at >= -kBorder && at <= dim - 1 + kBorder)) return false;
  double f = __builtin_floor(at);
  if (f < 0) f = 0;
  if (f > dim - 2) f = dim > 1 ? dim - 2 : 0;
  low = static_cast<int>(f);
  double part = at - f;
  part = part < 0 ? 0 : part > 1 ? 1 : part;
  share = static_cast<float>(part);
  return true;
}

/** From a place along k (in even steps) to a fractional slice of an uneven stack. */
AR_FN double sliceOf(const double* places, int count, double at) {
  if (count < 2 || at <= places[0]) return count < 2 ? at : at - places[0];
  int low = 0, high = count - 1;
  if (at >= places[high]) return high + (at - places[high]);
  while (high - low > 1) {
    const int middle = (low + high) >> 1;
    if (places[middle] <= at)
      low = middle;
    else
      high = middle;
  }
  return low + (at - places[low]) / (places[high] - places[low]);
}

template <class In, class Out>
void resampleRow(const ResampleView& r, int j, int k) {
  const In* in = static_cast<const In*>(r.source.voxels);
  Out* out = static_cast<Out*>(r.target) + (static_cast<size_t>(k) * r.dims[1] + j) * r.dims[0];
  const double* m = r.indexFromIndex;
  const GridView& s = r.source;
  for (int i = 0; i < r.dims[0]; i++) {
    const double x = m[0] * i + m[1] * j + m[2] * k + m[3];
    const double y = m[4] * i + m[5] * j + m[6] * k + m[7];
    double z = m[8] * i + m[9] * j + m[10] * k + m[11];
    if (r.places) z = sliceOf(r.places, s.dims[2], z);
    int x0 = 0, y0 = 0, z0 = 0;
    float fx = 0, fy = 0, fz = 0, value = r.fill;
    if (split(x, s.dims[0], x0, fx) && split(y, s.dims[1], y0, fy) && split(z, s.dims[2], z0, fz)) {
      const In* p = in + x0 + static_cast<size_t>(y0) * s.dims[0] + static_cast<size_t>(z0) * s.dims[0] * s.dims[1];
      const int dx = s.dims[0] > 1 ? 1 : 0, dy = s.strideY, dz = s.strideZ;
      const In c[8] = {p[0], p[dx], p[dy], p[dy + dx], p[dz], p[dz + dx], p[dz + dy], p[dz + dy + dx]};
      bool padded = false;
      if (s.hasPadding)
        for (int n = 0; n < 8; n++) padded |= static_cast<float>(c[n]) == s.padding;
      if (padded) {
        // Padding is no tissue: a blend with it would be a value that nobody measured.
        const int nearest = (fx >= 0.5f ? 1 : 0) + (fy >= 0.5f ? 2 : 0) + (fz >= 0.5f ? 4 : 0);
        value = static_cast<float>(c[nearest]);
        if (value == s.padding) value = r.fill;
      } else {
        const auto blend = [](float a, float b, float f) { return a + f * (b - a); };
        const float a = blend(static_cast<float>(c[0]), static_cast<float>(c[1]), fx);
        const float b = blend(static_cast<float>(c[2]), static_cast<float>(c[3]), fx);
        const float d = blend(static_cast<float>(c[4]), static_cast<float>(c[5]), fx);
        const float e = blend(static_cast<float>(c[6]), static_cast<float>(c[7]), fx);
        value = blend(blend(a, b, fy), blend(d, e, fy), fz);
      }
    }
    if constexpr (sizeof(Out) == 2) {
      const float rounded = __builtin_floorf(value + 0.5f);
      out[i] = static_cast<Out>(rounded < -32768.0f ? -32768.0f : rounded > 32767.0f ? 32767.0f : rounded);
    } else {
      out[i] = static_cast<Out>(value);
    }
  }
}

}  // namespace ISA_NS
