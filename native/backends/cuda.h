// The CUDA backend lives in a library of its own, opened only when it is asked for and only where it was built.
#pragma once
#include <string>

#include "../engine/engine.h"

namespace anteroom {

/** Name of the device, or why there is none. */
struct CudaState {
  bool here = false;
  std::string name;
};

const CudaState& cudaState();
/** Copies the grid to the device; null and words in `failure` where it could not. */
void* cudaUploadGrid(const Grid& grid, std::string& failure);
void* cudaUploadLook(const Look& look, std::string& failure);
void cudaRelease(void* copy);
/** Marches a whole eye; `planes` are seven host planes of width * height floats. Returns samples, -1 on failure. */
long cudaMarch(const MarchView& march, void* grid, void* look, const EyeView& eye, float* planes, std::string& failure);

}  // namespace anteroom
