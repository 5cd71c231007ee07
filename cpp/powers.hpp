// exp(x - m) by a table of powers of 2 that stays in a register: what softmax, its logarithm and the losses use where
// the processor can look lanes up in a vector and multiply and add in one rounding.
//
// With N = kSteps table entries,
//     x = n ln2 / N + r,   exp(x - m) = 2^((n - n_m) / N) exp(r - r_m),   |r| <= ln2 / 2N,
// so that a polynomial of degree 4 is enough: r is small, which makes the polynomial short, and also the sum of
// unrounded terms exact, see sums.hpp. As in `Anchor`, x - m is never formed; n ln2 / N is subtracted in two steps, the
// first of which is exact because the rest is small and fma rounds once.
//
// Two variants:
//     exact = true    exp(0) is kUnit exactly, as r_m is subtracted; |r - r_m| <= ln2 / N. For logarithms, which leave
//                     the maximal term out.
//     exact = false   r_m is left in place: every term of a row carries the same factor exp(r_m), which the quotient by
//                     their sum removes. One operation less, and smaller rests.
//
// The table carries a factor of its own, chosen such that all its rounded entries have nearly the same relative error
// (they differ by .093 units of 2^-24, or 2^-53, at most); being common to all terms, error and factor cancel. All
// numbers are made by tools/minimax.py.
#pragma once

#include "exponential.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// Entries of the table; 1 where there is none, and `Anchor` does the work.
template <class T>
constexpr size_t kSteps = 1;
#if SOFTARGMAX_VECTOR_BYTES >= 32
template <>
inline constexpr size_t kSteps<float> = 8;
template <>
inline constexpr size_t kSteps<double> = SOFTARGMAX_VECTOR_BYTES == 64 ? 8 : 4;  // what one look-up can choose among
#endif
template <class T>
constexpr bool kHasTable = kSteps<T> > 1;

// An argument on its way to its term: the power of 2 near it, and what is left.
template <class T>
struct Reduced {
    V<T> power, rest;
};

#if SOFTARGMAX_VECTOR_BYTES >= 32

template <class T>
struct Table;

template <>
struct Table<float> {
    static constexpr float kEntries[] = {0x1.16747cp0f, 0x1.2fa848p0f, 0x1.4b2404p0f, 0x1.691c8ap0f,
                                         0x1.89cb7cp0f, 0x1.ad6fb4p0f, 0x1.d44dbcp0f, 0x1.feb052p0f};
    static constexpr int kIndexBits = 3;
    static constexpr float kPerStep = 11.541560327111707259f;  // N / ln2
    static constexpr float kStepHigh = 0x1.62e43p-4f;          // ln2 / N, and the rest
    static constexpr float kStepLow = -0x1.05c61p-32f;
    static constexpr float kFar = 0x1p18f;  // up to here n stays below 2^22, and integers do not leave the mantissa
    // exp(r) = 1 + r + r^2 (...): for |r| <= .0435 relative error .0029 units of 2^-24, for |r| <= .087 it is .091
    static constexpr float kExp[] = {0.50000001285288768643f, 0.16668031315540425424f, 0.041660407424620704732f};
    static constexpr float kExpExact[] = {0.50000020543697396884f, 0.16672124827317701504f, 0.041641661186458316422f};
};

#if SOFTARGMAX_VECTOR_BYTES == 64
template <>
struct Table<double> {
    static constexpr double kEntries[] = {0x1.0da11516ce8c2p+0, 0x1.260862d64c617p+0, 0x1.40a51e7bf715bp+0,
                                          0x1.5daa750402f65p+0, 0x1.7d50352833582p+0, 0x1.9fd33ab16fa99p+0,
                                          0x1.c575e37feadc3p+0, 0x1.ee808f2aeaf5cp+0};
    static constexpr int kIndexBits = 3;
    static constexpr double kPerStep = 11.541560327111707259;
    static constexpr double kStepHigh = 0x1.62e42fefa39efp-4;
    static constexpr double kStepLow = 0x1.abc9e3b39803fp-59;
    static constexpr double kFar = 0x1p40;
    // relative errors of .026 and .041 units of 2^-53
    static constexpr double kExp[] = {0.50000000000002995647,   0.16666666666663690125,   0.041666666569339146678,
                                      0.0083333333714222915526, 0.0013889784058560867901, 0.00019840562840278493961};
    static constexpr double kExpExact[] = {
        0.50000000000000066718,   0.16666666666696192585,    0.041666666666103474257,   0.0083333331289379176392,
        0.0013888890111943097324, 0.00019845527024370764274, 0.000024795672489231371645};
};
#else
template <>
struct Table<double> {
    static constexpr double kEntries[] = {0x1.2d2b99265938cp+0, 0x1.6627640afaa11p+0, 0x1.a9eb4c281364fp+0,
                                          0x1.fa818d32dd853p+0};
    static constexpr int kIndexBits = 2;
    static constexpr double kPerStep = 5.7707801635558536294;
    static constexpr double kStepHigh = 0x1.62e42fefa39efp-3;
    static constexpr double kStepLow = 0x1.abc9e3b39803fp-58;
    static constexpr double kFar = 0x1p40;
    // relative errors of .041 and .143 units of 2^-53
    static constexpr double kExp[] = {0.50000000000000066718,    0.16666666666696192585,   0.041666666666103474257,
                                      0.0083333331289379176392,  0.0013888890111943097324, 0.00019845527024370764274,
                                      0.000024795672489231371645};
    static constexpr double kExpExact[] = {
        0.49999999999998534855,  0.16666666666669047238,    0.041666666671577188286,    0.0083333333295999766081,
        0.001388888386712911065, 0.00019841286491221922864, 0.000024821666801050826542, 2.7541841646046617177e-6};
};
#endif

// Entry (lowest bits of `index`) of the table, per lane.
SOFTARGMAX_INLINE V<float> look_up(V<float> table, V<float> index) {
#if SOFTARGMAX_VECTOR_BYTES == 64
    return (V<float>)_mm512_permutexvar_ps((__m512i)index, (__m512)table);
#else
    return (V<float>)_mm256_permutevar8x32_ps((__m256)table, (__m256i)index);
#endif
}

#if SOFTARGMAX_VECTOR_BYTES == 64
SOFTARGMAX_INLINE V<double> look_up(V<double> table, V<double> index) {
    return (V<double>)_mm512_permutexvar_pd((__m512i)index, (__m512d)table);
}
#else
// Bit 1 of an index chooses within each of two tables, bit 0 between them.
SOFTARGMAX_INLINE V<double> look_up(V<double> table, V<double> index) {
    const __m256d all = (__m256d)table;
    const __m256d even = _mm256_permute4x64_pd(all, 0x88), odd = _mm256_permute4x64_pd(all, 0xdd);
    const __m256i bits = (__m256i)index;
    return (V<double>)_mm256_blendv_pd(_mm256_permutevar_pd(even, bits), _mm256_permutevar_pd(odd, bits),
                                       _mm256_castsi256_pd(_mm256_slli_epi64(bits, 63)));
}
#endif

// The table in a vector, less what an index contributes when it is added to the exponent.
template <class T>
SOFTARGMAX_INLINE V<T> table_in_register() {
    V<T> table;
    for (size_t i = 0; i < W<T>; ++i) table[i] = Table<T>::kEntries[i % kSteps<T>];
    U<T> index;
    for (size_t i = 0; i < W<T>; ++i) index[i] = i % kSteps<T>;
    return (V<T>)((U<T>)table - (index << (Constants<T>::kMantissaBits - Table<T>::kIndexBits)));
}

// The power of 2 at an index: its lowest bits say which entry of the table, the rest is added to the exponent.
template <class T>
SOFTARGMAX_INLINE V<T> power_at(V<T> index) {
    return (V<T>)(((U<T>)index << (Constants<T>::kMantissaBits - Table<T>::kIndexBits)) +
                  (U<T>)look_up(table_in_register<T>(), index));
}

template <class T, bool exact>
class TableAnchor {
public:
    using C = Constants<T>;
    using B = Table<T>;
    static constexpr T kUnit = kOne<T> * B::kEntries[0];
    static constexpr bool kTempered = false;
    static constexpr bool kFromPower = true;

    TableAnchor() = default;
    SOFTARGMAX_INLINE explicit TableAnchor(V<T> m) {
        const I<T> near = (m < B::kFar) & (m > -B::kFar);
        origin_ = near ? V<T>{} : m;  // beyond, x and m are taken relative to m, as in Anchor
        const V<T> y = m - origin_;
        lowest_ = y - C::kCutoff;
        const V<T> n = fma(y, splat(B::kPerStep), splat(C::kRound)) - C::kRound;
        rest_ = reduced(y, n);
        base_ = (C::kRound + C::kBias * T(kSteps<T>)) - n;
    }

    template <bool near, size_t count>
    SOFTARGMAX_INLINE void terms(V<T> (&x)[count], Term<T> (&result)[count]) const {
        Reduced<T> reduced[count];
        V<T> rest[count], p[count];
        for (size_t i = 0; i < count; ++i) reduced[i] = reduce(near ? x[i] : x[i] - origin_);
        for (size_t i = 0; i < count; ++i) rest[i] = reduced[i].rest;
        bend(rest, p);
        for (size_t i = 0; i < count; ++i)
            result[i] = {reduced[i].power, reduced[i].power * rest[i], fma(p[i], rest[i], splat(T(1)))};
    }

    // The same in two steps, for a near row.
    SOFTARGMAX_INLINE Reduced<T> reduce(V<T> x) const {
        x = max(lowest_, x);
        const V<T> index = fma(x, splat(B::kPerStep), base_);
        V<T> rest = reduced(x, index - base_);
        if (exact) rest -= rest_;
        return {power_at<T>(index), rest};
    }
    SOFTARGMAX_INLINE static Term<T> term(Reduced<T> reduced) {
        const V<T> rest[1] = {reduced.rest};
        V<T> p[1];
        bend(rest, p);
        return {reduced.power, reduced.power * rest[0], fma(p[0], rest[0], splat(T(1)))};
    }

    // The term of the maximum, bit by bit what terms() makes of it: its index is even, so that a tie is rounded to it.
    SOFTARGMAX_INLINE Term<T> top() const {
        static_assert(!exact);
        return {splat(kUnit), kUnit * rest_, fma(polynomial<T>(B::kExp, rest_), rest_, splat(T(1)))};
    }
    SOFTARGMAX_INLINE I<T> near() const { return origin_ == T(0); }
    SOFTARGMAX_INLINE bool is_near() const { return !any(~near()); }
    SOFTARGMAX_INLINE TableAnchor row(size_t lane) const {
        TableAnchor one;
        one.origin_ = splat(origin_[lane]), one.lowest_ = splat(lowest_[lane]);
        one.rest_ = splat(rest_[lane]), one.base_ = splat(base_[lane]);
        return one;
    }

private:
    // What follows after 1 in (exp(r) - 1) / r, divided by r.
    template <size_t count>
    SOFTARGMAX_INLINE static void bend(const V<T> (&r)[count], V<T> (&p)[count]) {
        if constexpr (exact)
            polynomial<T>(B::kExpExact, r, p);
        else
            polynomial<T>(B::kExp, r, p);
    }
    SOFTARGMAX_INLINE static V<T> reduced(V<T> x, V<T> n) {
        return fma(n, splat(-B::kStepLow), fma(n, splat(-B::kStepHigh), x));
    }

    V<T> origin_, lowest_, rest_, base_;
};

template <class T, bool exact>
using AnchorOf = std::conditional_t<kHasTable<T>, TableAnchor<T, exact>, Anchor<T>>;

#else
template <class T, bool exact>
using AnchorOf = Anchor<T>;
#endif

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
