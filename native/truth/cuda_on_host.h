// The few calls of CUDA that backends/cuda.cu makes, on plain memory and one thread: so that its code meets the truths
// on machines without a device too. What is a device's own (its arithmetic, its speed) only a device shows.
#pragma once
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <type_traits>
#include <utility>

#define __global__ static

enum cudaError_t { cudaSuccess = 0, cudaErrorOnHost = 1 };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost };
struct cudaDeviceProp {
  char name[256];
};
struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
inline thread_local dim3 blockIdx, threadIdx, blockDim, gridDim;

namespace on_host {

/** Memory of the "device", by its first byte: a copy must begin and end within one piece of it. */
inline std::map<const char*, size_t> pieces;
inline std::mutex turn;
inline thread_local cudaError_t failure = cudaSuccess;

inline cudaError_t fail(const char* what) {
  std::fprintf(stderr, "cuda on the host: %s\n", what);
  return failure = cudaErrorOnHost;
}
inline bool holds(const void* at, size_t bytes) {
  const std::lock_guard guard(turn);
  auto piece = pieces.upper_bound(static_cast<const char*>(at));
  if (piece == pieces.begin()) return false;
  --piece;
  return static_cast<const char*>(at) + bytes <= piece->first + piece->second;
}

template <class... A, size_t... I>
void call(void (*kernel)(A...), void** given, std::index_sequence<I...>) {
  kernel(*static_cast<std::remove_reference_t<A>*>(given[I])...);
}

}  // namespace on_host

inline cudaError_t cudaGetDeviceCount(int* count) {
  *count = 1;
  return cudaSuccess;
}
inline cudaError_t cudaGetDeviceProperties(cudaDeviceProp* properties, int) {
  std::snprintf(properties->name, sizeof properties->name, "the host in place of a CUDA device");
  return cudaSuccess;
}
inline const char* cudaGetErrorString(cudaError_t error) { return error == cudaSuccess ? "no error" : "misused"; }
inline cudaError_t cudaGetLastError() { return std::exchange(on_host::failure, cudaSuccess); }

/** Filled with what is no number: what is read before it was written shows. */
template <class T>
cudaError_t cudaMalloc(T** out, size_t bytes) {
  char* piece = static_cast<char*>(std::malloc(std::max<size_t>(bytes, 1)));
  std::memset(piece, 0xff, bytes);
  const std::lock_guard guard(on_host::turn);
  on_host::pieces[piece] = bytes;
  *out = reinterpret_cast<T*>(piece);
  return cudaSuccess;
}
inline cudaError_t cudaFree(void* piece) {
  if (piece == nullptr) return cudaSuccess;
  {
    const std::lock_guard guard(on_host::turn);
    if (on_host::pieces.erase(static_cast<char*>(piece)) == 0) return on_host::fail("freed what was never allocated");
  }
  std::free(piece);
  return cudaSuccess;
}
inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
  const bool up = kind == cudaMemcpyHostToDevice;
  if (!on_host::holds(up ? to : from, bytes)) return on_host::fail("copied beyond the device's memory");
  if (on_host::holds(up ? from : to, 1)) return on_host::fail("took the device's memory for the host's");
  std::memcpy(to, from, bytes);
  return cudaSuccess;
}
inline cudaError_t cudaMemset(void* to, int value, size_t bytes) {
  if (!on_host::holds(to, bytes)) return on_host::fail("set memory beyond the device's");
  std::memset(to, value, bytes);
  return cudaSuccess;
}
inline unsigned long long atomicAdd(unsigned long long* at, unsigned long long more) {
  return std::exchange(*at, *at + more);
}

/** Every thread of every block, one after the other. */
template <class... A>
cudaError_t cudaLaunchKernel(void (*kernel)(A...), dim3 blocks, dim3 block, void** given) {
  gridDim = blocks;
  blockDim = block;
  for (blockIdx.y = 0; blockIdx.y < blocks.y; blockIdx.y++)
    for (blockIdx.x = 0; blockIdx.x < blocks.x; blockIdx.x++)
      for (threadIdx.y = 0; threadIdx.y < block.y; threadIdx.y++)
        for (threadIdx.x = 0; threadIdx.x < block.x; threadIdx.x++)
          on_host::call(kernel, given, std::index_sequence_for<A...>{});
  return cudaSuccess;
}
