// softmax and its family for C++: rows of contiguous numbers, with the instruction set that the file which includes
// this is compiled for. Nothing has to be linked. Example: examples/softmax.cpp.
//
//     include=$(python -c "import softargmax as sm; print(sm.get_include())")
//     g++ -std=c++17 -O2 -march=x86-64-v3 -ffp-contract=off -I$include examples/softmax.cpp
//
// Compile with -ffp-contract=off: results are exact because sums keep their rounding errors, which a compiler would
// change if it made multiplications and additions into fused ones that nobody wrote. This header is provisional: what
// it declares may change in any release, and what it includes even more so.
#pragma once

#if defined(__FAST_MATH__)
#error "softargmax.hpp: compiled with -ffast-math, which removes the rounding errors that sums keep; leave it out"
#endif

// Files of one program may be compiled for different processors; each gets functions of its own.
#if defined(__AVX512F__) && defined(__AVX512BW__) && defined(__AVX512DQ__) && defined(__AVX512VL__)
#define SOFTARGMAX_ISA v4
#elif defined(__AVX512F__)
#error \
    "softargmax.hpp: of AVX-512 there are F, BW, DQ and VL together or none; compile with -march=x86-64-v4 or x86-64-v3"
#elif defined(__AVX2__) && defined(__FMA__)
#define SOFTARGMAX_ISA v3
#elif defined(__AVX2__)
#error "softargmax.hpp: AVX2 without FMA; compile with -march=x86-64-v3"
#else
#define SOFTARGMAX_ISA baseline
#endif

#include <cstddef>
#include <new>

#include "run.hpp"
#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// What a kernel computes in. Throws std::bad_alloc; nothing else here throws.
class ScratchMemory {
public:
    ScratchMemory() : data_(::operator new(Areas().bytes(), std::align_val_t(kPage))) {}
    ~ScratchMemory() { ::operator delete(data_, std::align_val_t(kPage)); }
    ScratchMemory(const ScratchMemory &) = delete;
    ScratchMemory &operator=(const ScratchMemory &) = delete;
    void *data() const { return data_; }

private:
    void *data_;
};

// Contiguous rows of `columns` numbers each, as kernels see them.
template <class T>
Operand rows_of(const T *data, std::size_t columns) {
    Operand rows;
    rows.data = reinterpret_cast<char *>(const_cast<T *>(data));
    rows.row = static_cast<std::ptrdiff_t>(columns * sizeof(T));
    rows.col = sizeof(T);
    rows.kind = kKindOf<T>;
    return rows;
}

template <class T, template <class> class Operation>
void run_contiguous(const T *x, T *out, Role role, std::size_t rows, std::size_t classes) {
    const ScratchMemory scratch;
    Call call;
    call.classes = classes;
    call[kX] = rows_of(x, classes);
    call[role] = rows_of(out, role == kPerRow ? 1 : classes);
    run<T, Operation>(call, rows, scratch.data());
}

// T is float or double. `out` has the shape of `x` and may be `x` itself.
template <class T>
void softmax(const T *x, T *out, std::size_t rows, std::size_t classes) {
    run_contiguous<T, Softmax>(x, out, kOut, rows, classes);
}

template <class T>
void log_softmax(const T *x, T *out, std::size_t rows, std::size_t classes) {
    run_contiguous<T, LogSoftmax>(x, out, kOut, rows, classes);
}

// One number per row.
template <class T>
void logsumexp(const T *x, T *out, std::size_t rows, std::size_t classes) {
    run_contiguous<T, LogSumExp>(x, out, kPerRow, rows, classes);
}

}  // namespace SOFTARGMAX_ISA

using SOFTARGMAX_ISA::log_softmax;
using SOFTARGMAX_ISA::logsumexp;
using SOFTARGMAX_ISA::softmax;

}  // namespace softargmax
