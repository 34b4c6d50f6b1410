// JS: rescale (at once: its callers are decode workers) and resample.
#include "objects.h"

namespace anteroom {
namespace {

int typeIndex(napi_typedarray_type type) {
  switch (type) {
    case napi_uint8_array:
    case napi_uint8_clamped_array: return 0;
    case napi_int8_array: return 1;
    case napi_uint16_array: return 2;
    case napi_int16_array: return 3;
    case napi_uint32_array: return 4;
    case napi_int32_array: return 5;
    case napi_float32_array: return 6;
    default: return -1;
  }
}

struct ResampleTask final : JsJob {
  ResampleJob job{};
  std::unique_ptr<Grid> source = std::make_unique<Grid>();
  std::vector<double> places;
  void run(int tile, int) override { kernels().resampleSlice(job, tile); }
  napi_value result(napi_env env) override {
    napi_value nothing;
    napi_get_undefined(env, &nothing);
    return nothing;
  }
};

}  // namespace

/** (stored, numbers Float64Array: bitsStored, highBit, signed, slope, intercept, two for the range; out, outOffset) */
napi_value rescale(napi_env env, napi_callback_info info) {
  size_t count = 4;
  napi_value a[4];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  Bytes in, numbers, out;
  if (count < 4 || !bytesOf(env, a[0], in) || !bytesOf(env, a[1], numbers) || !bytesOf(env, a[2], out) || numbers.length < 7)
    return throwCoded(env, "NATIVE_ARGUMENT", "rescale was called with arguments of other kinds");
  const double offset = numberOf(env, a[3]);
  const int from = typeIndex(in.type);
  const bool floats = out.type == napi_float32_array;
  if (from < 0 || (!floats && out.type != napi_int16_array) || !(offset >= 0) || offset + static_cast<double>(in.length) > static_cast<double>(out.length))
    return throwCoded(env, "NATIVE_ARGUMENT", "rescale: the target is too short or of another type");
  double* n = static_cast<double*>(numbers.data);
  const size_t at = static_cast<size_t>(offset);
  kernels().rescale({from, in.data, in.length, static_cast<int32_t>(n[0]), static_cast<int32_t>(n[1]), n[2] != 0, n[3], n[4], floats,
                     floats ? static_cast<void*>(static_cast<float*>(out.data) + at) : static_cast<void*>(static_cast<int16_t*>(out.data) + at), n + 5});
  return nullptr;
}

/**
 * (ticket, source, source dims, source matrix, padding | null, target, target dims, target matrix, fill, places |
 * null): `places` in steps of the source's own k axis.
 */
napi_value resample(napi_env env, napi_callback_info info) {
  size_t count = 10;
  napi_value a[10];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  Bytes source, dims, matrix, target, targetDims, targetMatrix, places;
  if (count < 10 || !bytesOf(env, a[1], source) || !bytesOf(env, a[2], dims) || !bytesOf(env, a[3], matrix) ||
      !bytesOf(env, a[5], target) || !bytesOf(env, a[6], targetDims) || !bytesOf(env, a[7], targetMatrix))
    return throwCoded(env, "NATIVE_ARGUMENT", "resample was called with arguments of other kinds");
  const int32_t *d = static_cast<const int32_t*>(dims.data), *t = static_cast<const int32_t*>(targetDims.data);
  const auto product = [](const int32_t* v) { return static_cast<double>(v[0]) * v[1] * v[2]; };
  if (product(d) > static_cast<double>(source.length) || product(t) > static_cast<double>(target.length))
    return throwCoded(env, "NATIVE_ARGUMENT", "resample: a grid has fewer voxels than its dimensions say");
  napi_valuetype paddingType;
  napi_typeof(env, a[4], &paddingType);
  auto* task = new ResampleTask;
  openGrid(*task->source, source.data, source.type == napi_float32_array ? kFloat32 : kInt16, d,
           static_cast<const double*>(matrix.data), paddingType == napi_number,
           paddingType == napi_number ? numberOf(env, a[4]) : 0, {});
  ResampleJob& job = task->job;
  job.source = task->source->view;
  job.target = target.data;
  job.targetKind = target.type == napi_float32_array ? kFloat32 : kInt16;
  for (int i = 0; i < 3; i++) job.dims[i] = t[i];
  indexFromIndex(static_cast<const double*>(matrix.data), static_cast<const double*>(targetMatrix.data), job.indexFromIndex);
  job.fill = static_cast<float>(numberOf(env, a[8]));
  if (bytesOf(env, a[9], places) && places.length >= static_cast<size_t>(d[2])) {
    const double* p = static_cast<const double*>(places.data);
    task->places.assign(p, p + d[2]);
    job.places = task->places.data();
  }
  pin(env, task, a[1]);
  pin(env, task, a[5]);
  return promiseOf(env, numberOf(env, a[0]), task, t[2]);
}

}  // namespace anteroom
