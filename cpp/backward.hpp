// What a gradient with respect to probabilities, or to their logarithms, is with respect to the logits: the
// vector-Jacobian products of softmax and log_softmax. x is the forward result, y the upstream gradient g.
#pragma once

#include "operation.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The upstream gradient comes in like the forward result does.
template <class T>
struct WithUpstream : PerClass<T> {
    static constexpr bool kReadsY = true;
    using PerClass<T>::call;

    void load_second_tile(Range range, T *tile, T *staging) const {
        load_tile(call[kY], Operand{}, range, call.classes, tile, staging);
    }
    const T *second_row(size_t row, T *staged) const {
        if (is_plain_row<T>(call[kY])) return reinterpret_cast<const T *>(row_of<T>(call[kY], row));
        stage_row(call[kY], Operand{}, row, call.classes, staged);
        return staged;
    }
};

// The first place of the maximum m, per lane; the row's place in every lane if across.
template <class T, bool across>
SOFTARGMAX_INLINE void place_of_max(const T *x, size_t n, V<T> m, size_t (&place)[W<T>]) {
    for (size_t i = 0; i < (across ? 1 : W<T>); ++i) {
        size_t j = across ? 0 : i;
        const size_t step = across ? 1 : W<T>;
        while (j + step < n && x[j] != m[i]) j += step;
        place[i] = j;
    }
    if (across)
        for (size_t i = 1; i < W<T>; ++i) place[i] = place[0];
}

// d_j = p_j (g_j - sum_k p_k g_k). Where p_j is close to 1 the difference cancels; taken relative to the
// gradient g* of the most probable class, h = g - g*, it is p_j (h_j - sum_k p_k h_k), in which the
// largest p multiplies 0 and the rest are small terms, kept in full.
template <class T>
struct SoftmaxBackward : WithUpstream<T> {
    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u)
            unit<across>(group.max[u], group.x[u], group.y[u], group.out[u], group.n);
    }

private:
    template <bool across>
    SOFTARGMAX_INLINE static void unit(V<T> m, const T *p, const T *g, T *out, size_t n) {
        size_t place[W<T>];
        place_of_max<T, across>(p, n, m, place);
        T tops[W<T>];
        for (size_t i = 0; i < W<T>; ++i) tops[i] = n == 0 ? T(0) : g[place[i]];
        const V<T> top = load(tops);
        Sum<T> mean = Sum<T>::zero();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            mean.add_product(get(p + j, count, T(0)), get(g + j, count, tops[0]) - top);
        });
        if (across) mean.add_across();
        const V<T> average = mean.value();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            put(out + j, get(p + j, count, T(0)) * ((get(g + j, count, T(0)) - top) - average), count);
        });
    }
};

// d_j = g_j - p_j sum_k g_k with p = exp(x); at the most probable class, *, the same is
// g* sum_{k != *} p_k - p* sum_{k != *} g_k, without 1 - p*.
template <class T>
struct LogSoftmaxBackward : WithUpstream<T> {
    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u)
            unit<across>(group.max[u], group.x[u], group.y[u], group.out[u], group.n);
    }

private:
    template <bool across>
    SOFTARGMAX_INLINE static void unit(V<T> m, const T *x, const T *g, T *out, size_t n) {
        size_t place[W<T>];
        place_of_max<T, across>(x, n, m, place);
        const Anchor<T> anchor(V<T>{});
        const auto p_at = [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            return anchor.exp_of(get(x + j, count, -kInfinity<T>)) * (T(1) / kOne<T>);
        };
        T tops[W<T>], top_x[W<T>];
        for (size_t i = 0; i < W<T>; ++i) {
            tops[i] = n == 0 ? T(0) : g[place[i]];
            top_x[i] = n == 0 ? T(0) : x[place[i]];
        }
        const V<T> top = load(tops), top_p = anchor.exp_of(load(top_x)) * (T(1) / kOne<T>);
        // Sums apart over what is at the maximum, mostly one class, and over the rest, in which its digits would drown.
        Sum<T> gradients = Sum<T>::zero(), chances = Sum<T>::zero();
        V<T> maximal_gradients{}, maximal_chances{};
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const I<T> is_max = get(x + j, count, -kInfinity<T>) == m;
            const V<T> gradient = get(g + j, count, T(0)), chance = p_at(j, count);
            gradients.add(keep<T>(~is_max, gradient));
            chances.add(keep<T>(~is_max, chance));
            maximal_gradients += keep<T>(is_max, gradient);
            maximal_chances += keep<T>(is_max, chance);
        });
        if (across) {
            gradients.add_across(), chances.add_across();
            maximal_gradients = splat(sum_of_lanes<T>(maximal_gradients));
            maximal_chances = splat(sum_of_lanes<T>(maximal_chances));
        }
        Sum<T> other_gradients = gradients, other_chances = chances;
        other_gradients.add(maximal_gradients - top);
        other_chances.add(maximal_chances - top_p);
        gradients.add(maximal_gradients);
        const V<T> total = gradients.value();
        T at_top[W<T>];
        store(at_top, top * other_chances.value() - top_p * other_gradients.value());
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            put(out + j, fma(-p_at(j, count), total, get(g + j, count, T(0))), count);
        });
        for (size_t i = 0; i < (across ? 1 : W<T>) && n > 0; ++i) out[place[i]] = at_top[i];
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
