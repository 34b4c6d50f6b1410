// Everything between the kernels and a host program: grids, looks, eyes and pictures as plain C++. No Node here: the
// addon and the truth program both stand on it.
#pragma once
#include <cstdint>
#include <vector>

#include "../backends/table.h"

namespace anteroom {

using Matrix = double[16];  // column-major

/** A grid with its macrocells. `voxels` is borrowed. */
struct Grid {
  GridView view{};
  double mmFromIndex[16];
  std::vector<float> cellRange;
  std::vector<int32_t> holes;
  double range[2] = {0, 0};
  double histogram[256] = {};
  size_t bytes() const { return cellRange.size() * 4 + holes.size() * 4; }
  size_t voxels() const { return static_cast<size_t>(view.dims[0]) * view.dims[1] * view.dims[2]; }
};

/** Sizes and masks; `holes` are pairs [first, last] along k. The cells are still to be filled, layer by layer. */
void openGrid(Grid& grid, const void* voxels, VoxelKind kind, const int32_t dims[3], const double mmFromIndex[16],
              bool hasPadding, double padding, const std::vector<int32_t>& holes);
/** Range and (int16) histogram from the cells and the counts of every worker. */
void closeCells(Grid& grid, const std::vector<uint32_t>& counts);
/** Floats: adds the voxels of one slice to 256 bins over the range. */
void countSlice(const Grid& grid, int k, double bins[256]);

struct LookInput {
  bool mip;
  double valueMin, valueMax;
  const float* table;
  int32_t entries;
  float ambient, diffuse, specular, specularPower;
};

struct Look {
  LookView view{};
  std::vector<float> integral, flat;
  std::vector<int32_t> colour;
  std::vector<uint8_t> emptySide;
  /** Per cell: whether the look shows anything of it. */
  std::vector<uint8_t> shows;
  size_t bytes() const { return integral.size() * 4 + flat.size() * 4 + colour.size() * 4 + emptySide.size() + shows.size(); }
};

/** Integral tables, and which macrocells show anything. The octants are still to be closed, one by one. */
void openLook(Look& look, const Grid& grid, const LookInput& input);
/**
 * For one of the eight octants of directions (bit a: axis a runs upwards): the side, in cells, of the largest empty cube
 * that begins at a cell and reaches into the octant, 255 at most. Beyond the grid nothing is seen. What is behind a ray
 * or beside it never shortens its leap (after Deakin and Knoll, 2020).
 */
void closeOctant(Look& look, const Grid& grid, int octant);
/** Both: a look that can be marched. */
void makeLook(Look& look, const Grid& grid, const LookInput& input);

struct EyeInput {
  double eyeFromMm[16];
  double left, right, up, down;
};

/** `clips`: planes in mm, four numbers each. */
EyeView makeEye(const Grid& grid, const EyeInput& eye, int width, int height, const double* clips, int clipCount);

double smallestEdgeMm(const double mmFromIndex[16]);
/** 3 rows of 4: target index to source index. */
void indexFromIndex(const double sourceMmFromIndex[16], const double targetMmFromIndex[16], double out[12]);

const ColourTables& colourTables();

struct GridPlanes {
  uint8_t *y, *u, *v;
  int32_t width;
  BoxView depth, confidence, coverage;
  int32_t cells;
  float nearM, farM, confidenceFullPerM;
};

/** Memory of `writeDepth`, kept from frame to frame. */
struct DepthWork {
  std::vector<float> inverse, deviation;
  std::vector<uint8_t> state, depth, confidence;
  std::vector<int> ring, next;
};

/** From the cells' sums to codes: empty cells take their neighbours' depth, so that silhouettes do not tear. */
void writeDepth(DepthWork& work, const float* sums, const GridPlanes& out);

}  // namespace anteroom
