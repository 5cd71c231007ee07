// exp, log1p, sums and quotients on vectors: what the softmax family is made of.
//
// Conventions (see also softmax.hpp): m is the row's maximum, gap = x - m <= 0. All terms carry one common
// factor kOne<T> = 2^64 (float) or 2^512 (double), so that exp(gap) never becomes subnormal on its way to a
// quotient: a subnormal probability is rounded once, in the last multiplication.
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
    static constexpr float kBias = 64.0f;
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

template <class T>
constexpr T kOne = sizeof(T) == 4 ? T(0x1p64) : T(0x1p512);
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

template <class T>
__attribute__((noinline)) Split<T> two_large_product(V<T> a, V<T> b) {
    Split<T> product{a * b, V<T>{}};
    for (size_t i = 0; i < W<T>; ++i)
        product.error[i] = T(__builtin_fma(double(a[i]), double(b[i]), -double(product.value[i])));
    return product;
}

// a b, exactly.
template <class T>
SOFTARGMAX_INLINE Split<T> two_product(V<T> a, V<T> b) {
    const V<T> product = a * b;
    if (kFused) return {product, fma(a, b, -product)};
    // Dekker's product of halves that are exact to multiply (Veltkamp's splitting), unless those overflow.
    const T largest = sizeof(T) == 4 ? T(0x1p114) : T(0x1p995);
    if (any(I<T>((magnitude<T>(a) > largest) | (magnitude<T>(b) > largest)))) return two_large_product<T>(a, b);
    const T split = sizeof(T) == 4 ? T(0x1p12 + 1) : T(0x1p27 + 1);
    const V<T> ca = a * split, a_high = ca - (ca - a), a_low = a - a_high;
    const V<T> cb = b * split, b_high = cb - (cb - b), b_low = b - b_high;
    return {product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low};
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

// The two parts of a reduced argument are added at once, but for float without fused operations, see below.
template <class T>
constexpr bool kKeepsParts = !kFused && sizeof(T) == 4;

// x[i] = kOne 2^k exp(x[i] (+ rest[i] if kKeepsParts)), where power[i] holds kRound + k + kBias: its low bits
// are moved into the exponent.
template <class T, size_t count>
SOFTARGMAX_INLINE void exp_of_reduced(const V<T> (&power)[count], V<T> (&x)[count],
                                      [[maybe_unused]] const V<T> (&rest)[count]) {
    const V<T> one = splat(T(1));
    V<T> p[count];
    if constexpr (kFused) {
        polynomial<T>(Constants<T>::kExp, x, p);
        for (size_t i = 0; i < count; ++i) p[i] = fma(p[i], x[i], one);
        for (size_t i = 0; i < count; ++i) p[i] = fma(p[i], x[i], one);
    } else if constexpr (kKeepsParts<T>) {  // in float, products that are rounded too would cost half an ulp
        const auto exp_of = [](V<double> v) {
            V<double> r[1] = {v}, q[1];
            polynomial<double>(Constants<T>::kExp, r, q);
            return 1.0 + (v + v * v * q[0]);
        };
        for (size_t i = 0; i < count; ++i)
            p[i] = join(exp_of(low(x[i]) + low(rest[i])), exp_of(high(x[i]) + high(rest[i])));
    } else {
        polynomial<T>(Constants<T>::kExp, x, p);
        for (size_t i = 0; i < count; ++i) p[i] = one + (x[i] + (x[i] * x[i]) * p[i]);
    }
    for (size_t i = 0; i < count; ++i) x[i] = (V<T>)((U<T>)p[i] + ((U<T>)power[i] << Constants<T>::kMantissaBits));
}

// The same, with what the last addition rounded off.
template <class T>
SOFTARGMAX_INLINE Split<T> split_exp_of_reduced(V<T> power, V<T> r, V<T> r_error) {
    const V<T> one = splat(T(1)), q = polynomial<T>(Constants<T>::kExp, r);
    const V<T> z = r + (r * r) * q, z_error = (r - z) + (r * r) * q;
    const V<T> p = one + z, p_error = (z - (p - one)) + (z_error + r_error * p);
    const U<T> exponent = (U<T>)power << Constants<T>::kMantissaBits;
    return {(V<T>)((U<T>)p + exponent), p_error * (V<T>)((U<T>)one + exponent)};
}

// exp(x - m) for one m per lane and many x. x - m is rounded, and for a small probability that rounding
// (half an ulp of x - m) outweighs all else, so x - m is never formed. Instead x and m are each reduced
// by a multiple of ln 2, which is exact, and only the small remainders are subtracted:
//     x = n ln2 + r_x,   m = n_m ln2 + r_m,   exp(x - m) = 2^(n - n_m) exp(r_x - r_m),
// n being chosen such that |r_x - r_m| <= ln2 / 2. At x = m the result is kOne exactly.
// Beyond |m| = kFar, x and m are first both taken relative to c = m: that difference is exact wherever
// exp(x - m) does not vanish (Sterbenz), and n stays so small that n kLn2High is exact.
template <class T>
class Anchor {
public:
    using C = Constants<T>;

    Anchor() = default;
    SOFTARGMAX_INLINE explicit Anchor(V<T> m) : max_(m) {
        const I<T> near = (m < C::kFar) & (m > -C::kFar);
        origin_ = near ? V<T>{} : m;
        const V<T> y = m - origin_;
        lowest_ = y - C::kCutoff;
        const V<T> n = (y * C::kLog2E + C::kRound) - C::kRound;
        coarse_rest_ = fma(n, splat(-C::kLn2High), y);
        const V<T> rest = coarse_rest_ - n * C::kLn2Low;
        // The leading bits of the rest, few enough to be subtracted without rounding.
        rest_high_ = (rest + C::kRound * C::kGrid) - C::kRound * C::kGrid;
        rest_low_ = (coarse_rest_ - rest_high_) - n * C::kLn2Low;
        base_ = (C::kRound + C::kBias) - n;
    }

    // kOne exp(x - m) for several vectors, step by step so that none waits for another; 0 after division where
    // that is below the least subnormal. NaN stays NaN.
    template <bool near, size_t count>
    SOFTARGMAX_INLINE void exp(V<T> (&x)[count]) const {
        V<T> power[count], rest[count];
        for (V<T> &v : x) v = max(lowest_, near ? v : v - origin_);
        for (size_t i = 0; i < count; ++i) power[i] = fma(x[i] - coarse_rest_, splat(C::kLog2E), base_);
        for (size_t i = 0; i < count; ++i) {
            const V<T> n = power[i] - base_;
            x[i] -= fma(n, splat(C::kLn2High), rest_high_);  // the subtrahend is exact
            rest[i] = fma(n, splat(-C::kLn2Low), -rest_low_);
            if (!kKeepsParts<T>) x[i] += rest[i];
        }
        exp_of_reduced<T>(power, x, rest);
    }

    SOFTARGMAX_INLINE V<T> exp_of(V<T> x) const {
        V<T> xs[1] = {x};
        exp<false>(xs);
        return xs[0];
    }
    // Are all rows near 0, so that exp<true>, which is shorter and gives the same, may be used?
    SOFTARGMAX_INLINE bool is_near() const { return !any(I<T>(origin_ != T(0))); }

    // The same as a rounded value and the rest.
    SOFTARGMAX_INLINE Split<T> split_exp(V<T> x) const {
        const V<T> y = max(lowest_, x - origin_);
        const V<T> power = fma(y - coarse_rest_, splat(C::kLog2E), base_);
        const V<T> n = power - base_;
        const V<T> high = y - fma(n, splat(C::kLn2High), rest_high_);
        const V<T> low = fma(n, splat(-C::kLn2Low), -rest_low_);
        const V<T> r = high + low;
        return split_exp_of_reduced<T>(power, r, low - (r - high));
    }

    // What log_probability subtracts from x: m + log_sum, exactly.
    SOFTARGMAX_INLINE Split<T> normalizer(Split<T> log_sum) const {
        const Split<T> sum = two_sum<T>(max_, log_sum.value);
        return {sum.value, sum.error + log_sum.error};
    }
    // x - normalizer. Where that is small, the first difference is exact.
    SOFTARGMAX_INLINE V<T> log_probability(V<T> x, Split<T> normalizer) const {
        return (x - normalizer.value) - normalizer.error;
    }
    SOFTARGMAX_INLINE V<T> gap(V<T> x) const { return x - max_; }
    SOFTARGMAX_INLINE V<T> max_value() const { return max_; }

private:
    V<T> max_, origin_, lowest_, coarse_rest_, rest_high_, rest_low_, base_;
};

// The same for exp((x - m) / t). Here x - m is formed, with its rounding error, before it is divided, so that
// nothing is lost however far the logits are from 0 and whatever t does to them.
template <class T>
class TemperedAnchor {
public:
    using C = Constants<T>;

    TemperedAnchor() = default;
    SOFTARGMAX_INLINE TemperedAnchor(V<T> m, Split<T> temperature)
        : max_(m), temperature_(temperature.value), temperature_rest_(temperature.error) {}

    SOFTARGMAX_INLINE Split<T> split_gap(V<T> x) const {
        const Split<T> d = two_sum<T>(x, -max_);
        // Two finite numbers can be further apart than the largest one; divided first, they may come back.
        const I<T> finite = magnitude<T>(d.value) < kInfinity<T>;
        const V<T> quotient = finite ? d.value / temperature_ : x / temperature_ - max_ / temperature_;
        const V<T> remainder = leftover<T>(-quotient, temperature_, d.value) - quotient * temperature_rest_;
        const V<T> error = (remainder + d.error) / temperature_;
        return {quotient, keep<T>(finite & (magnitude<T>(error) < kInfinity<T>), error)};
    }

    template <bool, size_t count>
    SOFTARGMAX_INLINE void exp(V<T> (&x)[count]) const {
        for (V<T> &v : x) v = exp_of(v);
    }
    SOFTARGMAX_INLINE bool is_near() const { return true; }

    SOFTARGMAX_INLINE V<T> exp_of(V<T> x) const {
        const Split<T> g = split_gap(x);
        const V<T> base = splat(C::kRound + C::kBias);
        const V<T> y = max(splat(-C::kCutoff), g.value);
        const V<T> power = fma(y, splat(C::kLog2E), base);
        const V<T> n = power - base;
        const V<T> error = keep<T>(g.value > -C::kCutoff, g.error);  // of no meaning for what vanishes
        const V<T> powers[1] = {power}, rest[1] = {fma(n, splat(-C::kLn2Low), error)};
        V<T> result[1] = {fma(n, splat(-C::kLn2High), y)};
        if (!kKeepsParts<T>) result[0] += rest[0];
        exp_of_reduced<T>(powers, result, rest);
        return result[0];
    }

    SOFTARGMAX_INLINE Split<T> normalizer(Split<T> log_sum) const { return log_sum; }
    SOFTARGMAX_INLINE V<T> log_probability(V<T> x, Split<T> log_sum) const {
        const Split<T> g = split_gap(x);
        return (g.value - log_sum.value) + (g.error - log_sum.error);
    }

private:
    V<T> max_, temperature_, temperature_rest_;
};

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

// A sum over rows, lane by lane, whose error does not grow with the number of terms: doubles for float
// terms, a rounded sum and its lost digits for double terms.
template <class T>
struct Sum;

template <>
struct Sum<float> {
    V<double> low_half;
    V<double> high_half;

    SOFTARGMAX_INLINE static Sum zero() { return {V<double>{}, V<double>{}}; }

    SOFTARGMAX_INLINE void add(V<float> term) {
        low_half += low(term);
        high_half += high(term);
    }
    SOFTARGMAX_INLINE void begin_small() {}
    SOFTARGMAX_INLINE void add_small(V<float> term) { add(term); }
    SOFTARGMAX_INLINE void end_small() {}
    SOFTARGMAX_INLINE void add_small_at(const float *terms) { add_at(terms); }
    SOFTARGMAX_INLINE void add_at(const float *terms) {
        low_half += widened_at(terms);
        high_half += widened_at(terms + W<double>);
    }
    SOFTARGMAX_INLINE void add_product(V<float> a, V<float> b) {  // exact: 24 + 24 bits fit into 53
        low_half += low(a) * low(b);
        high_half += high(a) * high(b);
    }
    SOFTARGMAX_INLINE void scale_by(float factor) {
        low_half *= double(factor);
        high_half *= double(factor);
    }
    SOFTARGMAX_INLINE void add_across() {  // every lane becomes the sum of all lanes
        const V<double> both = low_half + high_half;
        double total = both[0];
        for (size_t i = 1; i < W<double>; ++i) total += both[i];
        low_half = high_half = splat(total);
    }
    SOFTARGMAX_INLINE V<float> value() const { return join(low_half, high_half); }
    SOFTARGMAX_INLINE Split<float> split() const {
        const V<float> rounded = value();
        return {rounded, join(low_half - low(rounded), high_half - high(rounded))};
    }
    // numerator / sum, as a rounded value and the rest.
    SOFTARGMAX_INLINE Split<float> divide(V<float> numerator) const {
        const V<double> first = low(numerator) / low_half, second = high(numerator) / high_half;
        const V<float> value = join(first, second);
        return {value, join(first - low(value), second - high(value))};
    }
};

template <>
struct Sum<double> {
    V<double> rounded;
    V<double> lost;

    SOFTARGMAX_INLINE static Sum zero() { return {V<double>{}, V<double>{}}; }

    SOFTARGMAX_INLINE void add(V<double> term) {
        const Split<double> next = two_sum<double>(rounded, term);
        rounded = next.value;
        lost += next.error;
    }
    // For terms in [0, kOne] alone: with 2 kOne there from the beginning the sum is always the larger one, and
    // the rounding error costs two operations less (Fast2Sum).
    SOFTARGMAX_INLINE void begin_small() { rounded = splat(2.0 * kOne<double>); }
    SOFTARGMAX_INLINE void add_small(V<double> term) {
        const V<double> next = rounded + term;
        lost += term - (next - rounded);
        rounded = next;
    }
    SOFTARGMAX_INLINE void end_small() { rounded -= 2.0 * kOne<double>; }
    SOFTARGMAX_INLINE void add_at(const double *terms) { add(load(terms)); }
    SOFTARGMAX_INLINE void add_small_at(const double *terms) { add_small(load(terms)); }
    SOFTARGMAX_INLINE void add_product(V<double> a, V<double> b) {
        const Split<double> product = two_product<double>(a, b);
        lost += product.error;
        add(product.value);
    }
    SOFTARGMAX_INLINE void scale_by(double factor) {
        rounded *= factor;
        lost *= factor;
    }
    SOFTARGMAX_INLINE void add_across() {
        double total = rounded[0], rest = lost[0];
        for (size_t i = 1; i < W<double>; ++i) {
            const double next = total + rounded[i], part = next - total;
            rest += ((total - (next - part)) + (rounded[i] - part)) + lost[i];
            total = next;
        }
        rounded = splat(total);
        lost = splat(rest);
    }
    SOFTARGMAX_INLINE V<double> value() const { return rounded + lost; }
    SOFTARGMAX_INLINE Split<double> split() const {
        const V<double> sum = value();
        return {sum, lost - (sum - rounded)};
    }
    SOFTARGMAX_INLINE Split<double> divide(V<double> numerator) const {
        const V<double> quotient = numerator / rounded;
        const V<double> remainder = leftover<double>(-quotient, rounded, numerator) - quotient * lost;
        return {quotient, remainder / rounded};
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
