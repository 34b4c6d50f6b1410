// Grids and looks behind handles. JavaScript holds a shell; the thing itself goes when it was disposed and no job
// uses it any more.
#pragma once
#include <memory>

#include "../engine/engine.h"
#include "env.h"

namespace anteroom {

struct Handle {
  Env* owner = nullptr;
  int uses = 0;
  bool disposed = false;
  size_t bytes = 0;  // told to V8
  napi_ref borrowed = nullptr;
  std::unique_ptr<Grid> grid;
  std::unique_ptr<Look> look;
  void* device = nullptr;  // the CUDA backend's copy
};

/** An external that holds the handle; counts it as alive. */
napi_value wrapHandle(napi_env env, Handle* handle);
/** Null where the value is no handle, or a disposed one. */
Handle* handleOf(napi_env env, napi_value value);
void use(Handle* handle);
void letGo(Handle* handle);
/** JS: dispose(handle). */
napi_value disposeHandle(napi_env env, napi_callback_info info);

const KernelTable& kernels();
void setKernels(const KernelTable* table);

/** A typed array's bytes; null where the value is none. */
struct Bytes {
  void* data = nullptr;
  size_t length = 0;  // elements
  napi_typedarray_type type = napi_uint8_array;
};
bool bytesOf(napi_env env, napi_value value, Bytes& out);
double numberOf(napi_env env, napi_value value);

napi_value prepareGrid(napi_env env, napi_callback_info info);
napi_value prepareLook(napi_env env, napi_callback_info info);
napi_value marchRgba(napi_env env, napi_callback_info info);
napi_value marchPicture(napi_env env, napi_callback_info info);
napi_value rescale(napi_env env, napi_callback_info info);
napi_value resample(napi_env env, napi_callback_info info);

}  // namespace anteroom
