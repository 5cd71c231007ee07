// Rows that come in parts: what one part contributes, and what its entries are once the whole is known.
//
// Conventions: see softmax.hpp.
#pragma once

#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The maximum and the tail of every row: what one part of a row that is spread over several arrays
// contributes. Where there is no finite maximum: what logsumexp gives, and a tail of 0.
template <class T>
struct Summary : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T> anchors(group);
        for (size_t u = 0; u < group.size; ++u) {
            V<T> m = group.max[u];
            const V<T> tail = sum_of_terms<T, across, Maximal::left_out, Terms::dropped>(
                                  anchors.of[u], group.x[u], nullptr, group.block[u], group.n)
                                  .value();
            const I<T> defined = tail == tail;
            if (any(I<T>(~defined))) m = without_finite_max<T, across>(group.x[u], group.n, m, defined ? m : tail);
            write_per_row<T>(call[kPerRow], group.range[u], m);
            write_per_row<T>(call[kPerRowToo], group.range[u], keep<T>(defined, tail));
        }
    }
};

// logsumexp from the maximum, which is all there is of x, and the tail (kPerRowToo).
template <class T>
struct LogSumExpGiven : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) {
            const V<T> m = load(group.x[u]), tail = read_per_row<T, across>(call[kPerRowToo], group.range[u]);
            const Split<T> sum = normalizer_of<T>(m, log1p<T>({tail, V<T>{}}));
            write_per_row<T>(call[kPerRow], group.range[u], magnitude<T>(m) < kInfinity<T> ? sum.value + sum.error : m);
        }
    }
};

// softmax and log_softmax of a part of a row whose maximum (kPerRow) and tail (kPerRowToo) are known.
template <class T>
struct SoftmaxGiven : PerClass<T> {
    static constexpr bool kFinishesX = true;
    using PerClass<T>::call;

    struct Finish {
        Anchor<T> anchor;
        Split<T> factor;
        SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return times(anchor.exp_of(x), factor); }
    };

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        for (size_t u = 0; u < group.size; ++u) {
            Sum<T> sum = Sum<T>::zero();
            sum.add(read_per_row<T, across>(call[kPerRowToo], group.range[u]));
            sum.add(splat(T(1)));
            finish[u] = {Anchor<T>(read_per_row<T, across>(call[kPerRow], group.range[u])),
                         sum.divide(splat(T(1) / kOne<T>))};
        }
    }
};

template <class T>
struct LogSoftmaxGiven : PerClass<T> {
    static constexpr bool kFinishesX = true;
    static constexpr T kNothing = -kInfinity<T>;
    using PerClass<T>::call;

    using Finish = typename LogSoftmax<T>::Finish;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        for (size_t u = 0; u < group.size; ++u) {
            const V<T> m = read_per_row<T, across>(call[kPerRow], group.range[u]);
            const V<T> tail = read_per_row<T, across>(call[kPerRowToo], group.range[u]);
            finish[u] = {normalizer_of<T>(m, log1p<T>({tail, V<T>{}}))};
        }
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
