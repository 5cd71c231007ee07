// What a page in a browser may call: the kernels as WebAssembly, in the vectors of 16 bytes that x86-64-v2 has too.
#include <cstdlib>
#include <new>

#include "areas.hpp"
#include "dispatch.hpp"

#if !defined(__wasm_simd128__)
#error "exports.cpp: compile it with -msimd128, so that its vectors are those of the machine"
#endif

namespace softargmax {
namespace SOFTARGMAX_ISA {
extern const Kernels<float> float_kernels;
extern const Kernels<double> double_kernels;
}  // namespace SOFTARGMAX_ISA

// There is one instruction set to choose.
const KernelTable &table_in_use() {
    static const KernelTable table{"wasm32", &SOFTARGMAX_ISA::float_kernels, &SOFTARGMAX_ISA::double_kernels};
    return table;
}

namespace {

// In the order of FUNCTIONS in kernels.mjs.
constexpr Function kFunctionsOfPage[] = {Function::softmax, Function::log_softmax,   Function::logsumexp,
                                         Function::entropy, Function::cross_entropy, Function::sparsemax};

Kernel kernel_of(Function function, bool in_double) {
    if (function >= Function::count) return plain_kernel(function);
    const auto index = static_cast<std::size_t>(function);
    const KernelTable &table = table_in_use();
    return in_double ? table.in_double->functions[index] : table.in_float->functions[index];
}

Operand rows_of(void *data, Kind kind, std::size_t columns) {
    const auto each = static_cast<std::ptrdiff_t>(bytes_of(kind));
    return {static_cast<char *>(data), each * static_cast<std::ptrdiff_t>(columns), each, kind, false};
}

// A block of memory that grows, for one purpose.
struct Room {
    char *data = nullptr;
    std::size_t bytes = 0;

    char *of(std::size_t wanted) {
        if (wanted > bytes) {
            std::free(data);
            bytes = (wanted + kPage - 1) / kPage * kPage;
            data = static_cast<char *>(std::aligned_alloc(kPage, bytes));
            if (data == nullptr) bytes = 0;
        }
        return data;
    }
};

Room given, scratch;

}  // namespace

// Where the page may put so many bytes; null if there is no such memory. What was there before is lost.
extern "C" __attribute__((export_name("room"))) char *room(std::size_t bytes) { return given.of(bytes); }

// Computes rows of `classes` numbers of one kind. `out` has the shape of `x` where there is one, `per_row` one number
// of `kind_per_row` for each row, and `codes` the true classes of a cross-entropy, whose gradient goes to `out`.
extern "C" __attribute__((export_name("compute"))) bool compute(std::size_t which, Kind kind, Kind kind_per_row,
                                                                std::size_t rows, std::size_t classes, void *x,
                                                                void *out, void *per_row, std::int64_t *codes) {
    const Function function = kFunctionsOfPage[which];
    const bool in_double = kind == Kind::float64;
    Call call;
    call.classes = classes;
    call[kX] = rows_of(x, kind, classes);
    if (out != nullptr) call[kOut] = rows_of(out, kind, classes);
    if (per_row != nullptr) call[kPerRow] = rows_of(per_row, kind_per_row, 1);
    if (codes != nullptr) call[kCodes] = rows_of(codes, Kind::int64, 1);
    call.areas = areas_of(function, in_double, call);
    char *const memory = scratch.of(call.areas.bytes());
    if (memory == nullptr) return false;
    kernel_of(function, in_double)(call, rows, memory);
    return true;
}

}  // namespace softargmax
