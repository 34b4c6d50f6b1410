// One row of the table kernel x backend: what an instruction set offers.
#pragma once
#include "../views.h"

namespace anteroom {

struct RescaleJob {
  /** 0..6: Uint8, Int8, Uint16, Int16, Uint32, Int32, Float32. */
  int32_t from;
  const void* in;
  size_t count;
  int32_t bitsStored, highBit, isSigned;
  double slope, intercept;
  /** 0 int16, 1 float32. */
  int32_t to;
  void* out;
  /** Two: the least and the greatest stored value come back in it. */
  double* range;
};

struct ResampleJob {
  GridView source;
  void* target;
  int32_t targetKind;
  int32_t dims[3];
  double indexFromIndex[12];
  float fill;
  const double* places;
};

struct KernelTable {
  const char* isa;
  int32_t width;
  /** Marches the tile's rays into its planes; returns samples taken. */
  long (*march)(const MarchView&, const EyeView&, const Tile&);
  void (*finishRgba)(const ColourTables&, const Tile&, const RgbaOut&);
  void (*finishPicture)(const ColourTables&, const Tile&, const PictureOut&);
  void (*cellLayer)(const GridView&, int layer, float* range, uint32_t* counts);
  void (*rescale)(const RescaleJob&);
  void (*resampleSlice)(const ResampleJob&, int k);
};

/** The table of this machine, or the one that ANTEROOM_ISA names; null where that one cannot run here. */
const KernelTable* chooseKernels(const char* wanted);

}  // namespace anteroom
