// softmax, log_softmax, logsumexp and entropy, on rows that lie across lanes or along vectors.
//
// Conventions: x is the row, m its maximum over what counts, and
//     gap_j = (x_j - m) / temperature <= 0,    tail = sum over j != j* of exp(gap_j),    j* one maximal index.
// The terms exp(gap_j) sum to 1 + tail. Leaving the maximal term out keeps the digits of the tail: log(1 + tail)
// becomes log1p(tail), and the complement of the largest probability is tail / (1 + tail) instead of 1 - p.
#pragma once

#include "operation.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// A quotient by the sum.
template <class T>
struct Factor {
    Split<T> factor;
    SOFTARGMAX_INLINE V<T> operator()(V<T> term) const { return times(term, factor); }
    SOFTARGMAX_INLINE Factor row(size_t lane) const {
        return {{spread<T>(factor.value, lane), spread<T>(factor.error, lane)}};
    }
    SOFTARGMAX_INLINE Factor quick_row(size_t lane) const { return row(lane); }
    SOFTARGMAX_INLINE unsigned quick_rows() const { return ~0u; }
    SOFTARGMAX_INLINE V<T> along(V<T> term) const { return (*this)(term); }
};

// The same where the maximal term is not exactly kUnit, but rounded like all others: divided by the sum, which is not,
// it might come out as 1 less half an ulp, or more than 1, where it should be 1. So it is replaced by the quotient of
// the unrounded term, which never is. Where the probability is well below 1 that is not needed.
template <class T>
struct FactorBelowTop {
    Factor<T> factor;
    V<T> top, probability;

    SOFTARGMAX_INLINE V<T> operator()(V<T> term) const { return term == top ? probability : factor(term); }
    SOFTARGMAX_INLINE FactorBelowTop row(size_t lane) const {
        return {factor.row(lane), spread<T>(top, lane), spread<T>(probability, lane)};
    }
    SOFTARGMAX_INLINE Factor<T> quick_row(size_t lane) const { return factor.row(lane); }
    SOFTARGMAX_INLINE unsigned quick_rows() const { return bits(I<T>(probability < kClear)); }
    // What becomes of a term of a row that lies along vectors, where the choice between the two is the row's.
    SOFTARGMAX_INLINE V<T> along(V<T> term) const {
        return ((term == top) & (probability >= kClear)) ? probability : factor(term);
    }

private:
    static constexpr T kClear = T(1.0 - 0x1p-20);
};

template <class T>
struct Softmax : OneSum<T, PerClass<T>, Maximal::summed, Terms::kept> {
    static constexpr bool kInPieces = kGoesInPieces;
    using Finish = std::conditional_t<kHasTable<T>, FactorBelowTop<T>, Factor<T>>;

    template <class Exponential>
    SOFTARGMAX_INLINE Finish settle(const Unit<T> &, const Exponential &exponential, const Sum<T> &sum,
                                    Nothing &) const {
        const Factor<T> factor{sum.divide(splat(T(1)))};
        if constexpr (kHasTable<T>) {
            const Term<T> top = exponential.top();
            // (power + linear curve) (factor + its rest), in which only the first product is not small.
            const V<T> f = factor.factor.value, product = top.power * f, lost = fma(top.power, f, -product);
            const V<T> rest = fma(top.linear * top.curve, f, fma(top.power, factor.factor.error, lost));
            return {factor, top.rounded(), product + rest};
        } else {
            return factor;
        }
    }
};

template <class T>
struct LogSoftmax : OneSum<T, PerClass<T>, Maximal::left_out, Terms::dropped> {
    static constexpr bool kFinishesX = true;
    static constexpr bool kInPieces = kGoesInPieces;
    static constexpr T kNothing = -kInfinity<T>;

    struct Finish {
        Split<T> normalizer;
        SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return log_probability<T>(x, normalizer); }
        SOFTARGMAX_INLINE Finish row(size_t lane) const {
            return {{spread<T>(normalizer.value, lane), spread<T>(normalizer.error, lane)}};
        }
        SOFTARGMAX_INLINE Finish quick_row(size_t lane) const { return row(lane); }
        SOFTARGMAX_INLINE unsigned quick_rows() const { return ~0u; }
    };

    template <class Exponential>
    SOFTARGMAX_INLINE Finish settle(const Unit<T> &unit, const Exponential &, const Sum<T> &tail, Nothing &) const {
        return {normalizer_of<T>(unit.max, log1p<T>(tail.split()))};
    }
};

// The same of x / temperature.
template <class T>
struct TemperedSoftmax : OneSum<T, PerClass<T>, Maximal::summed, Terms::kept> {
    static constexpr bool kInPieces = kGoesInPieces;
    using Exponential = TemperedAnchor<T>;
    using Finish = Factor<T>;
    using PerClass<T>::call;

    SOFTARGMAX_INLINE Finish settle(const Unit<T> &, const Exponential &, const Sum<T> &sum, Nothing &) const {
        return {sum.divide(splat(T(1)))};
    }

    SOFTARGMAX_INLINE Exponential exponential(V<T> m, Range range) const { return {m, temperatures<T>(call, range)}; }
};

template <class T>
struct TemperedLogSoftmax : LogSoftmax<T> {
    using Exponential = TemperedAnchor<T>;
    using LogSoftmax<T>::call;

    struct Finish {
        TemperedAnchor<T> anchor;
        Split<T> log_sum;
        SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return anchor.log_probability(x, log_sum); }
        SOFTARGMAX_INLINE Finish row(size_t lane) const {
            return {anchor.row(lane), {spread<T>(log_sum.value, lane), spread<T>(log_sum.error, lane)}};
        }
        SOFTARGMAX_INLINE Finish quick_row(size_t lane) const { return row(lane); }
        SOFTARGMAX_INLINE unsigned quick_rows() const { return ~0u; }
    };

    SOFTARGMAX_INLINE Exponential exponential(V<T> m, Range range) const { return {m, temperatures<T>(call, range)}; }
    SOFTARGMAX_INLINE Finish settle(const Unit<T> &, const Exponential &exponential, const Sum<T> &tail,
                                    Nothing &) const {
        return {exponential, log1p<T>(tail.split())};
    }
};

// A row with NaN gives NaN; otherwise one whose maximum is +inf, or which has nothing but -inf, gives that.
template <class T, bool across>
__attribute__((noinline)) V<T> without_finite_max(const T *x, size_t n, V<T> m, V<T> result) {
    I<T> nan{};
    for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
        const V<T> v = get(x + j, count, T(0));
        nan |= v != v;
    });
    if (across && any(nan)) nan = ~I<T>{};
    return ((magnitude<T>(m) == kInfinity<T>)&~nan) ? m : result;
}

// In a unit, likewise; a row lies along vectors, or one row to a lane.
template <class T>
__attribute__((noinline)) V<T> without_finite_max(const Unit<T> &unit, size_t n, V<T> result) {
    V<T> m = unit.max;
    for (size_t i = 0; i < unit.range.count; ++i) {
        bool nan = false;
        const T *const row = unit.x_of(i);
        for (size_t j = 0; j < n; ++j) nan |= row[ptrdiff_t(j) * unit.step] != row[ptrdiff_t(j) * unit.step];
        if (!nan && (m[i] == kInfinity<T> || m[i] == -kInfinity<T>)) result[i] = m[i];
    }
    return result;
}

template <class T>
struct LogSumExp : OneSum<T, PerRow<T>, Maximal::left_out, Terms::dropped> {
    static constexpr bool kInPieces = kGoesInPieces;
    using PerRow<T>::call;
    using Finish = AsItIs<T>;

    // m + log1p(tail) is at least m there, and its last digit at least 2^-31 (2^-60 in double): 64 times the error.
    SOFTARGMAX_INLINE unsigned rows_above_their_tails(V<T> m) const { return bits(I<T>(m >= T(1.0 / 256))); }

    template <class Exponential>
    SOFTARGMAX_INLINE Finish settle(const Unit<T> &unit, const Exponential &, const Sum<T> &tail, Nothing &) const {
        const Split<T> sum = normalizer_of<T>(unit.max, log1p<T>(tail.split()));
        V<T> result = sum.value + sum.error;
        if (any(I<T>(result != result))) result = without_finite_max<T>(unit, call.classes, result);
        for (size_t i = 0; call[kX].is_relative && i < unit.range.count; ++i)
            result[i] = T(from_origin(call[kX], call[kWhere], unit.range.first + i, call.classes, result[i]));
        write_per_row<T>(call[kPerRow], unit.range, result);
        return {};
    }
};

// H = -sum p log p = log(1 + tail) + sum exp(gap) (-gap) / (1 + tail): two terms >= 0, nothing cancels.
template <class T>
struct Entropy : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T> anchors(group);
        for (size_t u = 0; u < group.size; ++u) {
            const T *x = group.x[u];
            const Anchor<T> anchor = anchors.of[u];
            const Sum<T> tail =
                sum_of_terms<T, across, Maximal::left_out, Terms::dropped>(anchor, x, nullptr, group.block[u], group.n);
            Sum<T> spread = Sum<T>::zero();
            for_vectors<T, across>(group.n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                const V<T> v = get(x + j, count, -kInfinity<T>);
                // Far below the maximum the term vanishes; -inf must not make it 0 inf.
                spread.add_product(anchor.exp_of(v), -max(splat(-Constants<T>::kCutoff), anchor.gap(v)));
            });
            if (across) spread.add_across();
            spread.divide_by(kOne<T>);
            const V<T> entropy = log1p<T>(tail.split()).value + spread.value() / (tail.value() + T(1));
            write_per_row<T>(call[kPerRow], group.range[u], entropy);
        }
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
