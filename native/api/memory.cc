// JS: adviseLargePages. Rays cross a volume in every direction: with pages of 4 KiB nearly each row is a miss of the
// address cache.
#include <sys/mman.h>

#include "objects.h"

namespace anteroom {

/** (values): asks the system for large pages under them. Only pages not yet touched profit, so: before the first write. */
napi_value adviseLargePages(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value value;
  napi_get_cb_info(env, info, &count, &value, nullptr, nullptr);
  Bytes values;
  if (count < 1 || !bytesOf(env, value, values))
    return throwCoded(env, "NATIVE_ARGUMENT", "adviseLargePages was called with another kind of argument");
#ifdef MADV_HUGEPAGE
  constexpr uintptr_t kPage = 4096;
  const uintptr_t begin = reinterpret_cast<uintptr_t>(values.data);
  const uintptr_t end = begin + values.length * (values.type == napi_float32_array ? 4 : 2);
  const uintptr_t first = (begin + kPage - 1) & ~(kPage - 1), last = end & ~(kPage - 1);
  // A refusal costs speed alone.
  if (last > first) madvise(reinterpret_cast<void*>(first), last - first, MADV_HUGEPAGE);
#endif
  return nullptr;
}

}  // namespace anteroom
