// The largest logits of a row: hardmax, argmax and top_k. NaN is larger than any number, and of equal logits
// the first comes first, as in NumPy's argmax and ONNX's TopK.
#pragma once

#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// For every row, the place of its first NaN, or else of its first maximum; in lane 0 if across.
template <class T, bool across>
SOFTARGMAX_INLINE void first_largest(const T *x, size_t n, V<T> m, size_t (&place)[W<T>]) {
    I<T> nan{};
    for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
        const V<T> v = get(x + j, count, T(0));
        nan |= v != v;
    });
    if (across) {
        const bool seek_nan = any(nan);
        const T largest = m[0];
        size_t j = 0;
        while (j + 1 < n && !(seek_nan ? x[j] != x[j] : x[j] == largest)) ++j;
        place[0] = j;
        return;
    }
    I<T> first{};
    for (size_t j = n / W<T>; j-- > 0;) {
        const V<T> v = load(x + j * W<T>);
        const I<T> hit = nan ? I<T>(v != v) : I<T>(v == m);
        first = hit ? typename VectorTypes<T>::integer{} + static_cast<decltype(first[0] + 0)>(j) : first;
    }
    for (size_t i = 0; i < W<T>; ++i) place[i] = size_t(first[i]);
}

// 1 (or, as a logarithm, 0) at the largest logit, and kNothing elsewhere; NaN for a row with NaN or
// with nothing but -inf.
template <class T, bool log>
struct HardmaxOf : PerClass<T> {
    static constexpr T kNothing = log ? -kInfinity<T> : T(0);
    using PerClass<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) unit<across>(group.max[u], group.x[u], group.out[u], group.n);
    }

private:
    template <bool across>
    static void unit(V<T> m, const T *x, T *out, size_t n) {
        size_t place[W<T>];
        first_largest<T, across>(x, n, m, place);
        T top[W<T>];
        for (size_t i = 0; i < (across ? 1 : W<T>); ++i)
            top[i] = n == 0 ? T(0) : across ? x[place[i]] : x[place[i] * W<T> + i];
        for (size_t i = 0; i < (across ? 1 : W<T>); ++i) {
            const bool defined = top[i] > -kInfinity<T>;
            for (size_t j = across ? 0 : i; j < n; j += across ? 1 : W<T>) out[j] = defined ? kNothing : kNaN<T>;
            if (defined && n > 0) out[across ? place[i] : place[i] * W<T> + i] = log ? T(0) : T(1);
        }
    }
};

template <class T>
using Hardmax = HardmaxOf<T, false>;
template <class T>
using LogHardmax = HardmaxOf<T, true>;

template <class T>
struct Argmax : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) {
            size_t place[W<T>];
            first_largest<T, across>(group.x[u], group.n, group.max[u], place);
            for (size_t i = 0; i < group.range[u].count; ++i) {
                const int64_t code = int64_t(place[i]);
                char *to = call[kPerRow].data + ptrdiff_t(group.range[u].first + i) * call[kPerRow].row;
                __builtin_memcpy(to, &code, sizeof code);
            }
        }
    }
};

// The `call.top` largest logits of every row, largest first: codes into kPerRow, probabilities into kPerRowToo.
template <class T>
struct TopK : PerClass<T> {
    static constexpr bool kKeepsX = true;
    using PerClass<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        typename Softmax<T>::Finish finish[kMostUnits];
        Softmax<T>{call}.template compute<across>(group, finish);
        for (size_t u = 0; u < group.size; ++u) {
            for_vectors<T, across>(group.n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                put(group.out[u] + j, finish[u](get(group.out[u] + j, count, T(0))), count);
            });
            for (size_t i = 0; i < group.range[u].count; ++i)
                select(group.x[u] + i, group.out[u] + i, across ? 1 : W<T>, group.range[u].first + i);
        }
    }

private:
    static bool larger(T a, T b) { return a > b || (a != a && b == b); }

    // Keeps the best so far in order; almost every logit of a long row fails the first comparison.
    void select(const T *x, const T *p, size_t step, size_t row) const {
        char *const codes = call[kPerRow].data + ptrdiff_t(row) * call[kPerRow].row;
        size_t kept = 0;
        for (size_t j = 0; j < call.classes; ++j) {
            const T value = x[j * step];
            if (kept == call.top && !larger(value, x[code_at(codes, kept - 1) * step])) continue;
            size_t at = kept < call.top ? kept++ : kept - 1;
            for (; at > 0 && larger(value, x[code_at(codes, at - 1) * step]); --at)
                set_code(codes, at, code_at(codes, at - 1));
            set_code(codes, at, j);
        }
        const Operand &chances = call[kPerRowToo];
        char *to = chances.data + ptrdiff_t(row) * chances.row;
        for (size_t i = 0; i < kept; ++i, to += chances.col)
            write_numbers(chances.kind, to, chances.col, 1, p + code_at(codes, i) * step);
    }

    static size_t code_at(const char *codes, size_t i) {
        int64_t code;
        __builtin_memcpy(&code, codes + i * sizeof code, sizeof code);
        return size_t(code);
    }
    static void set_code(char *codes, size_t i, size_t value) {
        const int64_t code = int64_t(value);
        __builtin_memcpy(codes + i * sizeof code, &code, sizeof code);
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
