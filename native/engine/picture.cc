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

enum State : uint8_t { kUnknown, kAsked, kKnown };

/** Calls `visit` with each neighbour of a cell, row by row. */
template <class Visit>
void aroundCell(int c, int n, const Visit& visit) {
  const int x = c % n, y = c / n;
  for (int j = std::max(0, y - 1); j <= std::min(n - 1, y + 1); j++)
    for (int i = std::max(0, x - 1); i <= std::min(n - 1, x + 1); i++) visit(j * n + i);
}

/** Unknown cells beside those of `known`, each once. */
void askAround(DepthWork& w, int n, const std::vector<int>& known) {
  w.next.clear();
  for (const int c : known)
    aroundCell(c, n, [&](int beside) {
      if (w.state[beside] != kUnknown) return;
      w.state[beside] = kAsked;
      w.next.push_back(beside);
    });
}

/** Ring by ring, empty cells take the mean of the neighbours known before: each cell is asked once. */
void growDepth(DepthWork& w, int n) {
  for (askAround(w, n, w.ring); !w.next.empty(); askAround(w, n, w.ring)) {
    w.ring.swap(w.next);
    for (const int c : w.ring) {
      float inverse = 0, deviation = 0;
      int count = 0;
      aroundCell(c, n, [&](int beside) {
        if (w.state[beside] != kKnown) return;
        inverse += w.inverse[beside];
        deviation += w.deviation[beside];
        count++;
      });
      w.inverse[c] = inverse / count;
      w.deviation[c] = deviation / count;
    }
    for (const int c : w.ring) w.state[c] = kKnown;
  }
}

void writeBox(const GridPlanes& out, const BoxView& box, const uint8_t* codes) {
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

void writeDepth(DepthWork& w, const float* sums, const GridPlanes& out) {
  const int n = out.cells, count = n * n;
  w.state.assign(count, kUnknown);
  for (auto* plane : {&w.inverse, &w.deviation}) plane->resize(count);
  for (auto* codes : {&w.depth, &w.confidence}) codes->assign(count, 0);
  w.ring.clear();
  for (int c = 0; c < count; c++) {
    const float weight = sums[3 * c];
    // A trace of opacity says nothing about depth.
    if (!(weight > 1e-3f)) continue;
    const float mean = sums[3 * c + 1] / weight, variance = sums[3 * c + 2] / weight - mean * mean;
    w.inverse[c] = mean;
    w.deviation[c] = variance > 0 ? std::sqrt(variance) : 0.0f;
    w.state[c] = kKnown;
    w.ring.push_back(c);
  }
  const bool any = !w.ring.empty();
  growDepth(w, n);
  const float far = 1 / out.farM, near = 1 / out.nearM;
  for (int c = 0; any && c < count; c++) {
    const float code = 1 + 254 * (w.inverse[c] - far) / (near - far);
    w.depth[c] = static_cast<uint8_t>(std::clamp(code, 1.0f, 255.0f) + 0.5f);
    const float share = std::min(1.0f, w.deviation[c] / out.confidenceFullPerM);
    w.confidence[c] = static_cast<uint8_t>(255 * std::sqrt(share) + 0.5f);
  }
  writeBox(out, out.depth, w.depth.data());
  writeBox(out, out.confidence, w.confidence.data());
  flatChroma(out, out.depth);
  flatChroma(out, out.confidence);
  flatChroma(out, out.coverage);
}

}  // namespace anteroom
