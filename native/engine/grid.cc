#include <algorithm>
#include <cmath>

#include "engine.h"

namespace anteroom {

void openGrid(Grid& grid, const void* voxels, VoxelKind kind, const int32_t dims[3], const double mmFromIndex[16],
              bool hasPadding, double padding, const std::vector<int32_t>& holes) {
  GridView& v = grid.view;
  v.voxels = voxels;
  v.kind = kind;
  for (int a = 0; a < 3; a++) {
    v.dims[a] = dims[a];
    // A sample's base voxel is at most the last but one.
    v.cells[a] = dims[a] > 1 ? ((dims[a] - 2) >> kCellShift) + 1 : 1;
  }
  v.strideY = dims[1] > 1 ? dims[0] : 0;
  v.strideZ = dims[2] > 1 ? dims[0] * dims[1] : 0;
  v.hasPadding = hasPadding;
  v.padding = static_cast<float>(padding);
  std::copy(mmFromIndex, mmFromIndex + 16, grid.mmFromIndex);
  grid.holes.assign(dims[2], 0);
  for (size_t h = 0; h + 1 < holes.size(); h += 2)
    for (int k = std::max(0, holes[h] - 1); k <= std::min(dims[2] - 1, holes[h + 1]); k++) grid.holes[k] = 1;
  v.holes = grid.holes.data();
  v.masked = hasPadding || !holes.empty();
  grid.cellRange.assign(2 * static_cast<size_t>(v.cells[0]) * v.cells[1] * v.cells[2], 0.0f);
  v.cellRange = grid.cellRange.data();
}

void closeCells(Grid& grid, const std::vector<uint32_t>& counts) {
  const GridView& v = grid.view;
  if (v.kind == kInt16) {
    std::vector<uint64_t> sums(65536, 0);
    for (size_t i = 0; i < counts.size(); i++) sums[i & 65535] += counts[i];
    if (v.hasPadding) sums[static_cast<uint16_t>(static_cast<int16_t>(v.padding))] = 0;
    int low = 32767, high = -32768;
    for (int value = -32768; value < 32768; value++)
      if (sums[static_cast<uint16_t>(value)] != 0) {
        low = std::min(low, value);
        high = std::max(high, value);
      }
    if (low > high) low = high = static_cast<int>(v.padding);
    grid.range[0] = low;
    grid.range[1] = high;
    const double width = std::max(1, high - low) / 256.0;
    for (int value = low; value <= high; value++)
      grid.histogram[std::min(255, static_cast<int>((value - low) / width))] += static_cast<double>(sums[static_cast<uint16_t>(value)]);
    return;
  }
  const float* voxels = static_cast<const float*>(v.voxels);
  float low = 1e30f, high = -1e30f;
  for (size_t i = 0; i < grid.voxels(); i++) {
    const float value = voxels[i];
    if (!(value - value == 0) || (v.hasPadding && value == v.padding)) continue;
    low = std::min(low, value);
    high = std::max(high, value);
  }
  if (low > high) low = high = 0;
  grid.range[0] = low;
  grid.range[1] = high;
}

void countSlice(const Grid& grid, int k, double bins[256]) {
  const GridView& v = grid.view;
  const size_t slice = static_cast<size_t>(v.dims[0]) * v.dims[1];
  const float* voxels = static_cast<const float*>(v.voxels) + slice * k;
  const double scale = grid.range[1] > grid.range[0] ? 256.0 / (grid.range[1] - grid.range[0]) : 0;
  for (size_t i = 0; i < slice; i++) {
    const float value = voxels[i];
    if (!(value - value == 0) || (v.hasPadding && value == v.padding)) continue;
    bins[std::min(255, static_cast<int>((value - grid.range[0]) * scale))]++;
  }
}

double smallestEdgeMm(const double m[16]) {
  double least = 1e30;
  for (int c = 0; c < 3; c++) {
    const double edge = std::sqrt(m[4 * c] * m[4 * c] + m[4 * c + 1] * m[4 * c + 1] + m[4 * c + 2] * m[4 * c + 2]);
    least = std::min(least, edge);
  }
  return least;
}

}  // namespace anteroom
