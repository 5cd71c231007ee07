// exp(x - m) and exp((x - m) / t) on vectors, for one m per lane and many x.
//
// Conventions (see also softmax.hpp): m is the row's maximum, gap = x - m <= 0. All terms carry one common
// factor kOne<T> = 2^64 (float) or 2^512 (double), so that exp(gap) never becomes subnormal on its way to a
// quotient: a subnormal probability is rounded once, in the last multiplication.
#pragma once

#include "numerics.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

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

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
