#include "cuda.h"

#include <dlfcn.h>

#include <cstdlib>

#include "cuda_abi.h"

namespace anteroom {
namespace {

struct Library {
  CudaState state;
  CudaAbi abi{};
  Library() {
    // Beside the addon, whatever the working folder is.
    Dl_info self;
    std::string folder = dladdr(reinterpret_cast<void*>(&cudaState), &self) && self.dli_fname ? self.dli_fname : "";
    folder = folder.substr(0, folder.find_last_of('/') + 1);
    void* library = dlopen((folder + "anteroom_cuda.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      state.name = "the CUDA library was not built (nvcc was not found when the addon was built)";
      return;
    }
    const auto entry = reinterpret_cast<CudaAbiEntry>(dlsym(library, "anteroomCudaAbi"));
    if (!entry) {
      state.name = "anteroom_cuda.so is of another version: build again";
      return;
    }
    abi = *entry();
    char words[256] = "";
    state.here = abi.open(words, sizeof words) == 0;
    state.name = words;
  }
};

Library& library() {
  static Library* const one = new Library;
  return *one;
}

}  // namespace

const CudaState& cudaState() { return library().state; }

void* cudaUploadGrid(const Grid& grid, std::string& failure) {
  char words[256] = "";
  void* copy = library().abi.uploadGrid(&grid.view, words, sizeof words);
  if (!copy) failure = words;
  return copy;
}

void* cudaUploadLook(const Look& look, std::string& failure) {
  char words[256] = "";
  void* copy = library().abi.uploadLook(&look.view, look.emptySide.size(), words, sizeof words);
  if (!copy) failure = words;
  return copy;
}

void cudaRelease(void* copy) { library().abi.release(copy); }

long cudaMarch(const MarchView& march, void* grid, void* look, const EyeView& eye, float* planes, std::string& failure) {
  char words[256] = "";
  const long samples = library().abi.march(&march, grid, look, &eye, planes, words, sizeof words);
  if (samples < 0) failure = words;
  return samples;
}

}  // namespace anteroom
