// The same march, one ray per thread (W = 1). A library of its own behind a C face: the addon opens it only when it
// is asked for. Planes come back to the host, where the same code as ever makes bytes of them.
#define ISA_NS cuda
#define ISA_W 1
#include <cstdio>
#include <cstring>

#include "../kernels/march.h"
#include "cuda_abi.h"

namespace {

using namespace anteroom;

/** What lives on the device for a grid or a look; one block of memory per part. */
struct Copy {
  void* parts[4] = {nullptr, nullptr, nullptr, nullptr};
  GridView grid;
  LookView look;
  ~Copy() {
    for (void* part : parts) cudaFree(part);
  }
};

bool upload(void*& device, const void* host, size_t bytes) {
  if (cudaMalloc(&device, bytes) != cudaSuccess) return false;
  return cudaMemcpy(device, host, bytes, cudaMemcpyHostToDevice) == cudaSuccess;
}

void say(char* words, size_t size, const char* what) {
  std::snprintf(words, size, "%s: %s", what, cudaGetErrorString(cudaGetLastError()));
}

int open(char* words, size_t size) {
  int count = 0;
  const cudaError_t state = cudaGetDeviceCount(&count);
  if (state != cudaSuccess || count == 0) {
    std::snprintf(words, size, "no CUDA device answers (%s)", state == cudaSuccess ? "none found" : cudaGetErrorString(state));
    return 1;
  }
  cudaDeviceProp properties;
  if (cudaGetDeviceProperties(&properties, 0) != cudaSuccess) {
    say(words, size, "the CUDA device does not say what it is");
    return 1;
  }
  std::snprintf(words, size, "%s", properties.name);
  return 0;
}

void* uploadGrid(const GridView* grid, char* words, size_t size) {
  Copy* copy = new Copy;
  copy->grid = *grid;
  const size_t voxels = static_cast<size_t>(grid->dims[0]) * grid->dims[1] * grid->dims[2];
  const size_t cells = static_cast<size_t>(grid->cells[0]) * grid->cells[1] * grid->cells[2];
  if (!upload(copy->parts[0], grid->voxels, voxels * (grid->kind == kInt16 ? 2 : 4)) ||
      !upload(copy->parts[1], grid->holes, grid->dims[2] * sizeof(int32_t)) ||
      !upload(copy->parts[2], grid->cellRange, 2 * cells * sizeof(float))) {
    say(words, size, "the volume does not fit onto the CUDA device");
    delete copy;
    return nullptr;
  }
  copy->grid.voxels = copy->parts[0];
  copy->grid.holes = static_cast<const int32_t*>(copy->parts[1]);
  copy->grid.cellRange = static_cast<const float*>(copy->parts[2]);
  return copy;
}

void* uploadLook(const LookView* look, size_t sides, char* words, size_t size) {
  Copy* copy = new Copy;
  copy->look = *look;
  bool good = upload(copy->parts[0], look->emptySide, sides);
  if (look->mip) {
    good = good && upload(copy->parts[1], look->flat, 4 * kBins * sizeof(float));
  } else {
    good = good && upload(copy->parts[1], look->integral, 2 * kBins * sizeof(float)) &&
           upload(copy->parts[2], look->colour, 2 * static_cast<size_t>(kColourBins) * kColourBins * sizeof(int32_t));
  }
  if (!good) {
    say(words, size, "the look does not fit onto the CUDA device");
    delete copy;
    return nullptr;
  }
  copy->look.emptySide = static_cast<const uint8_t*>(copy->parts[0]);
  copy->look.flat = copy->look.integral = static_cast<const float*>(copy->parts[1]);
  copy->look.colour = static_cast<const int32_t*>(copy->parts[2]);
  return copy;
}

void release(void* copy) { delete static_cast<Copy*>(copy); }

template <class Voxel>
__global__ void marchKernel(MarchView march, EyeView eye, float* planes, unsigned long long* samples) {
  const int x = blockIdx.x * blockDim.x + threadIdx.x, y = blockIdx.y * blockDim.y + threadIdx.y;
  if (x >= eye.width || y >= eye.height) return;
  ::cuda::Seen<1> seen;
  const int taken = ::cuda::marchPacket<1, Voxel>(march, eye, x, y, seen);
  const size_t pixels = static_cast<size_t>(eye.width) * eye.height, at = static_cast<size_t>(y) * eye.width + x;
  const float values[7] = {seen.red,    seen.green,   seen.blue,    1.0f - seen.through,
                           seen.weight, seen.inverse, seen.inverse2};
  for (int p = 0; p < 7; p++) planes[p * pixels + at] = values[p];
  atomicAdd(samples, static_cast<unsigned long long>(taken));
}

long marchEye(const MarchView* march, void* grid, void* look, const EyeView* eye, float* planes, char* words, size_t size) {
  MarchView view = *march;
  view.grid = static_cast<Copy*>(grid)->grid;
  view.look = static_cast<Copy*>(look)->look;
  const size_t bytes = 7 * static_cast<size_t>(eye->width) * eye->height * sizeof(float);
  // One buffer per thread of the host, grown and kept: no frame allocates on the device.
  static thread_local float* device = nullptr;
  static thread_local unsigned long long* count = nullptr;
  static thread_local size_t room = 0;
  if (count == nullptr && cudaMalloc(&count, sizeof *count) != cudaSuccess) {
    say(words, size, "no memory for a frame on the CUDA device");
    return -1;
  }
  if (room < bytes) {
    cudaFree(device);
    device = nullptr;
    room = 0;
    if (cudaMalloc(&device, bytes) != cudaSuccess) {
      say(words, size, "no memory for a frame on the CUDA device");
      return -1;
    }
    room = bytes;
  }
  cudaMemset(count, 0, sizeof *count);
  const dim3 block(8, 8), blocks((eye->width + 7) / 8, (eye->height + 7) / 8);
  const auto kernel = view.grid.kind == kInt16 ? marchKernel<int16_t> : marchKernel<float>;
  EyeView seen = *eye;
  void* arguments[] = {&view, &seen, &device, &count};
  unsigned long long samples = 0;
  if (cudaLaunchKernel(kernel, blocks, block, arguments) != cudaSuccess || cudaMemcpy(planes, device, bytes, cudaMemcpyDeviceToHost) != cudaSuccess ||
      cudaMemcpy(&samples, count, sizeof samples, cudaMemcpyDeviceToHost) != cudaSuccess) {
    say(words, size, "the march failed on the CUDA device");
    return -1;
  }
  return static_cast<long>(samples);
}

const CudaAbi abi = {open, uploadGrid, uploadLook, release, marchEye};

}  // namespace

extern "C" __attribute__((visibility("default"))) const anteroom::CudaAbi* anteroomCudaAbi() { return &abi; }
