// Which kernels run here: the widest instruction set that the processor and the system offer.
#include <cstring>

#include "table.h"

namespace scalar { extern const anteroom::KernelTable table; }
#if defined(ANTEROOM_X86)
namespace sse42 { extern const anteroom::KernelTable table; }
namespace avx2 { extern const anteroom::KernelTable table; }
namespace avx512 { extern const anteroom::KernelTable table; }
#elif defined(ANTEROOM_ARM)
namespace neon { extern const anteroom::KernelTable table; }
#endif

namespace anteroom {

const KernelTable* chooseKernels(const char* wanted) {
  struct Row {
    const KernelTable* table;
    bool runs;
  };
#if defined(ANTEROOM_X86)
  __builtin_cpu_init();
  const bool wide = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  const Row rows[] = {{&avx512::table, wide},
                      {&avx2::table, __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")},
                      {&sse42::table, static_cast<bool>(__builtin_cpu_supports("sse4.2"))},
                      {&scalar::table, true}};
#elif defined(ANTEROOM_ARM)
  const Row rows[] = {{&neon::table, true}, {&scalar::table, true}};
#else
  const Row rows[] = {{&scalar::table, true}};
#endif
  for (const Row& row : rows)
    if (row.runs && (wanted == nullptr || *wanted == 0 || std::strcmp(wanted, row.table->isa) == 0)) return row.table;
  return nullptr;
}

}  // namespace anteroom
