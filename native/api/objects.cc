#include "objects.h"

#include "../backends/cuda.h"

namespace anteroom {
namespace {

const KernelTable* chosen = nullptr;

void freeIfDone(Handle* handle) {
  if (!handle->disposed || handle->uses > 0 || (!handle->grid && !handle->look)) return;
  napi_env env = handle->owner->env;
  if (handle->borrowed) napi_delete_reference(env, handle->borrowed);
  handle->borrowed = nullptr;
  if (handle->device) cudaRelease(handle->device);
  handle->device = nullptr;
  handle->grid.reset();
  handle->look.reset();
  int64_t now;
  napi_adjust_external_memory(env, -static_cast<int64_t>(handle->bytes), &now);
  handle->owner->live--;
}

/** A shell that was collected without dispose: freed, though a test calls it a leak by then. */
void collect(napi_env, void* data, void*) {
  Handle* handle = static_cast<Handle*>(data);
  handle->disposed = true;
  freeIfDone(handle);
  if (handle->uses == 0) delete handle;
}

}  // namespace

const KernelTable& kernels() { return *chosen; }
void setKernels(const KernelTable* table) { chosen = table; }

napi_value wrapHandle(napi_env env, Handle* handle) {
  handle->owner = envOf(env);
  handle->owner->live++;
  int64_t now;
  napi_adjust_external_memory(env, static_cast<int64_t>(handle->bytes), &now);
  napi_value external;
  napi_create_external(env, handle, collect, nullptr, &external);
  return external;
}

Handle* handleOf(napi_env env, napi_value value) {
  napi_valuetype type;
  if (napi_typeof(env, value, &type) != napi_ok || type != napi_external) return nullptr;
  void* data = nullptr;
  napi_get_value_external(env, value, &data);
  Handle* handle = static_cast<Handle*>(data);
  return handle && !handle->disposed ? handle : nullptr;
}

void use(Handle* handle) { handle->uses++; }

void letGo(Handle* handle) {
  handle->uses--;
  freeIfDone(handle);
}

napi_value disposeHandle(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  if (Handle* handle = handleOf(env, value)) {
    handle->disposed = true;
    freeIfDone(handle);
  }
  return nullptr;
}

bool bytesOf(napi_env env, napi_value value, Bytes& out) {
  bool is = false;
  if (napi_is_typedarray(env, value, &is) != napi_ok || !is) return false;
  return napi_get_typedarray_info(env, value, &out.type, &out.length, &out.data, nullptr, nullptr) == napi_ok;
}

double numberOf(napi_env env, napi_value value) {
  double number = 0;
  napi_get_value_double(env, value, &number);
  return number;
}

}  // namespace anteroom
