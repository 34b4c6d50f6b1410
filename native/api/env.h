// One JavaScript environment (main thread or worker): its way back from the pool, and what is alive in it.
#pragma once
#include <node_api.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "pool.h"

namespace anteroom {

struct JsJob;

struct Env {
  napi_env env;
  napi_threadsafe_function back = nullptr;
  std::map<double, JsJob*> jobs;  // by ticket; JavaScript's thread only
  int live = 0;                   // grids and looks not yet freed
  std::mutex mutex;
  std::condition_variable settled;
  int running = 0;  // jobs that a worker may still touch
  bool closing = false;
};

Env* envOf(napi_env env);
/** Instance data, the way back from workers, and what happens when the environment ends under running jobs. */
bool openEnv(napi_env env);

/** A job that settles a promise. Everything it borrows is pinned until it is settled. */
struct JsJob : Job {
  Env* owner = nullptr;
  double ticket = 0;
  napi_deferred deferred = nullptr;
  std::vector<napi_ref> pins;
  std::string failure;  // not empty: rejected with NATIVE_BACKEND
  void complete() final;
  /** On JavaScript's thread: the value that the promise resolves to. */
  virtual napi_value result(napi_env env) = 0;
  /** On JavaScript's thread, always: lets go of handles. */
  virtual void release() {}
};

/** Starts the job and returns its promise. */
napi_value promiseOf(napi_env env, double ticket, JsJob* job, int tiles);
void pin(napi_env env, JsJob* job, napi_value value);
napi_value throwCoded(napi_env env, const char* code, const std::string& message);

}  // namespace anteroom
