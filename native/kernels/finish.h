// From what rays brought back to bytes: linear light to sRGB with dither, straight alpha, or BT.709 limited-range
// I420 with the sums of the depth grid and the coverage plane. One pass over a tile.
#pragma once
#include "../lanes.h"
#include "../views.h"

namespace ISA_NS {
using anteroom::ColourTables;
using anteroom::kDitherStride;
using anteroom::kSrgb;
using anteroom::PictureOut;
using anteroom::RgbaOut;
using anteroom::Tile;

/** The sRGB curve: table over the square root, where it is nearly straight. */
template <int W>
AR_FN typename Lanes<W>::F toSrgb(const ColourTables& t, typename Lanes<W>::F linear) {
  using L = Lanes<W>;
  const auto c = L::min(L::max(linear, L::splat(0.0f)), L::splat(1.0f));
  const auto at = L::sqrt(c) * static_cast<float>(kSrgb);
  const auto i = L::toInt(at);
  const auto a = L::gather(t.srgb, i), b = L::gather(t.srgb + 1, i);
  return a + (at - L::toFloat(i)) * (b - a);
}

AR_FN const float* ditherRow(const ColourTables& t, int y) { return t.dither + (y & 63) * kDitherStride; }

AR_FN float rootOf(float v) { return Lanes<1>::sqrt(v); }

template <int W>
void finishRgba(const ColourTables& tables, const Tile& tile, const RgbaOut& out) {
  using L = Lanes<W>;
  using F = typename L::F;
  const F zero = L::splat(0.0f), one = L::splat(1.0f);
  for (int j = 0; j < tile.height; j++) {
    const float* noise = ditherRow(tables, tile.y + j);
    for (int i = 0; i < tile.width; i += W) {
      const int at = j * tile.stride + i;
      const F alpha = L::load(tile.out.alpha + at), rest = 1.0f - alpha;
      const auto empty = L::le(alpha, zero);
      const F divide = out.over ? one : 1.0f / L::select(empty, one, alpha);
      float hash[W];
      for (int k = 0; k < W; k++) hash[k] = noise[(tile.x + i + k) & 63];
      const F dither = L::select(empty, L::splat(0.5f), L::load(hash));
      int32_t code[3][W];
      const float* source[3] = {tile.out.red, tile.out.green, tile.out.blue};
      for (int c = 0; c < 3; c++) {
        F v = L::load(source[c] + at) * divide;
        if (out.over) v = v + rest * out.background[c];
        L::store(code[c], L::toInt(L::min(toSrgb<W>(tables, v) * 255.0f + dither, L::splat(255.0f))));
      }
      int32_t opacity[W];
      L::store(opacity, out.over ? L::splat(255) : L::toInt(alpha * 255.0f + 0.5f));
      const int count = tile.width - i < W ? tile.width - i : W;
      for (int k = 0; k < count; k++) {
        const size_t pixel = static_cast<size_t>(tile.y + j) * out.width + (tile.x + i + k);
        uint8_t* p = out.pixels + pixel * 4;
        p[0] = static_cast<uint8_t>(code[0][k]);
        p[1] = static_cast<uint8_t>(code[1][k]);
        p[2] = static_cast<uint8_t>(code[2][k]);
        p[3] = static_cast<uint8_t>(opacity[k]);
        const float w = tile.out.weight[at + k];
        const float mean = w > 0.0f ? tile.out.inverse[at + k] / w : 0.0f;
        if (out.inverse) out.inverse[pixel] = mean;
        if (out.deviation) {
          const float variance = w > 0.0f ? tile.out.inverse2[at + k] / w - mean * mean : 0.0f;
          out.deviation[pixel] = variance > 0.0f ? rootOf(variance) : 0.0f;
        }
        if (out.coverage) out.coverage[pixel] = tile.out.alpha[at + k];
      }
    }
  }
}

/** Gathers what the tile's rays say of depth into the cells of the eye's grid. A cell lies in one tile. */
inline void sumDepth(const Tile& tile, const PictureOut& out) {
  const int cells = out.cells, width = out.eye.width, height = out.eye.height;
  int j0 = 0;
  while (j0 < tile.height) {
    const int row = (tile.y + j0) * cells / height;
    int j1 = j0 + 1;
    while (j1 < tile.height && (tile.y + j1) * cells / height == row) j1++;
    int i0 = 0;
    while (i0 < tile.width) {
      const int column = (tile.x + i0) * cells / width;
      int i1 = i0 + 1;
      while (i1 < tile.width && (tile.x + i1) * cells / width == column) i1++;
      float w = 0, inverse = 0, inverse2 = 0;
      for (int j = j0; j < j1; j++)
        for (int i = i0; i < i1; i++) {
          const int at = j * tile.stride + i;
          w += tile.out.weight[at];
          inverse += tile.out.inverse[at];
          inverse2 += tile.out.inverse2[at];
        }
      float* sums = out.sums + (row * cells + column) * 3;
      sums[0] = w;
      sums[1] = inverse;
      sums[2] = inverse2;
      i0 = i1;
    }
    j0 = j1;
  }
}

/** Mean opacity under each pixel of the coverage box that this tile covers. */
inline void writeCoverage(const Tile& tile, const PictureOut& out) {
  const auto& box = out.coverage;
  const auto firstOf = [](int pixel, int side, int boxSide) { return (pixel * boxSide + side - 1) / side; };
  const int v0 = firstOf(tile.y, out.eye.height, box.height), v1 = firstOf(tile.y + tile.height, out.eye.height, box.height);
  const int u0 = firstOf(tile.x, out.eye.width, box.width), u1 = firstOf(tile.x + tile.width, out.eye.width, box.width);
  for (int v = v0; v < v1; v++) {
    const int ja = v * out.eye.height / box.height - tile.y, jb0 = (v + 1) * out.eye.height / box.height - tile.y;
    const int j0 = ja < 0 ? 0 : ja, j1 = jb0 > j0 ? (jb0 < tile.height ? jb0 : tile.height) : j0 + 1;
    for (int u = u0; u < u1; u++) {
      const int ia = u * out.eye.width / box.width - tile.x, ib0 = (u + 1) * out.eye.width / box.width - tile.x;
      const int i0 = ia < 0 ? 0 : ia, i1 = ib0 > i0 ? (ib0 < tile.width ? ib0 : tile.width) : i0 + 1;
      float sum = 0;
      for (int j = j0; j < j1; j++)
        for (int i = i0; i < i1; i++) sum += tile.out.alpha[j * tile.stride + i];
      const float mean = sum / static_cast<float>((j1 - j0) * (i1 - i0));
      out.y[static_cast<size_t>(box.y + v) * out.width + box.x + u] = static_cast<uint8_t>(mean * 255.0f + 0.5f);
    }
  }
}

/** BT.709, limited range: the luma code before rounding. */
template <class F>
AR_FN F lumaCode(F red, F green, F blue) {
  return red * (219.0f * 0.2126f) + green * (219.0f * 0.7152f) + blue * (219.0f * 0.0722f);
}

/** The two chroma codes. */
AR_FN void chromaCodes(float red, float green, float blue, uint8_t& u, uint8_t& v) {
  const float luma = red * 0.2126f + green * 0.7152f + blue * 0.0722f;
  u = static_cast<uint8_t>((blue - luma) * (224.0f / 1.8556f) + 128.5f);
  v = static_cast<uint8_t>((red - luma) * (224.0f / 1.5748f) + 128.5f);
}

/** A tile of ground alone: the codes that every pixel of it would get. The depth sums are 0 already. */
inline void finishBlank(const ColourTables& tables, const Tile& tile, const PictureOut& out) {
  const auto fill = [](uint8_t* plane, int stride, int x, int y, int width, int height, uint8_t code) {
    for (int j = 0; j < height; j++)
      __builtin_memset(plane + static_cast<size_t>(y + j) * stride + x, code, width);
  };
  const float red = toSrgb<1>(tables, out.background[0]), green = toSrgb<1>(tables, out.background[1]),
              blue = toSrgb<1>(tables, out.background[2]);
  const int x = out.eye.x + tile.x, y = out.eye.y + tile.y;
  fill(out.y, out.width, x, y, tile.width, tile.height,
       static_cast<uint8_t>(lumaCode(red, green, blue) + 0.5f + 16.0f));
  uint8_t u, v;
  chromaCodes(red, green, blue, u, v);
  fill(out.u, out.width >> 1, x >> 1, y >> 1, tile.width >> 1, tile.height >> 1, u);
  fill(out.v, out.width >> 1, x >> 1, y >> 1, tile.width >> 1, tile.height >> 1, v);
}

/** Luma and chroma of the tile (its place and sides are even), coverage and depth sums. Overwrites the colours. */
template <int W>
void finishPicture(const ColourTables& tables, const Tile& tile, const PictureOut& out) {
  using L = Lanes<W>;
  using F = typename L::F;
  writeCoverage(tile, out);
  if (tile.blank) return finishBlank(tables, tile, out);
  sumDepth(tile, out);
  for (int j = 0; j < tile.height; j++) {
    const float* noise = ditherRow(tables, tile.y + j);
    uint8_t* line = out.y + static_cast<size_t>(out.eye.y + tile.y + j) * out.width + out.eye.x + tile.x;
    for (int i = 0; i < tile.width; i += W) {
      const int at = j * tile.stride + i;
      const F alpha = L::load(tile.out.alpha + at), rest = 1.0f - alpha;
      float* source[3] = {tile.out.red, tile.out.green, tile.out.blue};
      F prime[3];
      for (int c = 0; c < 3; c++) {
        prime[c] = toSrgb<W>(tables, L::load(source[c] + at) + rest * out.background[c]);
        L::store(source[c] + at, prime[c]);
      }
      float hash[W];
      for (int k = 0; k < W; k++) hash[k] = noise[(tile.x + i + k) & 63];
      // An empty pixel is flat: noise there would cost bits and tell nothing.
      const F dither = L::select(L::le(alpha, L::splat(0.0f)), L::splat(0.5f), L::load(hash));
      const F luma = lumaCode(prime[0], prime[1], prime[2]);
      int32_t code[W];
      L::store(code, L::toInt(luma + dither + 16.0f));
      const int count = tile.width - i < W ? tile.width - i : W;
      for (int k = 0; k < count; k++) line[i + k] = static_cast<uint8_t>(code[k]);
    }
  }
  for (int j = 0; j + 1 < tile.height; j += 2) {
    const size_t start = static_cast<size_t>((out.eye.y + tile.y + j) >> 1) * (out.width >> 1) + ((out.eye.x + tile.x) >> 1);
    for (int i = 0; i + 1 < tile.width; i += 2) {
      const int at = j * tile.stride + i, below = at + tile.stride;
      const float* r = tile.out.red;
      const float* g = tile.out.green;
      const float* b = tile.out.blue;
      const float red = (r[at] + r[at + 1] + (r[below] + r[below + 1])) * 0.25f;
      const float green = (g[at] + g[at + 1] + (g[below] + g[below + 1])) * 0.25f;
      const float blue = (b[at] + b[at + 1] + (b[below] + b[below + 1])) * 0.25f;
      chromaCodes(red, green, blue, out.u[start + (i >> 1)], out.v[start + (i >> 1)]);
    }
  }
}

}  // namespace ISA_NS
