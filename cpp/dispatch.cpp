#include "dispatch.hpp"

#include <atomic>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace softargmax {

// The two halves of what kernels.cpp gives for one instruction set.
#define SOFTARGMAX_TABLE(isa, name)                                     \
    namespace isa {                                                     \
    extern const Kernels<float> float_kernels;                          \
    extern const Kernels<double> double_kernels;                        \
    const KernelTable kTable = {name, &float_kernels, &double_kernels}; \
    }

#if defined(__x86_64__)
SOFTARGMAX_TABLE(v2, "x86-64-v2")
SOFTARGMAX_TABLE(v3, "x86-64-v3")
SOFTARGMAX_TABLE(v4, "x86-64-v4")
#else
SOFTARGMAX_TABLE(baseline, SOFTARGMAX_PROCESSOR)
#endif

namespace {

#if defined(__x86_64__)
// x86-64-v3 has instructions for half precision. Not every compiler that knows the other names knows "f16c", so the
// processor is asked itself.
bool has_f16c() {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    return __get_cpuid(1, &eax, &ebx, &ecx, &edx) != 0 && (ecx & bit_F16C) != 0;
}
#endif

std::vector<const KernelTable *> find_tables() {
    std::vector<const KernelTable *> tables;
#if defined(__x86_64__)
    __builtin_cpu_init();
    tables.push_back(&v2::kTable);
    const bool has_v3 =
        __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2") && has_f16c();
    const bool has_v4 = has_v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                        __builtin_cpu_supports("avx512vl");
    if (has_v3) tables.push_back(&v3::kTable);
    if (has_v4) tables.push_back(&v4::kTable);
#else
    tables.push_back(&baseline::kTable);
#endif
    return tables;
}

std::atomic<const KernelTable *> in_use{nullptr};

}  // namespace

const std::vector<const KernelTable *> &available_tables() {
    static const std::vector<const KernelTable *> tables = find_tables();
    return tables;
}

const KernelTable &table_in_use() {
    const KernelTable *table = in_use.load(std::memory_order_relaxed);
    if (table == nullptr) {
        table = available_tables().back();
        in_use.store(table, std::memory_order_relaxed);
    }
    return *table;
}

bool use_table(const char *name) {
    for (const KernelTable *table : available_tables()) {
        if (std::strcmp(table->name, name) != 0) continue;
        in_use.store(table, std::memory_order_relaxed);
        return true;
    }
    return false;
}

}  // namespace softargmax
