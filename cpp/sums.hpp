// Sums over rows whose error does not grow with the number of terms, and quotients by them.
#pragma once

#include <utility>

#include "powers.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The lanes of v, `by` of them further on.
template <size_t by, class Vector, size_t... lane>
SOFTARGMAX_INLINE Vector rotated(Vector v, std::index_sequence<lane...>) {
    return __builtin_shufflevector(v, v, ((lane + by) % sizeof...(lane))...);
}

// The sum of all lanes, in every lane.
template <class Vector, size_t by = sizeof(Vector) / sizeof(Vector{}[0]) / 2>
SOFTARGMAX_INLINE Vector sum_in_all_lanes(Vector v) {
    if constexpr (by == 0) {
        return v;
    } else {
        constexpr auto all = std::make_index_sequence<sizeof(Vector) / sizeof(Vector{}[0])>{};
        return sum_in_all_lanes<Vector, by / 2>(v + rotated<by>(v, all));
    }
}

// One lane of another vector, in which all lanes are the same, for that of v.
template <class T>
SOFTARGMAX_INLINE V<T> with_lane(V<T> v, ptrdiff_t lane, V<T> other) {
    return lane_numbers<T>() == static_cast<decltype(I<T>{}[0] + 0)>(lane) ? other : v;
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
    SOFTARGMAX_INLINE void add_sum(const Sum &other) {
        low_half += other.low_half;
        high_half += other.high_half;
    }
    SOFTARGMAX_INLINE void normalise() {}
    SOFTARGMAX_INLINE void add_at(const float *terms) {
        low_half += widened_at(terms);
        high_half += widened_at(terms + W<double>);
    }
    SOFTARGMAX_INLINE void add_product(V<float> a, V<float> b) {  // exact: 24 + 24 bits fit into 53
        low_half += low(a) * low(b);
        high_half += high(a) * high(b);
    }
    SOFTARGMAX_INLINE void divide_by(float unit) {  // the quotient's own rounding does not show in float
        low_half *= 1.0 / double(unit);
        high_half *= 1.0 / double(unit);
    }
    SOFTARGMAX_INLINE void subtract(V<float> exactly) {
        low_half -= low(exactly);
        high_half -= high(exactly);
    }
    SOFTARGMAX_INLINE void add_across() {  // every lane becomes the sum of all lanes
        low_half = high_half = sum_in_all_lanes(low_half + high_half);
    }
    SOFTARGMAX_INLINE void take_lane(size_t lane, const Sum &other) {
        low_half = with_lane<double>(low_half, ptrdiff_t(lane), other.low_half);
        high_half = with_lane<double>(high_half, ptrdiff_t(lane) - ptrdiff_t(W<double>), other.high_half);
    }
    SOFTARGMAX_INLINE V<float> value() const { return join(low_half, high_half); }
    SOFTARGMAX_INLINE Split<float> split() const {
        const V<float> rounded = value();
        return {rounded, join(low_half - low(rounded), high_half - high(rounded))};
    }
    // The quotient of two sums, rounded once.
    SOFTARGMAX_INLINE V<float> over(const Sum &other) const {
        return join(low_half / other.low_half, high_half / other.high_half);
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
    SOFTARGMAX_INLINE void add_sum(const Sum &other) {
        add(other.rounded);
        lost += other.lost;
    }
    // Makes `lost` half a unit of `rounded` at most. The sums of many pieces leave more of it, because each of them may
    // be small beside what its lanes are summed to.
    SOFTARGMAX_INLINE void normalise() {
        const Split<double> both = two_sum<double>(rounded, lost);
        rounded = both.value;
        lost = both.error;
    }
    SOFTARGMAX_INLINE void add_at(const double *terms) { add(load(terms)); }
    SOFTARGMAX_INLINE void add_product(V<double> a, V<double> b) {
        const Split<double> product = two_product<double>(a, b);
        lost += product.error;
        add(product.value);
    }
    SOFTARGMAX_INLINE void divide_by(double unit) {
        const V<double> quotient = rounded / unit;
        lost = (leftover<double>(-quotient, splat(unit), rounded) + lost) / unit;
        rounded = quotient;
    }
    SOFTARGMAX_INLINE void subtract(V<double> exactly) { add(-exactly); }
    SOFTARGMAX_INLINE void add_across() { fold_lanes<W<double> / 2>(); }
    SOFTARGMAX_INLINE void take_lane(size_t lane, const Sum &other) {
        rounded = with_lane<double>(rounded, ptrdiff_t(lane), other.rounded);
        lost = with_lane<double>(lost, ptrdiff_t(lane), other.lost);
    }
    SOFTARGMAX_INLINE V<double> value() const { return rounded + lost; }
    SOFTARGMAX_INLINE Split<double> split() const {
        const V<double> sum = value();
        return {sum, lost - (sum - rounded)};
    }
    SOFTARGMAX_INLINE V<double> over(const Sum &other) const {
        const V<double> quotient = rounded / other.rounded;
        const V<double> remainder =
            leftover<double>(-quotient, other.rounded, rounded) + (lost - quotient * other.lost);
        return quotient + remainder / other.rounded;
    }
    SOFTARGMAX_INLINE Split<double> divide(V<double> numerator) const {
        const V<double> quotient = numerator / rounded;
        const V<double> remainder = leftover<double>(-quotient, rounded, numerator) - quotient * lost;
        return {quotient, remainder / rounded};
    }

private:
    template <size_t by>
    SOFTARGMAX_INLINE void fold_lanes() {
        if constexpr (by > 0) {
            constexpr auto all = std::make_index_sequence<W<double>>{};
            const Split<double> both = two_sum<double>(rounded, rotated<by>(rounded, all));
            rounded = both.value;
            lost = (lost + rotated<by>(lost, all)) + both.error;
            fold_lanes<by / 2>();
        }
    }
};

// A quotient, divided once more.
template <class T>
SOFTARGMAX_INLINE Split<T> times_inverse(Split<T> quotient, T unit) {
    const V<T> value = quotient.value / unit;
    return {value, (leftover<T>(-value, splat(unit), quotient.value) + quotient.error) / unit};
}

// The sum of terms that are not rounded: softmax divides each rounded term by their sum, and if the terms were rounded
// first, many equal ones would carry the same error into it, which then does not average out but adds to the error of
// the term itself (2.44 ulp were seen; tests/probabilities/test_adversarial_rows.py has such rows).
//
// `total` starts at 2 kOne, above any term, so that total + power is rounded with a remainder that two subtractions
// give exactly (Fast2Sum), and `rest` takes in the remainder and the term's linear part in one operation. Where the
// power comes from a table the linear part is small, and adding only the power to `total` makes the chain from one term
// to the next short; without a table it is the rounded term.
//
// `rest` is one number, so it must stay small beside `total`: after every kFold terms a lane, what fits into `total` is
// moved there. Each addition to `rest` errs by half a unit of it, and it holds at most kFold linear parts, each below
// .0435 of its term, and half a unit of `total`: at most .022 (kFold + 1) units of 2^-24 (2^-53) of the sum. With
// half as many entries, linear parts are twice as large and half as many are added. With the rounded term's 1 + .1
// units and the last rounding, half an ulp, softmax stays within 1.95 ulp; the gradient of the cross-entropy, whose
// rests are taken relative to r_m and so twice as large, within 2.2 (2.13 were seen). That is so above 2^-122 (2^-1018
// in double): below, the product of a term and the rest of the factor is subnormal and loses up to half of the smallest
// number there is, which is half an ulp of the smallest normal numbers: 2.45 ulp (2.42 were seen).
template <class T>
constexpr size_t kFold = kSteps<T> == 4 ? 4 : 8;

template <class T>
struct TermSum {
    V<T> total = splat(2 * kOne<T>);
    V<T> rest{};

    template <bool from_power>
    SOFTARGMAX_INLINE void add(const Term<T> &term) {
        const V<T> next = total + (from_power ? term.power : term.rounded());
        rest += term.beyond(next - total);
        total = next;
    }
    SOFTARGMAX_INLINE void fold() {
        const V<T> next = total + rest;
        rest -= next - total;
        total = next;
    }
    // Takes off what `total` started at, which is exact: the difference fits into as many bits.
    SOFTARGMAX_INLINE void finish() {
        fold();
        total -= 2 * kOne<T>;
    }
};

// Terms of two doubles are added as they are.
struct WideTermSum {
    V<double> low_half{};
    V<double> high_half{};

    template <bool>
    SOFTARGMAX_INLINE void add(const WideTerm &term) {
        low_half += term.low_half;
        high_half += term.high_half;
    }
    SOFTARGMAX_INLINE void fold() {}
    SOFTARGMAX_INLINE void finish() {}
};

template <class T>
using SumOfTerms = std::conditional_t<kKeepsParts<T>, WideTermSum, TermSum<T>>;

// Of sums that are finished.
SOFTARGMAX_INLINE Sum<float> as_sum(const WideTermSum &sum) { return {sum.low_half, sum.high_half}; }
SOFTARGMAX_INLINE Sum<float> as_sum(const TermSum<float> &sum) {
    return {low(sum.total) + low(sum.rest), high(sum.total) + high(sum.rest)};
}
SOFTARGMAX_INLINE Sum<double> as_sum(const TermSum<double> &sum) { return {sum.total, sum.rest}; }

// The same where all that is summed may be small beside the maximal term, which is left out: what is large of a term
// goes to a Sum, whose error is relative to itself, and its rest is summed here; kFold of them follow as one number.
template <class T>
struct SmallRest {
    V<T> rest{};

    // A table leaves 0 of the maximum itself, and of what is near it what is to be added. Elsewhere either may be some
    // rounding error, which must not count beside a small tail.
    template <bool from_power>
    SOFTARGMAX_INLINE void add(const Term<T> &term, V<T> large, I<T> is_one) {
        if (from_power)
            rest = fma(term.linear, term.curve, rest);
        else
            rest += keep<T>(~is_one, term.beyond(large));
    }
    SOFTARGMAX_INLINE T *fold(T *to) {
        store(to, rest);
        rest = V<T>{};
        return to + W<T>;
    }
    SOFTARGMAX_INLINE void move_to(Sum<T> &) const {}
};

// In double nothing needs to follow before the end.
struct WideRest {
    V<double> low_half{};
    V<double> high_half{};

    template <bool>
    SOFTARGMAX_INLINE void add(const WideTerm &term, V<float> large, I<float> is_one) {
        const WideTerm others = term.only(~is_one);
        const V<float> ones = keep<float>(~is_one, large);
        low_half += others.low_half - low(ones);
        high_half += others.high_half - high(ones);
    }
    SOFTARGMAX_INLINE float *fold(float *to) const { return to; }
    SOFTARGMAX_INLINE void move_to(Sum<float> &sum) const {
        sum.low_half += low_half;
        sum.high_half += high_half;
    }
};

template <class T>
using RestOfTerms = std::conditional_t<kKeepsParts<T>, WideRest, SmallRest<T>>;

// ---- Across lanes, for as many rows as a vector has lanes ---------------------------------------------------------

// Of the blocks of `length` lanes of a and b in turn, the even ones (or the odd ones).
template <size_t length, bool odd, class Vector, size_t... lane>
SOFTARGMAX_INLINE Vector every_other(Vector a, Vector b, std::index_sequence<lane...>) {
    constexpr size_t lanes = sizeof...(lane);
    return __builtin_shufflevector(
        a, b, ((lane / length) % 2 * lanes + lane / length / 2 * 2 * length + odd * length + lane % length)...);
}

// Lane r of the result is what `combine` makes of all lanes of v[r].
template <class Vector, size_t lanes, class Combine, size_t count = lanes>
SOFTARGMAX_INLINE Vector across_lanes(Vector (&v)[lanes], Combine combine) {
    if constexpr (count == 1) {
        return v[0];
    } else {
        constexpr size_t half = count / 2;
        constexpr auto all = std::make_index_sequence<lanes>{};
#pragma GCC unroll 8
        for (size_t i = 0; i < half; ++i)
            v[i] = combine(every_other<half, false>(v[i], v[i + half], all),
                           every_other<half, true>(v[i], v[i + half], all));
        return across_lanes<Vector, lanes, Combine, half>(v, combine);
    }
}

// Sums with their rounding errors, likewise.
template <size_t count = W<double>>
SOFTARGMAX_INLINE Sum<double> two_sums_across_lanes(V<double> (&totals)[W<double>], V<double> (&rests)[W<double>]) {
    if constexpr (count == 1) {
        return {totals[0], rests[0]};
    } else {
        constexpr size_t half = count / 2;
        constexpr auto all = std::make_index_sequence<W<double>>{};
        for (size_t i = 0; i < half; ++i) {
            const Split<double> sum = two_sum<double>(every_other<half, false>(totals[i], totals[i + half], all),
                                                      every_other<half, true>(totals[i], totals[i + half], all));
            totals[i] = sum.value;
            rests[i] = sum.error + (every_other<half, false>(rests[i], rests[i + half], all) +
                                    every_other<half, true>(rests[i], rests[i + half], all));
        }
        return two_sums_across_lanes<half>(totals, rests);
    }
}

// Where there is no row, the first stands in, so that nothing is undefined.
template <class Row, size_t lanes>
SOFTARGMAX_INLINE void fill_with_first(Row (&rows)[lanes], size_t count) {
    for (; count < lanes; ++count) rows[count] = rows[0];
}

// Finished sums of rows that lie along vectors, from memory, from where floats are converted at half the cost.
SOFTARGMAX_INLINE V<double> lanes_of(const TermSum<float> &row) {
    const float *const total = reinterpret_cast<const float *>(&row.total);
    const float *const rest = reinterpret_cast<const float *>(&row.rest);
    return (widened_at(total) + widened_at(rest)) + (widened_at(total + W<double>) + widened_at(rest + W<double>));
}
SOFTARGMAX_INLINE V<double> lanes_of(const WideTermSum &row) { return row.low_half + row.high_half; }

// The sums of up to as many rows as a vector has lanes. A few rows are summed one by one: the same additions, and so
// the same bits.
SOFTARGMAX_INLINE Sum<float> sums_of_rows(SumOfTerms<float> (&rows)[W<float>], size_t count) {
    constexpr size_t half = W<float> / 2;
    if (count > half / 2) {
        fill_with_first(rows, count);
        const auto add = [](V<double> a, V<double> b) SOFTARGMAX_FLAT { return a + b; };
        V<double> lanes[half];
        for (size_t row = 0; row < half; ++row) lanes[row] = lanes_of(rows[row]);
        const V<double> first = across_lanes(lanes, add);
        if (count <= half) return {first, splat(first[0])};
        for (size_t row = 0; row < half; ++row) lanes[row] = lanes_of(rows[row + half]);
        return {first, across_lanes(lanes, add)};
    }
    V<double> totals{};
    for (size_t row = 0; row < count; ++row) {
        double lanes[half];
        store(lanes, lanes_of(rows[row]));
        for (size_t width = half / 2; width > 0; width /= 2)
            for (size_t i = 0; i < width; ++i) lanes[i] += lanes[i + width];
        if (row == 0)
            totals = splat(lanes[0]);
        else
            totals[row] = lanes[0];
    }
    return {totals, totals};
}
SOFTARGMAX_INLINE Sum<double> sums_of_rows(SumOfTerms<double> (&rows)[W<double>], size_t count) {
    fill_with_first(rows, count);
    V<double> totals[W<double>], rests[W<double>];
    for (size_t row = 0; row < W<double>; ++row) {
        const Sum<double> one = as_sum(rows[row]);
        totals[row] = one.rounded;
        rests[row] = one.lost;
    }
    return two_sums_across_lanes(totals, rests);
}

// The largest number of every row, likewise.
template <class T>
SOFTARGMAX_INLINE V<T> maxima_of_rows(V<T> (&rows)[W<T>], size_t count) {
    if (count > W<T> / 4) {
        fill_with_first(rows, count);
        V<T> lanes[W<T>];
        for (size_t row = 0; row < W<T>; ++row) lanes[row] = rows[row];
        return across_lanes(lanes, [](V<T> a, V<T> b) SOFTARGMAX_FLAT { return max(a, b); });
    }
    V<T> maxima = splat(largest_lane<T>(rows[0]));
    for (size_t row = 1; row < count; ++row) maxima[row] = largest_lane<T>(rows[row]);
    return maxima;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
