// Constants, polynomials, exact sums and products, and log1p on vectors: what exponential.hpp and sums.hpp stand on.
#pragma once

#include "simd.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

template <class T>
struct Constants;

// ln 2 is split into kLn2High, whose product with any exponent that occurs is exact, and the rest.
// The polynomials are minimax approximations made by tools/minimax.py; their errors are stated there.
template <>
struct Constants<float> {
    static constexpr float kLog2E = 1.44269504088896340736f;
    static constexpr float kLn2High = 0.693115234375f;  // 14 bits
    static constexpr float kLn2Low = 3.1946184945309415e-05f;
    static constexpr float kRound = 0x1.8p23f;  // adding it rounds to an integer
    static constexpr float kGrid = 0x1p-12f;
    static constexpr float kBias = 80.0f;
    static constexpr float kFar = 256.0f;     // beyond it, x - m is exact where it matters
    static constexpr float kCutoff = 131.0f;  // 2^20 terms of exp(-kCutoff) are below the least subnormal
    static constexpr int kMantissaBits = 23;
    static constexpr float kSqrtHalf = 0.70710678118654752440f;
    // exp(r) = 1 + r + r^2 (...), |r| <= 0.35, relative error 2^-28
    static constexpr float kExp[] = {0.49999993052448784183f, 0.16666514788810092667f, 0.041668456391112383119f,
                                     0.0083694190781767118502f, 0.0013813165671922029433f};
    // 2 atanh(s) = 2 s + s^3 (...), relative error 2^-30
    static constexpr float kLog[] = {0.66666776754649536873f, 0.39977482151014626408f, 0.29873626123500617486f};
};

template <>
struct Constants<double> {
    static constexpr double kLog2E = 1.44269504088896340736;
    static constexpr double kLn2High = 0x1.62e42fefap-1;  // 38 bits
    static constexpr double kLn2Low = 0x1.cf79abc9e3b3ap-40;
    static constexpr double kRound = 0x1.8p52;
    static constexpr double kGrid = 0x1p-24;
    static constexpr double kBias = 512.0;
    static constexpr double kFar = 2048.0;
    static constexpr double kCutoff = 1060.0;
    static constexpr int kMantissaBits = 52;
    static constexpr double kSqrtHalf = 0.70710678118654752440;
    // relative error 2^-57
    static constexpr double kExp[] = {0.50000000000000117011,     0.16666666666666386313,   0.041666666666519153766,
                                      0.00833333333350765338,     0.0013888888946919842602, 0.00019841269486178968854,
                                      0.000024801489352362402227, 2.7557597170519592607e-6, 2.763168732055844225e-7,
                                      2.4998997924815367232e-8};
    // relative error 2^-59
    static constexpr double kLog[] = {0.66666666666667351224, 0.39999999999409190337, 0.28571428743768283998,
                                      0.22222198416107590188, 0.18183573246014557309, 0.15313803928614235316,
                                      0.14798593453603076879};
};

// The factor that all exponentials carry, see exponential.hpp.
template <class T>
constexpr T kOne = sizeof(T) == 4 ? T(0x1p80) : T(0x1p512);
template <class T>
constexpr T kInfinity = T(__builtin_inf());
template <class T>
constexpr T kNaN = T(__builtin_nan(""));

// c[0] + c[1] x + c[2] x^2 + ... for several vectors.
template <class T, class C, size_t terms, size_t count>
SOFTARGMAX_INLINE void polynomial(const C (&c)[terms], const V<T> (&x)[count], V<T> (&sum)[count]) {
    for (V<T> &v : sum) v = splat(T(c[terms - 1]));
#pragma GCC unroll 16
    for (size_t term = terms - 1; term > 0; --term)
#pragma GCC unroll 4
        for (size_t i = 0; i < count; ++i) sum[i] = fma(sum[i], x[i], splat(T(c[term - 1])));
}

template <class T, size_t terms>
SOFTARGMAX_INLINE V<T> polynomial(const T (&c)[terms], V<T> x) {
    const V<T> xs[1] = {x};
    V<T> sum[1];
    polynomial<T>(c, xs, sum);
    return sum[0];
}

// x - m, exactly: a rounded value, and what the rounding lost (Knuth's TwoSum).
template <class T>
struct Split {
    V<T> value;
    V<T> error;
};

template <class T>
SOFTARGMAX_INLINE Split<T> two_sum(V<T> a, V<T> b) {
    const V<T> sum = a + b;
    const V<T> part = sum - a;
    return {sum, (a - (sum - part)) + (b - part)};
}

// What the product of two numbers lost in rounding, lane by lane.
template <class T>
__attribute__((noinline)) V<T> lost_by_product(V<T> a, V<T> b, V<T> product) {
    for (size_t i = 0; i < W<T>; ++i) a[i] = T(__builtin_fma(double(a[i]), double(b[i]), -double(product[i])));
    return a;
}

// a b, exactly.
template <class T>
SOFTARGMAX_INLINE Split<T> two_product(V<T> a, V<T> b) {
    const V<T> product = a * b;
    if (kFused) return {product, fma(a, b, -product)};
    // Dekker's product of halves that are exact to multiply (Veltkamp's splitting), unless those overflow. Only the
    // lanes where they do take the other way: near the least number the two differ, and no lane may change another.
    const T largest = sizeof(T) == 4 ? T(0x1p114) : T(0x1p995);
    const T split = sizeof(T) == 4 ? T(0x1p12 + 1) : T(0x1p27 + 1);
    const V<T> ca = a * split, a_high = ca - (ca - a), a_low = a - a_high;
    const V<T> cb = b * split, b_high = cb - (cb - b), b_low = b - b_high;
    const V<T> error = ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
    const I<T> overflows = (magnitude<T>(a) > largest) | (magnitude<T>(b) > largest);
    if (!any(overflows)) return {product, error};
    return {product, overflows ? lost_by_product<T>(a, b, product) : error};
}

// a b + c where a b nearly cancels c: what is left over.
template <class T>
SOFTARGMAX_INLINE V<T> leftover(V<T> a, V<T> b, V<T> c) {
    if (kFused) return fma(a, b, c);
    const Split<T> product = two_product<T>(a, b);
    return (product.value + c) + product.error;
}

// term (factor.value + factor.error), rounded once or nearly so.
SOFTARGMAX_INLINE V<float> times(V<float> term, Split<float> factor) {
    if (kFused) return fma(term, factor.value, term * factor.error);
    return join(low(term) * (low(factor.value) + low(factor.error)),
                high(term) * (high(factor.value) + high(factor.error)));
}

SOFTARGMAX_INLINE V<double> times(V<double> term, Split<double> factor) {
    if (kFused) return fma(term, factor.value, term * factor.error);
    const Split<double> product = two_product<double>(term, factor.value);
    return product.value + (product.error + term * factor.error);
}

// log(1 + t) for t >= 0, as a rounded value and the rest. With 1 + t = 2^k (1 + f) and s = f / (2 + f):
//     log(1 + f) = 2 atanh(s) = f - (f^2/2 - s (f^2/2 + R(s^2))),
// the form of Ng and of fdlibm's log1p, in which the leading terms, k ln 2 and f, are not rounded.
template <class T>
SOFTARGMAX_INLINE Split<T> log1p(Split<T> t) {
    using C = Constants<T>;
    const V<T> u = t.value + T(1);
    const U<T> one_bits = (U<T>)splat(T(1)), half_bits = (U<T>)splat(C::kSqrtHalf);
    const U<T> k = ((U<T>)u - half_bits) >> C::kMantissaBits;       // u >= 1, so k >= 0
    const V<T> scale = (V<T>)(one_bits - (k << C::kMantissaBits));  // 2^-k
    const V<T> n = (V<T>)(k + (U<T>)splat(C::kRound)) - C::kRound;  // k as a number
    const V<T> shift = scale - T(1), f = fma(t.value, scale, shift);
    const V<T> f_error = t.value * scale - (f - shift) + t.error * scale;
    const V<T> s = f / (f + T(2));
    const V<T> z = s * s;
    const V<T> half_square = T(0.5) * f * f;
    const V<T> small = half_square - s * (half_square + z * polynomial<T>(C::kLog, z));
    const V<T> leading = fma(n, splat(C::kLn2High), f);
    const V<T> lost = f - (leading - n * C::kLn2High);
    // An error of f enters with the derivative 1 / (1 + f), which 1 - 2 s + 2 s^2 is to one percent.
    const V<T> rest = f_error * (T(1) - T(2) * s * (T(1) - s));
    const V<T> correction = fma(n, splat(C::kLn2Low), (lost + rest) - small);
    const V<T> value = leading + correction;
    return {value, correction - (value - leading)};
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
