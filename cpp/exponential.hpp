// exp(x - m) and exp((x - m) / t) on vectors, for one m per lane and many x.
//
// Conventions (see also softmax.hpp): m is the row's maximum, gap = x - m <= 0. All terms carry one common
// factor kOne<T> = 2^80 (float) or 2^512 (double), so that exp(gap) never becomes subnormal on its way to a
// quotient: a subnormal probability is rounded once, in the last multiplication.
#pragma once

#include <type_traits>

#include "numerics.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The two parts of a reduced argument are added at once, but for float without fused operations, see below.
template <class T>
constexpr bool kKeepsParts = !kFused && sizeof(T) == 4;

// An exponential that is not rounded yet, so that a sum of many takes in more of each than one number holds.
template <class T>
struct Term {
    V<T> power;   // kOne<T> times a power of 2, or what stands for it in a table
    V<T> linear;  // power r, r being the rest of the argument
    V<T> curve;   // (exp(r) - 1) / r

    // Without fused operations `linear` is power (exp(r) - 1) already.
    SOFTARGMAX_INLINE V<T> rounded() const { return kFused ? fma(linear, curve, power) : power + linear; }
    // The term less a number that is close to it, or to its power.
    SOFTARGMAX_INLINE V<T> beyond(V<T> number) const {
        return kFused ? fma(linear, curve, power - number) : (power - number) + linear;
    }
    // What is added first where the rest follows in a sum of its own.
    template <bool from_power>
    SOFTARGMAX_INLINE V<T> large() const {
        return from_power ? power : rounded();
    }
    SOFTARGMAX_INLINE Term only(I<T> mask) const { return {keep<T>(mask, power), keep<T>(mask, linear), curve}; }
};

// In float, products that are rounded too would cost half an ulp: without fused operations a term is two doubles.
struct WideTerm {
    V<double> low_half;
    V<double> high_half;

    SOFTARGMAX_INLINE V<float> rounded() const { return join(low_half, high_half); }
    template <bool>
    SOFTARGMAX_INLINE V<float> large() const {
        return rounded();
    }
    SOFTARGMAX_INLINE WideTerm only(I<float> mask) const {
        const V<float> ones = keep<float>(mask, splat(1.0f));
        return {low_half * low(ones), high_half * high(ones)};
    }
};

template <class T>
using TermOf = std::conditional_t<kKeepsParts<T>, WideTerm, Term<T>>;

// Adds the second part of a reduced argument to the first. What one number does not hold of both stays in `rest` where
// exp(x) is not a fused operation on a small x: there it would be a quarter of the error of a double.
template <class T>
SOFTARGMAX_INLINE void add_rest(V<T> &x, V<T> &rest) {
    if constexpr (!kKeepsParts<T>) {
        const V<T> sum = x + rest;
        if (!kFused) rest -= sum - x;
        x = sum;
    }
}

// kOne 2^k exp(x + rest), where `power` holds kRound + k + kBias: its low bits are moved into the exponent. With fused
// operations nothing is left in `rest`.
template <class T, size_t count>
SOFTARGMAX_INLINE void terms_of_reduced(const V<T> (&power)[count], const V<T> (&x)[count],
                                        [[maybe_unused]] const V<T> (&rest)[count], TermOf<T> (&terms)[count]) {
    const V<T> one = splat(T(1));
    V<T> scale[count], p[count];
    for (size_t i = 0; i < count; ++i) scale[i] = (V<T>)((U<T>)one + ((U<T>)power[i] << Constants<T>::kMantissaBits));
    if constexpr (kKeepsParts<T>) {
        const auto exp_of = [](V<double> v) {
            V<double> r[1] = {v}, q[1];
            polynomial<double>(Constants<T>::kExp, r, q);
            return 1.0 + (v + v * v * q[0]);
        };
        for (size_t i = 0; i < count; ++i)
            terms[i] = {exp_of(low(x[i]) + low(rest[i])) * low(scale[i]),
                        exp_of(high(x[i]) + high(rest[i])) * high(scale[i])};
    } else {
        polynomial<T>(Constants<T>::kExp, x, p);
        for (size_t i = 0; i < count; ++i) {
            if (kFused)
                terms[i] = {scale[i], scale[i] * x[i], fma(p[i], x[i], one)};
            else
                terms[i] = {scale[i], scale[i] * (x[i] + ((x[i] * x[i]) * p[i] + rest[i])), V<T>{}};
        }
    }
}

// The same, each rounded to one number, in place of x.
template <class T, size_t count>
SOFTARGMAX_INLINE void exp_of_reduced(const V<T> (&power)[count], V<T> (&x)[count], const V<T> (&rest)[count]) {
    TermOf<T> terms[count];
    terms_of_reduced<T>(power, x, rest, terms);
    for (size_t i = 0; i < count; ++i) x[i] = terms[i].rounded();
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
    static constexpr T kUnit = kOne<T>;  // what exp(0) is
    static constexpr bool kTempered = false;
    static constexpr bool kFromPower = false;  // see TermSum

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
    SOFTARGMAX_INLINE void terms(V<T> (&x)[count], TermOf<T> (&terms)[count]) const {
        V<T> power[count], rest[count];
        for (V<T> &v : x) v = max(lowest_, near ? v : v - origin_);
        for (size_t i = 0; i < count; ++i) power[i] = fma(x[i] - coarse_rest_, splat(C::kLog2E), base_);
        for (size_t i = 0; i < count; ++i) {
            const V<T> n = power[i] - base_;
            x[i] -= fma(n, splat(C::kLn2High), rest_high_);  // the subtrahend is exact
            rest[i] = fma(n, splat(-C::kLn2Low), -rest_low_);
            add_rest<T>(x[i], rest[i]);
        }
        terms_of_reduced<T>(power, x, rest, terms);
    }

    SOFTARGMAX_INLINE V<T> exp_of(V<T> x) const {
        V<T> xs[1] = {x};
        TermOf<T> result[1];
        terms<false>(xs, result);
        return result[0].rounded();
    }
    // Are all rows near 0, so that terms<true>, which is shorter and gives the same, may be used?
    SOFTARGMAX_INLINE I<T> near() const { return origin_ == T(0); }
    SOFTARGMAX_INLINE bool is_near() const { return !any(~near()); }
    // The same for the row of one lane, in all lanes.
    SOFTARGMAX_INLINE Anchor row(size_t lane) const {
        Anchor one;
        one.max_ = splat(max_[lane]), one.origin_ = splat(origin_[lane]), one.lowest_ = splat(lowest_[lane]);
        one.coarse_rest_ = splat(coarse_rest_[lane]), one.base_ = splat(base_[lane]);
        one.rest_high_ = splat(rest_high_[lane]), one.rest_low_ = splat(rest_low_[lane]);
        return one;
    }

    SOFTARGMAX_INLINE V<T> gap(V<T> x) const { return x - max_; }

private:
    V<T> max_, origin_, lowest_, coarse_rest_, rest_high_, rest_low_, base_;
};

// The same for exp((x - m) / t). Here x - m is formed, with its rounding error, before it is divided, so that
// nothing is lost however far the logits are from 0 and whatever t does to them.
template <class T>
class TemperedAnchor {
public:
    using C = Constants<T>;
    static constexpr T kUnit = kOne<T>;
    static constexpr bool kTempered = true;
    static constexpr bool kFromPower = false;

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
    SOFTARGMAX_INLINE void terms(V<T> (&x)[count], TermOf<T> (&result)[count]) const {
        for (size_t i = 0; i < count; ++i) result[i] = term_of(x[i]);
    }
    SOFTARGMAX_INLINE I<T> near() const { return ~I<T>{}; }
    SOFTARGMAX_INLINE bool is_near() const { return true; }
    SOFTARGMAX_INLINE TemperedAnchor row(size_t lane) const {
        return {splat(max_[lane]), {splat(temperature_[lane]), splat(temperature_rest_[lane])}};
    }

    SOFTARGMAX_INLINE TermOf<T> term_of(V<T> x) const {
        const Split<T> g = split_gap(x);
        const V<T> base = splat(C::kRound + C::kBias);
        const V<T> y = max(splat(-C::kCutoff), g.value);
        const V<T> power[1] = {fma(y, splat(C::kLog2E), base)};
        const V<T> n = power[0] - base;
        const V<T> error = keep<T>(g.value > -C::kCutoff, g.error);  // of no meaning for what vanishes
        V<T> rest[1] = {fma(n, splat(-C::kLn2Low), error)};
        V<T> reduced[1] = {fma(n, splat(-C::kLn2High), y)};
        add_rest<T>(reduced[0], rest[0]);
        TermOf<T> terms[1];
        terms_of_reduced<T>(power, reduced, rest, terms);
        return terms[0];
    }

    SOFTARGMAX_INLINE V<T> log_probability(V<T> x, Split<T> log_sum) const {
        const Split<T> g = split_gap(x);
        return (g.value - log_sum.value) + (g.error - log_sum.error);
    }

private:
    V<T> max_, temperature_, temperature_rest_;
};

// m + log_sum, exactly: what log_probability subtracts from x.
template <class T>
SOFTARGMAX_INLINE Split<T> normalizer_of(V<T> m, Split<T> log_sum) {
    const Split<T> sum = two_sum<T>(m, log_sum.value);
    return {sum.value, sum.error + log_sum.error};
}
// x - normalizer. Where that is small, the first difference is exact.
template <class T>
SOFTARGMAX_INLINE V<T> log_probability(V<T> x, Split<T> normalizer) {
    return (x - normalizer.value) - normalizer.error;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
