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

template <class T, template <class, bool> class How>
struct SoftmaxOf : PerClass<T> {
    using PerClass<T>::call;

    struct Finish {
        Split<T> factor;
        SOFTARGMAX_INLINE V<T> operator()(V<T> term) const { return times(term, factor); }
    };

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        const Anchors<T, across, How> anchors(group, call);
        Sum<T> sums[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            sums[u] = sum_of_terms<T, across, Maximal::summed, Terms::kept>(anchors.of[u], group.x[u], group.out[u],
                                                                            group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u) finish[u].factor = sums[u].divide(splat(T(1)));
    }
};

template <class T, template <class, bool> class How>
struct LogFinish {
    typename How<T, true>::Exponential anchor;
    Split<T> normalizer;
    SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return anchor.log_probability(x, normalizer); }
};

template <class T, template <class, bool> class How>
struct LogSoftmaxOf : PerClass<T> {
    static constexpr bool kFinishesX = true;
    static constexpr T kNothing = -kInfinity<T>;
    using PerClass<T>::call;

    using Finish = LogFinish<T, How>;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        const Anchors<T, across, How> anchors(group, call);
        Sum<T> tails[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            tails[u] = sum_of_terms<T, across, Maximal::left_out, Terms::dropped>(anchors.of[u], group.x[u], nullptr,
                                                                                  group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u)
            finish[u] = {anchors.of[u], anchors.of[u].normalizer(log1p<T>(tails[u].split()))};
    }
};

template <class T>
using Softmax = SoftmaxOf<T, Plain>;
template <class T>
using TemperedSoftmax = SoftmaxOf<T, Tempered>;
template <class T>
using LogSoftmax = LogSoftmaxOf<T, Plain>;
template <class T>
using TemperedLogSoftmax = LogSoftmaxOf<T, Tempered>;

// A row with NaN gives NaN; otherwise one whose maximum is +inf, or which has nothing but -inf, gives that.
template <class T, bool across>
__attribute__((noinline)) V<T> without_finite_max(const T *x, size_t n, V<T> m, V<T> result) {
    I<T> nan{};
    for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
        const V<T> v = get(x + j, count, T(0));
        nan |= v != v;
    });
    if (across && any(nan)) nan = ~I<T>{};
    return (magnitude<T>(m) == kInfinity<T>)&~nan ? m : result;
}

template <class T>
struct LogSumExp : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T, across> anchors(group, call);
        Sum<T> tails[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            tails[u] = sum_of_terms<T, across, Maximal::left_out, Terms::dropped>(anchors.of[u], group.x[u], nullptr,
                                                                                  group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u) {
            const Anchor<T> &anchor = anchors.of[u];
            const V<T> m = anchor.max_value();
            const Split<T> log_sum = log1p<T>(tails[u].split()), sum = anchor.normalizer(log_sum);
            V<T> result = sum.value + sum.error;
            // Where m < 0 and log(1 + tail) cancel, an error of one ulp in a term is several in the result.
            const I<T> cancels = exponent(max(magnitude<T>(m), magnitude<T>(result))) < exponent(log_sum.value);
            if (any(cancels)) result = cancels ? precisely<across>(anchor, group.x[u], group.n) : result;
            if (any(I<T>(result != result))) result = without_finite_max<T, across>(group.x[u], group.n, m, result);
            write_per_row<T>(call[kPerRow], group.range[u], result);
        }
    }

private:
    SOFTARGMAX_INLINE static I<T> exponent(V<T> v) { return (I<T>)v & (I<T>)splat(kInfinity<T>); }

    // The same from exponentials that are not rounded to one number.
    template <bool across>
    __attribute__((noinline)) static V<T> precisely(const Anchor<T> &anchor, const T *x, size_t n) {
        Sum<T> sum = Sum<T>::zero();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const Split<T> term = anchor.split_exp(get(x + j, count, -kInfinity<T>));
            sum.add(term.value);
            sum.add(term.error);
        });
        if (across) sum.add_across();
        sum.scale_by(T(1) / kOne<T>);
        sum.add(splat(T(-1)));
        const Split<T> result = anchor.normalizer(log1p<T>(sum.split()));
        return result.value + result.error;
    }
};

// H = -sum p log p = log(1 + tail) + sum exp(gap) (-gap) / (1 + tail): two terms >= 0, nothing cancels.
template <class T>
struct Entropy : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T, across> anchors(group, call);
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
            spread.scale_by(T(1) / kOne<T>);
            const V<T> entropy = log1p<T>(tail.split()).value + spread.value() / (tail.value() + T(1));
            write_per_row<T>(call[kPerRow], group.range[u], entropy);
        }
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
