// Macrocells: least and greatest voxel of each cell with one voxel of overlap, because a blend between the last
// voxel of one cell and the first of the next belongs to both.
#pragma once
#include "../lanes.h"
#include "../views.h"

namespace ISA_NS {
using anteroom::GridView;
using anteroom::kCell;
using anteroom::kCellShift;

/** Counts of int16 values, or none for floats (their range must be known first). */
struct CellOut {
  /** 2 floats a cell. A cell of padding alone gets +1e30, -1e30; one with a value that is no number gets everything. */
  float* range;
  /** 65536 counts, or null. */
  uint32_t* counts;
};

/** All cells of one layer of cells along z. */
template <class Voxel>
void cellLayer(const GridView& g, int layer, const CellOut& out) {
  const Voxel* voxels = static_cast<const Voxel*>(g.voxels);
  const size_t nx = g.dims[0], ny = g.dims[1];
  const int z0 = layer << kCellShift, z1 = z0 + kCell + 1 < g.dims[2] ? z0 + kCell + 1 : g.dims[2];
  const Voxel padding = g.hasPadding ? static_cast<Voxel>(g.padding) : Voxel{};
  for (int cy = 0; cy < g.cells[1]; cy++) {
    const int y0 = cy << kCellShift, y1 = y0 + kCell + 1 < g.dims[1] ? y0 + kCell + 1 : g.dims[1];
    for (int cx = 0; cx < g.cells[0]; cx++) {
      const int x0 = cx << kCellShift, x1 = x0 + kCell + 1 < g.dims[0] ? x0 + kCell + 1 : g.dims[0];
      Voxel low[kCell + 1], high[kCell + 1];
      const Voxel first = voxels[(static_cast<size_t>(z0) * ny + y0) * nx + x0];
      for (int i = 0; i <= kCell; i++) low[i] = high[i] = first;
      bool odd = false;
      for (int z = z0; z < z1; z++)
        for (int y = y0; y < y1; y++) {
          const Voxel* row = voxels + (static_cast<size_t>(z) * ny + y) * nx + x0;
          if (x1 - x0 == kCell + 1) {
            for (int i = 0; i <= kCell; i++) {
              low[i] = row[i] < low[i] ? row[i] : low[i];
              high[i] = row[i] > high[i] ? row[i] : high[i];
            }
          } else {
            for (int i = 0; i < x1 - x0; i++) {
              low[i] = row[i] < low[i] ? row[i] : low[i];
              high[i] = row[i] > high[i] ? row[i] : high[i];
            }
          }
          if constexpr (sizeof(Voxel) == 4)
            for (int i = 0; i < x1 - x0; i++) odd |= !(row[i] - row[i] == 0);
        }
      Voxel a = low[0], b = high[0];
      for (int i = 1; i <= kCell; i++) {
        a = low[i] < a ? low[i] : a;
        b = high[i] > b ? high[i] : b;
      }
      float* range = out.range + 2 * ((static_cast<size_t>(layer) * g.cells[1] + cy) * g.cells[0] + cx);
      const bool nothing = g.hasPadding && a == padding && b == padding;
      range[0] = odd ? -1e30f : nothing ? 1e30f : static_cast<float>(a);
      range[1] = odd ? 1e30f : nothing ? -1e30f : static_cast<float>(b);
    }
  }
  if constexpr (sizeof(Voxel) == 2) {
    const int end = z0 + kCell < g.dims[2] ? z0 + kCell : g.dims[2];
    for (size_t i = static_cast<size_t>(z0) * nx * ny; i < static_cast<size_t>(end) * nx * ny; i++)
      out.counts[static_cast<uint16_t>(voxels[i])]++;
  }
}

}  // namespace ISA_NS
