#include <algorithm>
#include <cmath>

#include "engine.h"

namespace anteroom {
namespace {

/** Integrals of extinction and of extinction times colour over a table that runs straight between its entries. */
class Integrals {
 public:
  Integrals(const LookInput& in) : in_(in), step_((in.valueMax - in.valueMin) / (in.entries - 1)), sums_(in.entries) {
    for (int i = 1; i < in.entries; i++)
      for (int c = 0; c < 4; c++) sums_[i][c] = sums_[i - 1][c] + piece(i - 1, 1.0, c);
  }
  double sigma(int i) const { return std::max(0.0f, in_.table[4 * i + 3]); }
  double valueOf(int i) const { return in_.valueMin + i * step_; }
  bool same(int i, int j) const {
    return std::equal(in_.table + 4 * i, in_.table + 4 * i + 4, in_.table + 4 * j);
  }
  /** Channel 0..2: integral of colour times extinction from valueMin; 3: of extinction alone. */
  double upTo(double value, int c) const {
    const double at = (value - in_.valueMin) / step_;
    if (at <= 0) return at * step_ * (c == 3 ? 1.0 : channel(0, c)) * sigma(0);
    const int last = in_.entries - 1;
    if (at >= last) return sums_[last][c] + (at - last) * step_ * (c == 3 ? 1.0 : channel(last, c)) * sigma(last);
    const int i = std::min(last - 1, static_cast<int>(at));
    return sums_[i][c] + piece(i, at - i, c);
  }
  double colourAt(double value, int c) const {
    const double at = std::clamp((value - in_.valueMin) / step_, 0.0, in_.entries - 1.0);
    const int i = std::min(in_.entries - 2, static_cast<int>(at));
    return channel(i, c) + (at - i) * (channel(i + 1, c) - channel(i, c));
  }

 private:
  double channel(int i, int c) const { return std::clamp(in_.table[4 * i + c], 0.0f, 1.0f); }
  /** Integral over the first `f` of the way from entry i to the next. */
  double piece(int i, double f, int c) const {
    const double s0 = sigma(i), ds = sigma(i + 1) - s0;
    if (c == 3) return step_ * (s0 * f + ds * f * f / 2);
    const double c0 = channel(i, c), dc = channel(i + 1, c) - c0;
    return step_ * (s0 * c0 * f + (s0 * dc + ds * c0) * f * f / 2 + ds * dc * f * f * f / 3);
  }
  struct Sum {
    double c[4] = {0, 0, 0, 0};
    double& operator[](int i) { return c[i]; }
    double operator[](int i) const { return c[i]; }
  };
  const LookInput& in_;
  double step_;
  std::vector<Sum> sums_;
};

void makeFlat(Look& look, const LookInput& in) {
  look.view.scale = static_cast<float>((kBins - 1) / (in.valueMax - in.valueMin));
  look.view.offset = static_cast<float>(-in.valueMin * (kBins - 1) / (in.valueMax - in.valueMin));
  look.flat.resize(4 * kBins);
  for (int b = 0; b < kBins; b++) {
    const double at = b * (in.entries - 1.0) / (kBins - 1);
    const int i = std::min(in.entries - 2, static_cast<int>(at));
    for (int c = 0; c < 4; c++) {
      const double a = in.table[4 * i + c], z = in.table[4 * i + 4 + c];
      look.flat[4 * b + c] = static_cast<float>(a + (at - i) * (z - a));
    }
  }
  look.view.flat = look.flat.data();
}

}  // namespace

void openLook(Look& look, const Grid& grid, const LookInput& in) {
  LookView& v = look.view;
  v.mip = in.mip;
  v.ambient = in.ambient;
  v.diffuse = in.diffuse;
  v.specular = in.specular;
  v.specularPower = std::max(1.0f, in.specularPower);
  const size_t cells = grid.cellRange.size() / 2;
  // Room for a word read at the last byte.
  look.emptySide.assign(8 * cells + 16, 0);
  v.emptySide = look.emptySide.data();
  look.shows.clear();
  if (in.mip) return makeFlat(look, in);

  const Integrals t(in);
  // Bins are spent where extinction is and where it changes; before lies one empty bin, after one that goes on.
  int first = 0, last = in.entries - 1;
  while (first < in.entries && t.sigma(first) <= 0) first++;
  while (last > 0 && t.same(last - 1, in.entries - 1)) last--;
  const bool nothing = first == in.entries;
  double low = nothing ? in.valueMax : first > 0 ? t.valueOf(first - 1) : std::min(in.valueMin, grid.range[0]) - 1e-6;
  double high = std::max(t.valueOf(last), low + (in.valueMax - in.valueMin) * 1e-3);
  const double width = (high - low) / (kBins - 2), zero = low - width;
  v.scale = static_cast<float>(1 / width);
  v.offset = static_cast<float>(-zero / width);
  look.integral.assign(2 * kBins, 0.0f);
  std::vector<int32_t> dense(kBins + 1, 0);
  double sum = 0;
  for (int b = 0; b < kBins; b++) {
    const double from = zero + b * width;
    const double mean = b == 0 || nothing ? 0.0 : b == kBins - 1 ? t.sigma(in.entries - 1)
                                                                : (t.upTo(from + width, 3) - t.upTo(from, 3)) / width;
    look.integral[2 * b] = static_cast<float>(sum);
    look.integral[2 * b + 1] = static_cast<float>(mean < 1e-9 ? 0.0 : mean);
    sum += look.integral[2 * b + 1];
    dense[b + 1] = dense[b] + (look.integral[2 * b + 1] > 0 ? 1 : 0);
  }
  v.integral = look.integral.data();

  const double pitch = (high - low) / (kColourBins - 1);
  v.colourScale = static_cast<float>(width / pitch);
  v.colourOffset = static_cast<float>((zero - low) / pitch + 0.5);
  look.colour.assign(2 * static_cast<size_t>(kColourBins) * kColourBins, 0);
  std::vector<double> upTo(4 * kColourBins);
  for (int q = 0; q < kColourBins; q++)
    for (int c = 0; c < 4; c++) upTo[4 * q + c] = t.upTo(low + q * pitch, c);
  for (int a = 0; a < kColourBins; a++)
    for (int b = 0; b < kColourBins; b++) {
      const double weight = upTo[4 * b + 3] - upTo[4 * a + 3];
      int32_t code[3];
      for (int c = 0; c < 3; c++) {
        const double mean = std::abs(weight) > 1e-9 ? (upTo[4 * b + c] - upTo[4 * a + c]) / weight
                                                    : t.colourAt(low + (a + b) * 0.5 * pitch, c);
        code[c] = static_cast<int32_t>(std::clamp(mean, 0.0, 1.0) * 65535 + 0.5);
      }
      look.colour[2 * (a * kColourBins + b)] = static_cast<int32_t>(static_cast<uint32_t>(code[0]) | (static_cast<uint32_t>(code[1]) << 16));
      look.colour[2 * (a * kColourBins + b) + 1] = code[2];
    }
  v.colour = look.colour.data();
  const double soft = 0.03 * (high - low);
  v.softGradient2 = static_cast<float>(soft * soft + 1e-20);

  const auto binOf = [&](float value) { return std::clamp(static_cast<double>(value) * v.scale + v.offset, -1.0, kBins + 1.0); };
  look.shows.resize(cells);
  for (size_t c = 0; c < cells; c++) {
    const float a = grid.cellRange[2 * c], b = grid.cellRange[2 * c + 1];
    bool shows = false;
    if (a <= b) {
      // One bin to spare on both sides: a blend may round a hair beyond its voxels.
      const int from = std::clamp(static_cast<int>(std::floor(binOf(a))) - 1, 0, kBins - 1);
      const int to = std::clamp(static_cast<int>(std::floor(binOf(b))) + 1, 0, kBins - 1);
      shows = dense[to + 1] > dense[from];
    }
    look.shows[c] = shows;
  }
}

void closeOctant(Look& look, const Grid& grid, int octant) {
  const int nx = grid.view.cells[0], ny = grid.view.cells[1], nz = grid.view.cells[2];
  const size_t layer = static_cast<size_t>(nx) * ny;
  uint8_t* const side = look.emptySide.data() + octant * layer * nz;
  const bool upX = octant & 1, upY = octant & 2, upZ = octant & 4;
  std::vector<uint8_t> beyond(nx, 255), least(nx);
  for (int zz = 0; zz < nz; zz++) {
    const int z = upZ ? nz - 1 - zz : zz, z1 = upZ ? z + 1 : z - 1;
    for (int yy = 0; yy < ny; yy++) {
      const int y = upY ? ny - 1 - yy : yy, y1 = upY ? y + 1 : y - 1;
      // A cube is one larger than the least of those that begin at the cell's neighbours ahead.
      const auto row = [&](int j, int k) {
        return j < 0 || k < 0 || j >= ny || k >= nz ? beyond.data() : side + k * layer + static_cast<size_t>(j) * nx;
      };
      const uint8_t *a = row(y1, z), *b = row(y, z1), *c = row(y1, z1);
      for (int x = 0; x < nx; x++) least[x] = std::min(std::min(a[x], b[x]), c[x]);
      const uint8_t* shows = look.shows.data() + z * layer + static_cast<size_t>(y) * nx;
      uint8_t* own = side + z * layer + static_cast<size_t>(y) * nx;
      int next = 255, beside = 255;
      for (int xx = 0; xx < nx; xx++) {
        const int x = upX ? nx - 1 - xx : xx, here = least[x];
        next = shows[x] ? 0 : std::min(255, std::min({next, beside, here}) + 1);
        beside = here;
        own[x] = static_cast<uint8_t>(next);
      }
    }
  }
}

void makeLook(Look& look, const Grid& grid, const LookInput& in) {
  openLook(look, grid, in);
  for (int octant = 0; !in.mip && octant < 8; octant++) closeOctant(look, grid, octant);
}

}  // namespace anteroom
