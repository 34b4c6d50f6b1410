// The addon: a table of functions. index.ts alone calls them.
#include <cstdlib>

#include "../backends/cuda.h"
#include "objects.h"

namespace anteroom {
namespace {

napi_value liveHandles(napi_env env, napi_callback_info) {
  napi_value value;
  napi_create_int32(env, envOf(env)->live, &value);
  return value;
}

/** (ticket): the job stops before its next tile. */
napi_value cancel(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value ticket;
  napi_get_cb_info(env, info, &count, &ticket, nullptr, nullptr);
  auto& jobs = envOf(env)->jobs;
  if (const auto found = jobs.find(numberOf(env, ticket)); found != jobs.end()) found->second->cancelled = true;
  return nullptr;
}

napi_value text(napi_env env, const std::string& words) {
  napi_value value;
  napi_create_string_utf8(env, words.c_str(), words.size(), &value);
  return value;
}

/** { isa, threads } */
napi_value cpu(napi_env env, napi_callback_info) {
  napi_value out, threads;
  napi_create_object(env, &out);
  napi_set_named_property(env, out, "isa", text(env, kernels().isa));
  napi_create_int32(env, poolThreads(), &threads);
  napi_set_named_property(env, out, "threads", threads);
  return out;
}

/** { here, name }: opens the CUDA library. */
napi_value cuda(napi_env env, napi_callback_info) {
  napi_value out, here;
  napi_create_object(env, &out);
  napi_get_boolean(env, cudaState().here, &here);
  napi_set_named_property(env, out, "here", here);
  napi_set_named_property(env, out, "name", text(env, cudaState().name));
  return out;
}

}  // namespace
}  // namespace anteroom

NAPI_MODULE_INIT() {
  using namespace anteroom;
  const char* wanted = std::getenv("ANTEROOM_ISA");
  const KernelTable* table = chooseKernels(wanted);
  if (!table)
    return throwCoded(env, "NATIVE_LOAD", std::string("ANTEROOM_ISA asks for '") + wanted + "', which this processor does not run or this build does not have");
  setKernels(table);
  if (!openEnv(env)) return throwCoded(env, "NATIVE_LOAD", "the addon found no way back to JavaScript");
  const struct {
    const char* name;
    napi_callback call;
  } rows[] = {{"prepareGrid", prepareGrid}, {"prepareLook", prepareLook}, {"marchRgba", marchRgba},
              {"marchPicture", marchPicture}, {"rescale", rescale}, {"resample", resample},
              {"dispose", disposeHandle}, {"liveHandles", liveHandles}, {"cancel", cancel}, {"cpu", cpu}, {"cuda", cuda}};
  for (const auto& row : rows) {
    napi_value function;
    napi_create_function(env, row.name, NAPI_AUTO_LENGTH, row.call, nullptr, &function);
    napi_set_named_property(env, exports, row.name, function);
  }
  return exports;
}
