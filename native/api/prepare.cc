// JS: prepareGrid, prepareLook. Arguments were checked by index.ts; what would reach outside memory is checked again.
#include "../backends/cuda.h"
#include "objects.h"

namespace anteroom {
namespace {

std::vector<int32_t> intsOf(const Bytes& b) {
  const int32_t* p = static_cast<const int32_t*>(b.data);
  return std::vector<int32_t>(p, p + b.length);
}

struct GridJob final : JsJob {
  std::unique_ptr<Grid> grid = std::make_unique<Grid>();
  std::vector<uint32_t> counts;
  std::vector<double> bins;
  int phase = 0;
  bool cuda = false;
  void* device = nullptr;

  void run(int tile, int worker) override {
    if (phase == 0) {
      kernels().cellLayer(grid->view, tile, grid->cellRange.data(), counts.data() + 65536 * static_cast<size_t>(worker));
    } else if (phase == 1) {
      countSlice(*grid, tile, bins.data() + 256 * static_cast<size_t>(worker));
    }
  }
  int nextPhase() override {
    if (phase++ == 0) {
      closeCells(*grid, counts);
      if (grid->view.kind == kFloat32) {
        bins.assign(256 * static_cast<size_t>(poolThreads()), 0.0);
        return grid->view.dims[2];
      }
    }
    for (size_t i = 0; i < bins.size(); i++) grid->histogram[i & 255] += bins[i];
    if (cuda) device = cudaUploadGrid(*grid, failure);
    return 0;
  }
  napi_value result(napi_env env) override {
    Handle* handle = new Handle;
    handle->bytes = grid->bytes() + (cuda ? grid->voxels() * (grid->view.kind == kInt16 ? 2 : 4) : 0);
    handle->device = device;
    handle->grid = std::move(grid);
    // The pin of the voxels becomes the handle's.
    handle->borrowed = pins.front();
    pins.erase(pins.begin());
    napi_value out, value, histogram, buffer;
    napi_create_object(env, &out);
    napi_set_named_property(env, out, "handle", wrapHandle(env, handle));
    const double numbers[3] = {handle->grid->range[0], handle->grid->range[1], static_cast<double>(handle->bytes)};
    const char* const names[3] = {"low", "high", "bytes"};
    for (int i = 0; i < 3; i++) {
      napi_create_double(env, numbers[i], &value);
      napi_set_named_property(env, out, names[i], value);
    }
    void* data;
    napi_create_arraybuffer(env, 256 * sizeof(double), &data, &buffer);
    __builtin_memcpy(data, handle->grid->histogram, 256 * sizeof(double));
    napi_create_typedarray(env, napi_float64_array, 256, buffer, 0, &histogram);
    napi_set_named_property(env, out, "histogram", histogram);
    return out;
  }
  void release() override {
    if (grid && device) cudaRelease(device);
  }
};

struct LookJob final : JsJob {
  Handle* grid = nullptr;
  std::unique_ptr<Look> look = std::make_unique<Look>();
  std::vector<float> table;
  LookInput input{};
  bool opened = false;
  void* device = nullptr;

  void run(int octant, int) override {
    if (opened) closeOctant(*look, *grid->grid, octant);
    else openLook(*look, *grid->grid, input);
  }
  int nextPhase() override {
    if (!opened && !input.mip) return opened = true, 8;
    look->shows = {};
    if (grid->device) device = cudaUploadLook(*look, failure);
    return 0;
  }
  napi_value result(napi_env env) override {
    Handle* handle = new Handle;
    handle->bytes = look->bytes();
    handle->device = device;
    handle->look = std::move(look);
    return wrapHandle(env, handle);
  }
  void release() override {
    if (look && device) cudaRelease(device);
    letGo(grid);
  }
};

}  // namespace

/** (ticket, voxels, dims Int32Array, mmFromIndex Float64Array, padding | null, holes Int32Array, cuda) */
napi_value prepareGrid(napi_env env, napi_callback_info info) {
  size_t count = 7;
  napi_value a[7];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  Bytes voxels, dims, matrix, holes;
  if (count < 7 || !bytesOf(env, a[1], voxels) || !bytesOf(env, a[2], dims) || !bytesOf(env, a[3], matrix) ||
      !bytesOf(env, a[5], holes) || dims.length < 3 || matrix.length < 16)
    return throwCoded(env, "NATIVE_ARGUMENT", "prepareGrid was called with arguments of other kinds");
  const int32_t* d = static_cast<const int32_t*>(dims.data);
  if (static_cast<double>(d[0]) * d[1] * d[2] > static_cast<double>(voxels.length) || d[0] < 2 || d[1] < 1 || d[2] < 1)
    return throwCoded(env, "NATIVE_ARGUMENT", "prepareGrid: the voxels are fewer than the dimensions say");
  bool cuda = false;
  napi_get_value_bool(env, a[6], &cuda);
  if (cuda && !cudaState().here)
    return throwCoded(env, "NATIVE_BACKEND", "the CUDA backend was asked for: " + cudaState().name);
  napi_valuetype paddingType;
  napi_typeof(env, a[4], &paddingType);
  auto* job = new GridJob;
  job->cuda = cuda;
  openGrid(*job->grid, voxels.data, voxels.type == napi_float32_array ? kFloat32 : kInt16, d,
           static_cast<const double*>(matrix.data), paddingType == napi_number,
           paddingType == napi_number ? numberOf(env, a[4]) : 0, intsOf(holes));
  if (job->grid->view.kind == kInt16) job->counts.assign(65536 * static_cast<size_t>(poolThreads()), 0);
  pin(env, job, a[1]);
  return promiseOf(env, numberOf(env, a[0]), job, job->grid->view.cells[2]);
}

/** (ticket, grid, table Float32Array, numbers Float64Array: mip, min, max, ambient, diffuse, specular, power) */
napi_value prepareLook(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value a[4];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  Handle* grid = count < 4 ? nullptr : handleOf(env, a[1]);
  Bytes table, numbers;
  if (!grid || !grid->grid || !bytesOf(env, a[2], table) || !bytesOf(env, a[3], numbers) || numbers.length < 7 || table.length < 8)
    return throwCoded(env, "NATIVE_ARGUMENT", "prepareLook: the grid is disposed, or the table too short");
  auto* job = new LookJob;
  job->grid = grid;
  const float* t = static_cast<const float*>(table.data);
  job->table.assign(t, t + table.length);
  const double* n = static_cast<const double*>(numbers.data);
  job->input = {n[0] != 0,
                n[1],
                n[2],
                job->table.data(),
                static_cast<int32_t>(table.length / 4),
                static_cast<float>(n[3]),
                static_cast<float>(n[4]),
                static_cast<float>(n[5]),
                static_cast<float>(n[6])};
  use(grid);
  return promiseOf(env, numberOf(env, a[0]), job, 1);
}

}  // namespace anteroom
