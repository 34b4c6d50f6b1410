// What anteroom_cuda.so offers: plain C, so that it needs nothing of the addon and the addon nothing of CUDA.
#pragma once
#include "../views.h"

namespace anteroom {

struct CudaAbi {
  /** 0: a device is there, `words` is its name; else `words` says what is missing. */
  int (*open)(char* words, size_t size);
  void* (*uploadGrid)(const GridView*, char* words, size_t size);
  void* (*uploadLook)(const LookView*, size_t sides, char* words, size_t size);
  void (*release)(void* copy);
  /** Seven planes of width * height floats on the host, in the order of RayPlanes. */
  long (*march)(const MarchView*, void* grid, void* look, const EyeView*, float* planes, char* words, size_t size);
};
using CudaAbiEntry = const CudaAbi* (*)();

}  // namespace anteroom
