#include "dispatch.hpp"

#include <atomic>
#include <cstring>

#include "vectors.hpp"

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
// What a processor says of itself; zeros where it does not know the question.
struct Registers {
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers ask_processor(unsigned question) {
    Registers r;
    __get_cpuid_count(question, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
    return r;
}

// Which registers the operating system saves when it turns to another program. A processor may have more.
unsigned saved_registers() {
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

bool has_all(unsigned what, unsigned bits) { return (what & bits) == bits; }

// The level of x86-64 that the processor and the operating system offer. The processor is asked itself:
// __builtin_cpu_supports rests on a library of the compiler, and Zig's says no to everything.
int x86_level() {
    constexpr unsigned kYmm = 0x06, kZmm = 0xe6;
    const Registers first = ask_processor(1), extended = ask_processor(7), more = ask_processor(0x80000001);
    if (!has_all(first.ecx, bit_AVX | bit_F16C | bit_FMA | bit_MOVBE | bit_OSXSAVE) ||
        !has_all(extended.ebx, bit_AVX2 | bit_BMI | bit_BMI2) || !has_all(more.ecx, bit_LZCNT) ||
        !has_all(saved_registers(), kYmm))
        return 2;
    if (!has_all(extended.ebx, bit_AVX512F | bit_AVX512BW | bit_AVX512CD | bit_AVX512DQ | bit_AVX512VL) ||
        !has_all(saved_registers(), kZmm))
        return 3;
    return 4;
}
#endif

std::vector<const KernelTable *> find_tables() {
#if defined(__x86_64__)
    std::vector<const KernelTable *> tables = {&v2::kTable, &v3::kTable, &v4::kTable};
    tables.resize(static_cast<std::size_t>(x86_level() - 1));
    return tables;
#else
    return {&baseline::kTable};
#endif
}

std::atomic<const KernelTable *> in_use{available_tables().back()};

}  // namespace

#if defined(__x86_64__)
bool uses_avx2() { return &table_in_use() != &v2::kTable; }
#endif

const std::vector<const KernelTable *> &available_tables() {
    static const std::vector<const KernelTable *> tables = find_tables();
    return tables;
}

const KernelTable &table_in_use() { return *in_use.load(std::memory_order_relaxed); }

bool use_table(const char *name) {
    for (const KernelTable *table : available_tables()) {
        if (std::strcmp(table->name, name) != 0) continue;
        in_use.store(table, std::memory_order_relaxed);
        return true;
    }
    return false;
}

}  // namespace softargmax
