// What kernels are given: plain numbers and borrowed pointers, the same on every backend.
#pragma once
#include <cstddef>
#include <cstdint>

namespace anteroom {

/** Macrocells are 2^kCellShift voxels wide. */
constexpr int kCellShift = 2;
constexpr int kCell = 1 << kCellShift;
/** Entries of the integral table of extinction, and of the square table of colour. */
constexpr int kBins = 1024;
constexpr int kColourBins = 128;

enum VoxelKind : int32_t { kInt16 = 0, kFloat32 = 1 };

struct GridView {
  const void* voxels;
  int32_t kind;
  int32_t dims[3];
  /** Elements to the next row and slice; 0 along an axis with one voxel. */
  int32_t strideY, strideZ;
  int32_t cells[3];
  /** 1: some voxels are not tissue (`padding`, or a base slice marked in `holes`). */
  int32_t masked;
  int32_t hasPadding;
  float padding;
  /** One word per slice: not zero where a sample between this slice and the next is in a hole. */
  const int32_t* holes;
  /** Two floats per cell: least and greatest value, one voxel of overlap. */
  const float* cellRange;
};

struct LookView {
  /** 0 composite, 1 maximum. */
  int32_t mip;
  /** Place in the table: bin = value * scale + offset. */
  float scale, offset;
  /** kBins x {integral up to the bin, extinction per mm in the bin}; the integral counts bins. */
  const float* integral;
  /** kColourBins^2 x {r | g << 16, b}: mean colour between two values, weighted by extinction. */
  const int32_t* colour;
  float colourScale, colourOffset;
  /** MIP: kBins x {r, g, b, alpha}. */
  const float* flat;
  /**
   * For each octant of directions, per cell: 0 where something can be seen, else the side in cells of the largest empty
   * cube that begins there and reaches into the octant.
   */
  const uint8_t* emptySide;
  float ambient, diffuse, specular, specularPower;
  /** Square of the gradient (value per mm) at which shading is half strong. */
  float softGradient2;
};

struct EyeView {
  int32_t width, height;
  /** Tangents at pixel centres: x = tx0 + i * txStep, y = ty0 + j * tyStep (downwards). */
  float tx0, txStep, ty0, tyStep;
  /** Ray: index = origin + z * (forward + x * right + y * up), z in metres in front of the eye. */
  float origin[3], forward[3], right[3], up[3];
  /** Millimetres per metre of eye space. */
  float mmPerM;
  /** Eye-space normal (not normalised, value per mm) from the index gradient, row-major. */
  float normal[9];
  /** Clip planes along a ray: c0 + z * (c1 + x * cx + y * cy) >= 0 is kept. */
  int32_t clips;
  float clip[6][4];
};

struct MarchView {
  GridView grid;
  LookView look;
  float stepMm;
  int32_t leap;
};

/** What a ray brings back: colour in linear light times opacity, opacity, and sums of w, w/z, w/z^2. */
struct RayPlanes {
  float* red;
  float* green;
  float* blue;
  float* alpha;
  float* weight;
  float* inverse;
  float* inverse2;
};

/** Tables for the way from linear light to codes. */
struct ColourTables {
  /** kSrgb + 2 entries of the sRGB curve over the square root of linear light. */
  const float* srgb;
  /** 64 rows of 64 + 16 thresholds in 0..1 (the row's start again at its end). */
  const float* dither;
};
constexpr int kSrgb = 2048;
constexpr int kDitherStride = 64 + 16;

/** A rectangle of an eye that one thread marches. Planes have `stride` floats a row and room for whole packets. */
struct Tile {
  int32_t x, y, width, height, stride;
  RayPlanes out;
  /** 1: no ray of it met anything. */
  int32_t blank;
};

/** Straight-alpha sRGB, 8 bit; floats per pixel where the pointers are given. */
struct RgbaOut {
  uint8_t* pixels;
  int32_t width;
  /** 1: drawn over `background` (linear light), alpha 255. */
  int32_t over;
  float background[3];
  float* inverse;
  float* deviation;
  float* coverage;
};

struct BoxView {
  int32_t x, y, width, height;
};

/** Planes of an I420 picture and where one eye and its grids lie in it. */
struct PictureOut {
  uint8_t* y;
  uint8_t* u;
  uint8_t* v;
  int32_t width;
  BoxView eye, coverage;
  float background[3];
  int32_t cells;
  /** Per cell of the eye's grid: sums of w, w/z, w/z^2. */
  float* sums;
};

}  // namespace anteroom
