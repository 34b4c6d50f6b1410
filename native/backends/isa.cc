// Compiled once per instruction set (ISA_NS, ISA_W): kernels in its own namespace, one exported table. Only raw loops
// and our own code here: a std template would leave a weak symbol that the linker shares between instruction sets.
#include "../kernels/cells.h"
#include "../kernels/finish.h"
#include "../kernels/march.h"
#include "../kernels/values.h"
#include "table.h"

namespace ISA_NS {

#define AR_STRING2(x) #x
#define AR_STRING(x) AR_STRING2(x)

template <int W, class Voxel>
static long marchTile(const anteroom::MarchView& m, const anteroom::EyeView& e, const anteroom::Tile& tile) {
  using L = Lanes<W>;
  // A packet is a block of pixels, as square as it can be: its rays stay close.
  constexpr int kWide = W == 1 ? 1 : W == 4 ? 2 : 4, kHigh = W / kWide;
  long samples = 0;
  int32_t dx[W], dy[W];
  for (int k = 0; k < W; k++) {
    dx[k] = k % kWide;
    dy[k] = k / kWide;
  }
  typename L::I blockX, blockY;
  __builtin_memcpy(&blockX, dx, sizeof blockX);
  __builtin_memcpy(&blockY, dy, sizeof blockY);
  for (int j = 0; j < tile.height; j += kHigh)
    for (int i = 0; i < tile.width; i += kWide) {
      Seen<W> seen;
      samples += W * marchPacket<W, Voxel>(m, e, blockX + (tile.x + i), blockY + (tile.y + j), seen);
      float lanes[7][W];
      L::store(lanes[0], seen.red);
      L::store(lanes[1], seen.green);
      L::store(lanes[2], seen.blue);
      L::store(lanes[3], 1.0f - seen.through);
      L::store(lanes[4], seen.weight);
      L::store(lanes[5], seen.inverse);
      L::store(lanes[6], seen.inverse2);
      float* const planes[7] = {tile.out.red,    tile.out.green,   tile.out.blue,    tile.out.alpha,
                                tile.out.weight, tile.out.inverse, tile.out.inverse2};
      for (int p = 0; p < 7; p++)
        for (int k = 0; k < W; k++) planes[p][(j + dy[k]) * tile.stride + i + dx[k]] = lanes[p][k];
    }
  return samples;
}

static long march(const anteroom::MarchView& m, const anteroom::EyeView& e, const anteroom::Tile& tile) {
  return m.grid.kind == anteroom::kInt16 ? marchTile<ISA_W, int16_t>(m, e, tile) : marchTile<ISA_W, float>(m, e, tile);
}

static void cells(const anteroom::GridView& g, int layer, float* range, uint32_t* counts) {
  if (g.kind == anteroom::kInt16)
    cellLayer<int16_t>(g, layer, {range, counts});
  else
    cellLayer<float>(g, layer, {range, counts});
}

template <class In>
static void rescaleFrom(const anteroom::RescaleJob& job) {
  const RescaleSpec spec{job.bitsStored, job.highBit, job.isSigned, job.slope, job.intercept};
  if (job.to == 0)
    rescaleValues(static_cast<const In*>(job.in), job.count, spec, static_cast<int16_t*>(job.out), job.range);
  else
    rescaleValues(static_cast<const In*>(job.in), job.count, spec, static_cast<float*>(job.out), job.range);
}

static void rescale(const anteroom::RescaleJob& job) {
  switch (job.from) {
    case 0: return rescaleFrom<uint8_t>(job);
    case 1: return rescaleFrom<int8_t>(job);
    case 2: return rescaleFrom<uint16_t>(job);
    case 3: return rescaleFrom<int16_t>(job);
    case 4: return rescaleFrom<uint32_t>(job);
    case 5: return rescaleFrom<int32_t>(job);
    default: return rescaleFrom<float>(job);
  }
}

static void resampleSlice(const anteroom::ResampleJob& job, int k) {
  ResampleView view{job.source, job.target, job.targetKind, {job.dims[0], job.dims[1], job.dims[2]}, {}, job.fill, job.places};
  for (int i = 0; i < 12; i++) view.indexFromIndex[i] = job.indexFromIndex[i];
  const bool in16 = job.source.kind == anteroom::kInt16, out16 = job.targetKind == anteroom::kInt16;
  for (int j = 0; j < job.dims[1]; j++) {
    if (in16 && out16) resampleRow<int16_t, int16_t>(view, j, k);
    else if (in16) resampleRow<int16_t, float>(view, j, k);
    else if (out16) resampleRow<float, int16_t>(view, j, k);
    else resampleRow<float, float>(view, j, k);
  }
}

extern const anteroom::KernelTable table;
const anteroom::KernelTable table = {AR_STRING(ISA_NS), ISA_W, march, finishRgba<ISA_W>, finishPicture<ISA_W>,
                                     cells,             rescale, resampleSlice};

}  // namespace ISA_NS
