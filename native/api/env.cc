#include "env.h"

namespace anteroom {
namespace {

napi_value errorValue(napi_env env, const char* code, const std::string& message) {
  napi_value codeValue, text, error;
  napi_create_string_utf8(env, code, NAPI_AUTO_LENGTH, &codeValue);
  napi_create_string_utf8(env, message.c_str(), message.size(), &text);
  napi_create_error(env, codeValue, text, &error);
  return error;
}

/** On JavaScript's thread, for each finished job. */
void settle(napi_env env, napi_value, void* context, void* data) {
  Env* owner = static_cast<Env*>(context);
  JsJob* job = static_cast<JsJob*>(data);
  if (env == nullptr) return;  // the environment is ending: its memory goes as a whole
  napi_handle_scope scope;
  napi_open_handle_scope(env, &scope);
  owner->jobs.erase(job->ticket);
  if (owner->jobs.empty()) napi_unref_threadsafe_function(env, owner->back);
  if (job->cancelled)
    napi_reject_deferred(env, job->deferred, errorValue(env, "ABORTED", "the job was cancelled before it ended"));
  else if (!job->failure.empty())
    napi_reject_deferred(env, job->deferred, errorValue(env, "NATIVE_BACKEND", job->failure));
  else
    napi_resolve_deferred(env, job->deferred, job->result(env));
  for (napi_ref ref : job->pins) napi_delete_reference(env, ref);
  job->release();
  delete job;
  napi_close_handle_scope(env, scope);
}

/** The environment ends: nobody may touch its buffers any more, so wait for the workers. */
void closeEnv(void* data) {
  Env* owner = static_cast<Env*>(data);
  for (auto& [ticket, job] : owner->jobs) job->cancelled = true;
  std::unique_lock lock(owner->mutex);
  owner->closing = true;
  owner->settled.wait(lock, [owner] { return owner->running == 0; });
}

}  // namespace

Env* envOf(napi_env env) {
  void* data = nullptr;
  napi_get_instance_data(env, &data);
  return static_cast<Env*>(data);
}

bool openEnv(napi_env env) {
  Env* owner = new Env;
  owner->env = env;
  napi_value name;
  napi_create_string_utf8(env, "anteroom", NAPI_AUTO_LENGTH, &name);
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, owner, settle, &owner->back) != napi_ok)
    return false;
  napi_unref_threadsafe_function(env, owner->back);
  // The record outlives the environment by design: a worker may be reading it. It is a few hundred bytes.
  napi_set_instance_data(env, owner, nullptr, nullptr);
  napi_add_env_cleanup_hook(env, closeEnv, owner);
  return true;
}

void JsJob::complete() {
  Env* const home = owner;
  std::lock_guard lock(home->mutex);
  if (!home->closing) napi_call_threadsafe_function(home->back, this, napi_tsfn_nonblocking);
  home->running--;
  home->settled.notify_all();
}

napi_value promiseOf(napi_env env, double ticket, JsJob* job, int tiles) {
  Env* owner = envOf(env);
  job->owner = owner;
  job->ticket = ticket;
  napi_value promise;
  napi_create_promise(env, &job->deferred, &promise);
  if (owner->jobs.empty()) napi_ref_threadsafe_function(env, owner->back);
  owner->jobs[ticket] = job;
  {
    std::lock_guard lock(owner->mutex);
    owner->running++;
  }
  startJob(job, tiles);
  return promise;
}

void pin(napi_env env, JsJob* job, napi_value value) {
  napi_ref ref;
  if (napi_create_reference(env, value, 1, &ref) == napi_ok) job->pins.push_back(ref);
}

napi_value throwCoded(napi_env env, const char* code, const std::string& message) {
  napi_throw(env, errorValue(env, code, message));
  return nullptr;
}

}  // namespace anteroom
