// The kernels' truths without Node: every instruction set that this processor runs, and CUDA where a device answers.
// Prints one line per check; exits 1 when one fails.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>

#include "../backends/cuda.h"

using namespace anteroom;

namespace {

int failures = 0;

void check(const std::string& who, const char* what, bool good, double figure) {
  std::printf("%-8s %-58s %s (%.3g)\n", who.c_str(), what, good ? "ok" : "FAILED", figure);
  if (!good) failures++;
}

/** A backend under test: marches a whole eye into seven planes. */
struct Backend {
  std::string name;
  const KernelTable* table;
  bool cuda = false;
};

struct Planes {
  std::vector<float> all;
  int width, height, stride;
  RayPlanes out;
  Planes(int w, int h) : all(7 * static_cast<size_t>((w + 15) & ~15) * (h + 4) + 16), width(w), height(h), stride((w + 15) & ~15) {
    const size_t size = static_cast<size_t>(stride) * (h + 4);
    float** const slots[7] = {&out.red, &out.green, &out.blue, &out.alpha, &out.weight, &out.inverse, &out.inverse2};
    for (int p = 0; p < 7; p++) *slots[p] = all.data() + p * size;
  }
};

/** What a scan and its look may have besides. */
struct Besides {
  bool hasPadding = false;
  double padding = 0;
  std::vector<int32_t> holes;
  bool mip = false;
};

struct Scene {
  std::vector<int16_t> shorts;
  std::vector<float> floats;
  Grid grid;
  Look look;
};

void makeScene(Scene& s, const KernelTable& table, const int32_t dims[3], const double spacing[3], bool asFloat,
               const std::function<double(int, int, int)>& value, double low, double high,
               const std::function<void(double, float*)>& entry, float diffuse = 0, const Besides& besides = {}) {
  for (int k = 0; k < dims[2]; k++)
    for (int j = 0; j < dims[1]; j++)
      for (int i = 0; i < dims[0]; i++) {
        if (asFloat) s.floats.push_back(static_cast<float>(value(i, j, k)));
        else s.shorts.push_back(static_cast<int16_t>(value(i, j, k)));
      }
  const double matrix[16] = {spacing[0], 0, 0, 0, 0, spacing[1], 0, 0, 0, 0, spacing[2], 0, 0, 0, 0, 1};
  const void* voxels = asFloat ? static_cast<void*>(s.floats.data()) : static_cast<void*>(s.shorts.data());
  openGrid(s.grid, voxels, asFloat ? kFloat32 : kInt16, dims, matrix, besides.hasPadding,
           besides.padding, besides.holes);
  std::vector<uint32_t> counts(65536, 0);
  for (int layer = 0; layer < s.grid.view.cells[2]; layer++)
    table.cellLayer(s.grid.view, layer, s.grid.cellRange.data(), counts.data());
  closeCells(s.grid, counts);
  constexpr int n = 16384;
  std::vector<float> entries(4 * n);
  for (int i = 0; i < n; i++) entry(low + (high - low) * i / (n - 1), entries.data() + 4 * i);
  makeLook(s.look, s.grid, {besides.mip, low, high, entries.data(), n, 1 - diffuse, diffuse, 0.2f * diffuse, 20});
}

/** Looks along +z of the mm (or back, along -z) from a place in mm; tangent both ways. */
Planes shoot(const Backend& b, const Scene& s, const double at[3], double tangent, int size, double step, bool leap,
             bool back = false, const std::vector<double>& clips = {}) {
  Planes planes(size, size);
  const double k = 0.001, z = back ? k : -k;
  EyeInput in{{z, 0, 0, 0, 0, k, 0, 0, 0, 0, z, 0, -z * at[0], -k * at[1], -z * at[2], 1}, tangent, tangent, tangent, tangent};
  const EyeView eye = makeEye(s.grid, in, size, size, clips.data(), static_cast<int>(clips.size() / 4));
  const MarchView march{s.grid.view, s.look.view, static_cast<float>(step * smallestEdgeMm(s.grid.mmFromIndex)), leap};
  if (b.cuda) {
    std::string failure;
    void *grid = cudaUploadGrid(s.grid, failure), *look = cudaUploadLook(s.look, failure);
    std::vector<float> flat(7 * static_cast<size_t>(size) * size);
    if (!grid || !look || cudaMarch(march, grid, look, eye, flat.data(), failure) < 0) std::printf("cuda: %s\n", failure.c_str());
    if (grid) cudaRelease(grid);
    if (look) cudaRelease(look);
    float* const to[7] = {planes.out.red,    planes.out.green,   planes.out.blue,    planes.out.alpha,
                          planes.out.weight, planes.out.inverse, planes.out.inverse2};
    for (int p = 0; p < 7; p++)
      for (int y = 0; y < size; y++)
        std::memcpy(to[p] + y * planes.stride, flat.data() + (static_cast<size_t>(p) * size + y) * size, size * sizeof(float));
    return planes;
  }
  b.table->march(march, eye, {0, 0, size, size, planes.stride, planes.out});
  return planes;
}

double farthest(const Planes& a, const Planes& b) {
  double most = 0;
  const float* const x[5] = {a.out.red, a.out.green, a.out.blue, a.out.alpha, a.out.inverse};
  const float* const y[5] = {b.out.red, b.out.green, b.out.blue, b.out.alpha, b.out.inverse};
  for (int p = 0; p < 5; p++)
    for (int row = 0; row < a.height; row++)
      for (int i = 0; i < a.width; i++)
        most = std::max(most, static_cast<double>(std::fabs(x[p][row * a.stride + i] - y[p][row * b.stride + i])));
  return most;
}

void test(const Backend& b, const KernelTable& scalar) {
  const KernelTable& table = *b.table;
  {
    Scene s;
    const int32_t dims[3] = {16, 16, 10};
    const double spacing[3] = {1, 1, 0.1}, at[3] = {7.5, 7.5, -50};
    makeScene(s, table, dims, spacing, false, [](int, int, int) { return 100; }, 0, 200,
              [](double, float* e) { e[0] = e[1] = e[2] = 0.8f, e[3] = 3; });
    for (double step : {0.25, 1.0, 16.0}) {
      const Planes p = shoot(b, s, at, 0.001, 2, step, true);
      check(b.name, "slab: colour 0.760170", std::fabs(p.out.red[0] - 0.760170) < 1e-4, p.out.red[0] - 0.760170);
      check(b.name, "slab: opacity 1 - e^-3", std::fabs(p.out.alpha[0] - 0.950213) < 1e-4, p.out.alpha[0] - 0.950213);
    }
  }
  {
    Scene box, spike;
    const int32_t dims[3] = {4, 4, 17};
    const double spacing[3] = {1, 1, 1.0 / 16}, at[3] = {1.5, 1.5, -50};
    const auto ramp = [](int, int, int k) { return k / 16.0; };
    makeScene(box, table, dims, spacing, true, ramp, 0, 1,
              [](double v, float* e) { e[0] = e[1] = e[2] = 1, e[3] = v > 0.3013 && v < 0.4517 ? 6 : 0; });
    makeScene(spike, table, dims, spacing, true, ramp, 0, 1, [](double v, float* e) {
      e[0] = e[1] = e[2] = 1, e[3] = static_cast<float>(200 * std::exp(-0.5 * std::pow((v - 0.52) / 0.005, 2)));
    });
    for (double step : {0.25, 1.0, 4.0, 16.0}) {
      const double through = 1 - shoot(b, box, at, 0.001, 2, step, true).out.alpha[0];
      check(b.name, "box of extinction: 0.40560 gets through", std::fabs(through / 0.4056 - 1) < 0.01, through);
      const double opacity = shoot(b, spike, at, 0.001, 2, step, true).out.alpha[0];
      check(b.name, "spike of extinction: opacity 0.9185", std::fabs(opacity - 0.9185) < 0.01, opacity);
    }
  }
  {
    Scene s;
    const int32_t dims[3] = {61, 53, 47};
    const double spacing[3] = {0.8, 0.9, 1.3}, at[3] = {24, 24, -90};
    makeScene(s, table, dims, spacing, false,
              [](int i, int j, int k) {
                const double d = std::fmod(i * 0.37 + j * 0.11, 17) + std::fmod(k * 1.7 + i * 0.05, 13) - 9;
                return d < 2 ? 600 - 50 * d : -900 + (i * 7 + j * 3 + k) % 50;
              },
              -1000, 1000, [](double v, float* e) { e[0] = 0.9f, e[1] = 0.5f, e[2] = 0.3f, e[3] = v < 100 ? 0 : static_cast<float>((v - 100) / 800); }, 0.7f);
    // There and back, left and right, up and down: every octant of directions has leaps of its own.
    for (const bool back : {false, true}) {
      const double from[3] = {at[0], at[1], back ? 150.0 : at[2]};
      const Planes on = shoot(b, s, from, 0.4, 128, 0.7, true, back), off = shoot(b, s, from, 0.4, 128, 0.7, false, back);
      check(b.name, "leaping on and off: not one bit", farthest(on, off) == 0, farthest(on, off));
    }
    const Planes on = shoot(b, s, at, 0.4, 128, 0.7, true);
    const Planes one = shoot({"scalar", &scalar}, s, at, 0.4, 128, 0.7, true);
    const double apart = farthest(on, one);
    check(b.name, b.cuda ? "like width 1 within 1 LSB" : "like width 1 to the bit", apart <= (b.cuda ? 1.0 / 255 : 0), apart);
    // Without tissue in places, cut by two planes, floats and shorts, composed and at their maximum.
    for (const bool asFloat : {false, true})
      for (const bool mip : {false, true}) {
        Scene holed;
        makeScene(holed, table, dims, spacing, asFloat, [](int i, int j, int k) { return (i * 5 + j * 3 + k * 7) % 90 < 20 ? -2000 : (i * j + k * 31) % 1500 - 600; },
                  -1000, 1000, [](double v, float* e) { e[0] = 0.9f, e[1] = 0.5f, e[2] = 0.3f, e[3] = v < 0 ? 0 : static_cast<float>(v / 900); }, 0.7f, {true, -2000, {12, 17}, mip});
        const std::vector<double> clips{1, 0, 0, -11, -0.6, 0, 0.8, 4};
        const Planes cut = shoot(b, holed, at, 0.4, 96, 0.7, true, false, clips);
        const Planes whole = shoot(b, holed, at, 0.4, 96, 0.7, true);
        const Planes alike = shoot({"scalar", &scalar}, holed, at, 0.4, 96, 0.7, true, false, clips);
        const double off = farthest(cut, alike);
        check(b.name, mip ? "masked, cut, maximum: like width 1" : "masked, cut: like width 1", off <= (b.cuda ? 1.0 / 255 : 0), off);
        check(b.name, "and the planes do cut", farthest(cut, whole) > 0.1, farthest(cut, whole));
      }
    // The negative: cells that forget the voxel they share with the next must be seen.
    Scene t;
    makeScene(t, table, dims, spacing, false, [](int i, int, int) { return i % (kCell * 2) == kCell ? 900 : -900; }, -1000, 1000,
              [](double v, float* e) { e[0] = e[1] = e[2] = 1, e[3] = v > -500 ? 2 : 0; });
    const Planes right = shoot(b, t, at, 0.4, 128, 0.5, true);
    for (size_t c = 0; c < t.grid.cellRange.size() / 2; c++)
      if ((c % t.grid.view.cells[0]) % 2 == 0) t.grid.cellRange[2 * c + 1] = -900;
    std::vector<float> entries(8);
    entries[3] = 0, entries[7] = 2;
    Look wrong;
    makeLook(wrong, t.grid, {false, -500, -499, entries.data(), 2, 1, 0, 0, 1});
    std::swap(wrong.emptySide, t.look.emptySide);
    t.look.view.emptySide = t.look.emptySide.data();
    const double seen = farthest(right, shoot(b, t, at, 0.4, 128, 0.5, true));
    check(b.name, "cells without overlap are caught", seen > 0.01, seen);
  }
}

}  // namespace

// truth [backend]: that one alone.
int main(int count, char** words) {
  const KernelTable& scalar = *chooseKernels("scalar");
  const std::string only = count > 1 ? words[1] : "";
  const auto asked = [&](const char* name) { return only.empty() || only == name; };
  for (const char* name : {"scalar", "sse42", "avx2", "avx512", "neon"}) {
    if (!asked(name)) continue;
    const KernelTable* table = chooseKernels(name);
    if (table) test({name, table}, scalar);
    else std::printf("%-8s skipped: not in this build, or this processor does not run it\n", name);
  }
  if (asked("cuda")) {
    std::printf("cuda     %s%s\n", cudaState().here ? "on " : "skipped: ", cudaState().name.c_str());
    if (cudaState().here) test({"cuda", &scalar, true}, scalar);
  }
  std::printf(failures ? "%d FAILED\n" : "all good\n", failures);
  return failures ? 1 : 0;
}
