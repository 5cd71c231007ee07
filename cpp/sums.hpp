// Sums over rows whose error does not grow with the number of terms, and quotients by them.
#pragma once

#include "numerics.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

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
