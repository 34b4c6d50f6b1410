#include <algorithm>
#include <cmath>
#include <cstring>

#include "engine.h"

namespace anteroom {

const ColourTables& colourTables() {
  static const struct Tables {
    std::vector<float> srgb, dither;
    ColourTables view;
    Tables() : srgb(kSrgb + 2), dither(64 * kDitherStride) {
      for (int i = 0; i < kSrgb + 2; i++) {
        const double root = std::min(1.0, i / static_cast<double>(kSrgb)), c = root * root;
        srgb[i] = static_cast<float>(c <= 0.0031308 ? 12.92 * c : 1.055 * std::pow(c, 1 / 2.4) - 0.055);
      }
      // Interleaved gradient noise (Jimenez 2014): neighbouring thresholds differ much, so the error averages fast.
      for (int y = 0; y < 64; y++)
        for (int x = 0; x < kDitherStride; x++) {
          const double inner = 0.06711056 * (x & 63) + 0.00583715 * y, outer = 52.9829189 * (inner - std::floor(inner));
          dither[y * kDitherStride + x] = static_cast<float>(std::min(0.999, outer - std::floor(outer)));
        }
      view = {srgb.data(), dither.data()};
    }
  } tables;
  return tables.view;
}

namespace {

struct Cell {
  float inverse = 0, deviation = 0;
  bool known = false;
};

/** One ring of empty cells takes the mean of its known neighbours. */
bool grow(std::vector<Cell>& cells, int n) {
  const std::vector<Cell> before = cells;
  bool grew = false;
  for (int y = 0; y < n; y++)
    for (int x = 0; x < n; x++) {
      if (before[y * n + x].known) continue;
      float inverse = 0, deviation = 0;
      int count = 0;
      for (int j = std::max(0, y - 1); j <= std::min(n - 1, y + 1); j++)
        for (int i = std::max(0, x - 1); i <= std::min(n - 1, x + 1); i++)
          if (before[j * n + i].known) {
            inverse += before[j * n + i].inverse;
            deviation += before[j * n + i].deviation;
            count++;
          }
      if (count == 0) continue;
      cells[y * n + x] = {inverse / count, deviation / count, true};
      grew = true;
    }
  return grew;
}

void writeBox(const GridPlanes& out, const BoxView& box, const std::vector<uint8_t>& codes) {
  const int n = out.cells;
  for (int v = 0; v < box.height; v++) {
    uint8_t* line = out.y + static_cast<size_t>(box.y + v) * out.width + box.x;
    const int j0 = v * n / box.height, j1 = std::max(j0 + 1, (v + 1) * n / box.height);
    for (int u = 0; u < box.width; u++) {
      const int i0 = u * n / box.width, i1 = std::max(i0 + 1, (u + 1) * n / box.width);
      int sum = 0;
      for (int j = j0; j < j1; j++)
        for (int i = i0; i < i1; i++) sum += codes[j * n + i];
      const int count = (j1 - j0) * (i1 - i0);
      line[u] = static_cast<uint8_t>((sum + count / 2) / count);
    }
  }
}

void flatChroma(const GridPlanes& out, const BoxView& box) {
  for (int v = 0; v < box.height / 2; v++) {
    const size_t at = static_cast<size_t>(box.y / 2 + v) * (out.width / 2) + box.x / 2;
    std::memset(out.u + at, 128, box.width / 2);
    std::memset(out.v + at, 128, box.width / 2);
  }
}

}  // namespace

void writeDepth(const float* sums, const GridPlanes& out) {
  const int n = out.cells, count = n * n;
  std::vector<Cell> cells(count);
  bool any = false;
  for (int c = 0; c < count; c++) {
    const float w = sums[3 * c];
    // A trace of opacity says nothing about depth.
    if (!(w > 1e-3f)) continue;
    const float mean = sums[3 * c + 1] / w, variance = sums[3 * c + 2] / w - mean * mean;
    cells[c] = {mean, variance > 0 ? std::sqrt(variance) : 0.0f, true};
    any = true;
  }
  for (int ring = 0; any && ring < n && grow(cells, n); ring++) {
  }
  std::vector<uint8_t> depth(count, 0), confidence(count, 0);
  const float far = 1 / out.farM, near = 1 / out.nearM;
  for (int c = 0; any && c < count; c++) {
    const float code = 1 + 254 * (cells[c].inverse - far) / (near - far);
    depth[c] = static_cast<uint8_t>(std::clamp(code, 1.0f, 255.0f) + 0.5f);
    const float share = std::min(1.0f, cells[c].deviation / out.confidenceFullPerM);
    confidence[c] = static_cast<uint8_t>(255 * std::sqrt(share) + 0.5f);
  }
  writeBox(out, out.depth, depth);
  writeBox(out, out.confidence, confidence);
  flatChroma(out, out.depth);
  flatChroma(out, out.confidence);
  flatChroma(out, out.coverage);
}

}  // namespace anteroom
