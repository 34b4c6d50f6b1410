// JS: marchRgba, marchPicture. A job's memory is kept for the next one: no frame allocates.
#include <chrono>
#include <cmath>

#include "../backends/cuda.h"
#include "objects.h"

namespace anteroom {
namespace {

constexpr int kMaxEyes = 4;
constexpr int kTileSide = 32;

/** Buffers that outlive a job: planes per worker, sums per eye, work on depth, whole-eye planes for the device. */
struct Scratch {
  std::vector<std::vector<float>> planes;
  std::vector<float> sums[kMaxEyes];
  DepthWork depth;
  std::vector<float> device;
};

std::mutex scratchMutex;
std::vector<Scratch*> idleScratch;

Scratch* takeScratch() {
  std::lock_guard lock(scratchMutex);
  if (idleScratch.empty()) {
    auto* made = new Scratch;
    made->planes.resize(poolThreads());
    return made;
  }
  Scratch* last = idleScratch.back();
  idleScratch.pop_back();
  return last;
}

void returnScratch(Scratch* scratch) {
  std::lock_guard lock(scratchMutex);
  idleScratch.push_back(scratch);
}

struct MarchJob final : JsJob {
  Handle *grid = nullptr, *look = nullptr;
  MarchView view{};
  int eyes = 0;
  EyeView eye[kMaxEyes];
  bool picture = false;
  RgbaOut rgba[kMaxEyes];
  PictureOut out[kMaxEyes];
  GridPlanes footer[kMaxEyes];
  Scratch* scratch = takeScratch();
  std::atomic<long> samples{0};
  int tilesX = 0, tilesY = 0;
  bool onDevice = false, marched = false;
  std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
  double ms = 0;

  int tileCount() {
    tilesX = picture ? 8 : (eye[0].width + kTileSide - 1) / kTileSide;
    tilesY = picture ? 8 : (eye[0].height + kTileSide - 1) / kTileSide;
    return eyes * tilesX * tilesY;
  }
  int firstPhase() {
    onDevice = grid->device != nullptr;
    return onDevice ? 1 : tileCount();
  }
  void run(int index, int worker) override {
    if (onDevice && !marched) return marchOnDevice();
    const int n = index / (tilesX * tilesY), place = index % (tilesX * tilesY);
    const EyeView& e = eye[n];
    Tile tile;
    tile.x = picture ? place % tilesX * (e.width / 8) : place % tilesX * kTileSide;
    tile.y = picture ? place / tilesX * (e.height / 8) : place / tilesX * kTileSide;
    tile.width = picture ? e.width / 8 : std::min(kTileSide, e.width - tile.x);
    tile.height = picture ? e.height / 8 : std::min(kTileSide, e.height - tile.y);
    tile.stride = (tile.width + 15) & ~15;
    // Packets and vectors may write past the last row and column.
    const size_t size = static_cast<size_t>(tile.stride) * ((tile.height + 3) & ~3) + 16;
    auto& planes = scratch->planes[worker];
    if (planes.size() < 7 * size) planes.resize(7 * size);
    float** const slots[7] = {&tile.out.red,    &tile.out.green,   &tile.out.blue,    &tile.out.alpha,
                              &tile.out.weight, &tile.out.inverse, &tile.out.inverse2};
    for (int p = 0; p < 7; p++) *slots[p] = planes.data() + p * size;
    tile.blank = 0;
    if (onDevice) {
      copyTile(n, tile, slots);
    } else {
      const long taken = kernels().march(view, e, tile);
      tile.blank = taken == 0;
      samples += taken;
    }
    if (picture)
      kernels().finishPicture(colourTables(), tile, out[n]);
    else
      kernels().finishRgba(colourTables(), tile, rgba[n]);
  }
  void marchOnDevice() {
    const size_t pixels = static_cast<size_t>(eye[0].width) * eye[0].height;
    scratch->device.resize(7 * pixels * eyes);
    for (int n = 0; n < eyes && failure.empty(); n++)
      samples += cudaMarch(view, grid->device, look->device, eye[n], scratch->device.data() + 7 * pixels * n, failure);
  }
  void copyTile(int n, const Tile& tile, float** const slots[7]) {
    const size_t width = eye[n].width, pixels = width * eye[n].height;
    for (int p = 0; p < 7; p++)
      for (int j = 0; j < tile.height; j++)
        __builtin_memcpy(*slots[p] + j * tile.stride, scratch->device.data() + (7 * n + p) * pixels + (tile.y + j) * width + tile.x,
                         tile.width * sizeof(float));
  }
  int nextPhase() override {
    if (onDevice && !marched) {
      marched = true;
      return failure.empty() ? tileCount() : 0;
    }
    if (picture)
      for (int n = 0; n < eyes; n++) writeDepth(scratch->depth, scratch->sums[n].data(), footer[n]);
    ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
    return 0;
  }
  napi_value result(napi_env env) override {
    napi_value stats, value;
    napi_create_object(env, &stats);
    const double numbers[3] = {ms, static_cast<double>(eyes) * eye[0].width * eye[0].height, static_cast<double>(samples)};
    const char* const names[3] = {"ms", "rays", "samples"};
    for (int i = 0; i < 3; i++) {
      napi_create_double(env, numbers[i], &value);
      napi_set_named_property(env, stats, names[i], value);
    }
    return stats;
  }
  void release() override {
    returnScratch(scratch);
    letGo(grid);
    letGo(look);
  }
};

/** What both marches share: (ticket, grid, look, eyes Float64Array 20 each, clips Float64Array, options Float64Array). */
MarchJob* openMarch(napi_env env, const napi_value* a, const double*& options) {
  Handle *grid = handleOf(env, a[1]), *look = handleOf(env, a[2]);
  Bytes eyes, clips, numbers;
  if (!grid || !grid->grid || !look || !look->look || !bytesOf(env, a[3], eyes) || !bytesOf(env, a[4], clips) ||
      !bytesOf(env, a[5], numbers) || numbers.length < 12 || eyes.length < 20 || eyes.length > 20 * kMaxEyes || clips.length > 24) {
    throwCoded(env, "NATIVE_ARGUMENT", "march: the grid or the look is disposed, or an argument is of another kind");
    return nullptr;
  }
  if (look->look->emptySide.size() != 4 * grid->grid->cellRange.size() + 16 || (grid->device && !look->device)) {
    throwCoded(env, "NATIVE_ARGUMENT", "march: the look was prepared for another grid");
    return nullptr;
  }
  options = static_cast<const double*>(numbers.data);
  const int width = static_cast<int>(options[5]), height = static_cast<int>(options[6]);
  auto* job = new MarchJob;
  job->grid = grid;
  job->look = look;
  job->view = {grid->grid->view, look->look->view, static_cast<float>(options[0] * smallestEdgeMm(grid->grid->mmFromIndex)),
               options[1] != 0};
  job->eyes = static_cast<int>(eyes.length / 20);
  for (int n = 0; n < job->eyes; n++) {
    EyeInput in;
    const double* e = static_cast<const double*>(eyes.data) + 20 * n;
    for (int i = 0; i < 16; i++) in.eyeFromMm[i] = e[i];
    in.left = e[16];
    in.right = e[17];
    in.up = e[18];
    in.down = e[19];
    job->eye[n] = makeEye(*grid->grid, in, width, height, static_cast<const double*>(clips.data), static_cast<int>(clips.length / 4));
  }
  use(grid);
  use(look);
  return job;
}

napi_value refuse(napi_env env, MarchJob* job, const char* words) {
  job->release();
  delete job;
  return throwCoded(env, "NATIVE_ARGUMENT", words);
}

float* floatsOf(napi_env env, MarchJob* job, napi_value value, size_t wanted, bool& bad) {
  Bytes b;
  if (!bytesOf(env, value, b)) return nullptr;
  if (b.type != napi_float32_array || b.length < wanted) bad = true;
  pin(env, job, value);
  return static_cast<float*>(b.data);
}

}  // namespace

/** openMarch's, then pixels, inverse | null, deviation | null, coverage | null. options: step, leap, r, g, b, width, height, over */
napi_value marchRgba(napi_env env, napi_callback_info info) {
  size_t count = 10;
  napi_value a[10];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  const double* o;
  MarchJob* job = openMarch(env, a, o);
  if (!job) return nullptr;
  const size_t pixels = static_cast<size_t>(job->eye[0].width) * job->eye[0].height, all = pixels * job->eyes;
  Bytes bytes;
  bool bad = !bytesOf(env, a[6], bytes) || bytes.length < all * 4;
  float* const inverse = floatsOf(env, job, a[7], all, bad);
  float* const deviation = floatsOf(env, job, a[8], all, bad);
  float* const coverage = floatsOf(env, job, a[9], all, bad);
  if (bad) return refuse(env, job, "marchRgba: a target is smaller than the image");
  pin(env, job, a[6]);
  for (int n = 0; n < job->eyes; n++)
    job->rgba[n] = {static_cast<uint8_t*>(bytes.data) + 4 * pixels * n,
                    job->eye[0].width,
                    o[7] != 0,
                    {static_cast<float>(o[2]), static_cast<float>(o[3]), static_cast<float>(o[4])},
                    inverse ? inverse + pixels * n : nullptr,
                    deviation ? deviation + pixels * n : nullptr,
                    coverage ? coverage + pixels * n : nullptr};
  return promiseOf(env, numberOf(env, a[0]), job, job->firstPhase());
}

/**
 * openMarch's, then planes, boxes Int32Array (per eye: eye, depth, confidence, coverage; x, y, width, height each).
 * options: step, leap, r, g, b, eye width, eye height, cells, near, far, full confidence, picture width; [12] height
 */
napi_value marchPicture(napi_env env, napi_callback_info info) {
  size_t count = 8;
  napi_value a[8];
  napi_get_cb_info(env, info, &count, a, nullptr, nullptr);
  const double* o;
  MarchJob* job = openMarch(env, a, o);
  if (!job) return nullptr;
  Bytes planes, boxes;
  const int width = static_cast<int>(o[11]), height = static_cast<int>(o[12]), cells = static_cast<int>(o[7]);
  const size_t luma = static_cast<size_t>(width) * height;
  if (!bytesOf(env, a[6], planes) || !bytesOf(env, a[7], boxes) || boxes.length < 16 * static_cast<size_t>(job->eyes) ||
      planes.length < luma + luma / 2)
    return refuse(env, job, "marchPicture: the planes are smaller than the picture");
  const BoxView* box = static_cast<const BoxView*>(boxes.data);
  for (int b = 0; b < 4 * job->eyes; b++)
    if (box[b].x < 0 || box[b].y < 0 || box[b].width < 1 || box[b].height < 1 || box[b].x + box[b].width > width ||
        box[b].y + box[b].height > height || ((box[b].x | box[b].y) & 1))
      return refuse(env, job, "marchPicture: a box lies outside the picture or at an odd place");
  job->picture = job->urgent = true;
  pin(env, job, a[6]);
  uint8_t* const y = static_cast<uint8_t*>(planes.data);
  for (int n = 0; n < job->eyes; n++, box += 4) {
    auto& sums = job->scratch->sums[n];
    sums.assign(3 * static_cast<size_t>(cells) * cells, 0.0f);
    uint8_t *u = y + luma, *v = u + luma / 4;
    job->out[n] = {y, u, v, width, box[0], box[3], {static_cast<float>(o[2]), static_cast<float>(o[3]), static_cast<float>(o[4])},
                   cells, sums.data()};
    job->footer[n] = {y, u, v, width, box[1], box[2], box[3], cells,
                      static_cast<float>(o[8]), static_cast<float>(o[9]), static_cast<float>(o[10])};
  }
  return promiseOf(env, numberOf(env, a[0]), job, job->firstPhase());
}

}  // namespace anteroom
