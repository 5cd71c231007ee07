// Cross-entropy of rows of logits against codes or probabilities, and its gradient, in one pass.
//
// Conventions (see softmax.hpp): with target weights q_j >= 0, Q = sum_j q_j and p = softmax(x),
//     loss       = sum_j q_j (log(1 + tail) - gap_j)            both terms are >= 0: nothing cancels
//     gradient_j = Q p_j - q_j
//                = p_j (Q - q_j) - q_j (1 - p_j)                exact to rounding where p_j is close to 1,
// as 1 - p_j is tail / (1 + tail) at the maximum and p_j <= 1/2 everywhere else.
#pragma once

#include "operation.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The true class of a row; negative if the row does not count.
SOFTARGMAX_INLINE int64_t code_of(const Call &call, size_t row) {
    int64_t code;
    __builtin_memcpy(&code, row_of<char>(call[kCodes], row), sizeof code);
    return code;
}

// The gradient of row i of a unit, if it does not count.
template <class T, bool across>
void clear_row(T *out, size_t n, size_t i) {
    for (size_t j = across ? 0 : i; j < n; j += across ? 1 : W<T>) out[j] = T(0);
}

// A code per row and no smoothing: only one logit of a row matters to its loss, and the gradient is p, scaled,
// but for one entry. A negative code marks a row that does not count.
template <class T>
struct CodeCrossEntropy : PerClass<T> {
    using PerClass<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        if (call[kOut])
            compute<across, true>(group);
        else
            compute<across, false>(group);
    }

private:
    // What the codes say about the rows of a unit.
    struct Truth {
        size_t place[W<T>];  // where the true class lies in the unit
        T logits[W<T>];
        T weights[W<T>];
        bool ignored[W<T>];
        bool any_ignored;
    };

    template <bool across>
    SOFTARGMAX_INLINE void look_up(const T *x, Range range, Truth &truth) const {
        truth.any_ignored = false;
        for (size_t i = 0; i < W<T>; ++i) {
            const size_t row = range.first + (!across && i < range.count ? i : 0);
            int64_t code = code_of(call, row);
            truth.ignored[i] = code < 0;
            truth.any_ignored |= code < 0;
            if (code < 0) code = 0;
            truth.place[i] = across ? size_t(code) : size_t(code) * W<T> + i;
            truth.logits[i] = x[truth.place[i]];
            truth.weights[i] = call.class_weight == nullptr ? T(1) : T(call.class_weight[code]);
        }
    }

    template <bool across, bool gradient>
    SOFTARGMAX_INLINE void compute(const Group<T> &group) const {
        constexpr size_t rows = across ? 1 : W<T>;
        const Anchors<T, across> anchors(group, call);
        Truth truths[kMostUnits];
        Sum<T> sums[kMostUnits];
        Split<T> factors[kMostUnits];
        V<T> losses[kMostUnits], at_truth[kMostUnits];
        for (size_t u = 0; u < group.size; ++u) look_up<across>(group.x[u], group.range[u], truths[u]);
        for (size_t u = 0; u < group.size; ++u)
            sums[u] = sum_of_terms<T, across, Maximal::left_out, gradient ? Terms::kept : Terms::dropped>(
                anchors.of[u], group.x[u], group.out[u], group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u) {
            const V<T> logit = load(truths[u].logits), weight = load(truths[u].weights), tail = sums[u].value();
            const Split<T> normalizer = anchors.of[u].normalizer(log1p<T>(sums[u].split()));
            // A weight of 0 makes even an infinite loss 0; NaN stays.
            losses[u] = weight == T(0) ? tail * T(0) : -weight * anchors.of[u].log_probability(logit, normalizer);
            if (!gradient) continue;
            T terms[W<T>];
            for (size_t i = 0; i < W<T>; ++i) terms[i] = group.out[u][truths[u].place[i]];
            // The probability of all classes but the true one, from sums of positive terms.
            const V<T> rest = tail + (T(1) - load(terms) * (T(1) / kOne<T>));
            const V<T> mistaken = logit == anchors.of[u].max_value() ? tail : rest;
            const V<T> scale = weight * T(call.scalar);
            at_truth[u] = -scale * (mistaken / (T(1) + tail));
            sums[u].add(splat(T(1)));
            factors[u] = sums[u].divide(scale * (T(1) / kOne<T>));
        }
        for (size_t u = 0; u < group.size; ++u) {
            T *out = group.out[u];
            const Truth &truth = truths[u];
            if (gradient) {
                const Split<T> factor = factors[u];
                for_vectors<T, across>(group.n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                    put(out + j, times(get(out + j, count, T(0)), factor), count);
                });
                T own[W<T>];
                store(own, at_truth[u]);
                for (size_t i = 0; i < rows; ++i) out[truth.place[i]] = own[i];
            }
            if (truth.any_ignored) {
                for (size_t i = 0; i < group.range[u].count; ++i) {
                    if (!truth.ignored[i]) continue;
                    losses[u][i] = T(0);
                    if (gradient) clear_row<T, across>(out, group.n, i);
                }
            }
            write_per_row<T>(call[kPerRow], group.range[u], losses[u]);
        }
    }
};

// A weight per class: probabilities, smoothed codes, class weights.
template <class T>
struct SoftCrossEntropy : PerClass<T> {
    static constexpr bool kReadsY = true;
    using PerClass<T>::call;

    void load_second_tile(Range range, T *tile, T *staging) const {
        for (size_t i = 0; i < range.count; ++i) targets(range.first + i, staging + i * call.classes);
        for (size_t i = range.count * call.classes; i < W<T> * call.classes; ++i) staging[i] = T(0);
        rows_to_tile(staging, ptrdiff_t(call.classes), call.classes, tile);
    }
    const T *second_row(size_t row, T *staged) const {
        targets(row, staged);
        return staged;
    }

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) unit<across>(group, u);
    }

private:
    template <bool across>
    SOFTARGMAX_INLINE void unit(const Group<T> &group, size_t u) const {
        const size_t n = group.n;
        const V<T> m = group.max[u];
        const T *x = group.x[u], *q = group.y[u];
        T *out = group.out[u];
        const Range range = group.range[u];
        const Anchor<T> anchor(m);
        Sum<T> sum = sum_of_terms<T, across, Maximal::left_out, Terms::dropped>(anchor, x, nullptr, group.block[u], n);
        const V<T> tail = sum.value();
        const Split<T> normalizer = anchor.normalizer(log1p<T>(sum.split()));
        Sum<T> loss = Sum<T>::zero(), weight = Sum<T>::zero();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const V<T> share = get(q + j, count, T(0));
            const V<T> cost = -anchor.log_probability(get(x + j, count, T(0)), normalizer);
            loss.add_product(share, share == T(0) ? tail * T(0) : cost);
            weight.add(share);
        });
        if (across) loss.add_across(), weight.add_across();
        V<T> result = loss.value();
        // The compensation of an infinite loss is NaN; the loss is not.
        if (any(I<T>(result != result))) result = (tail == tail) & (result != result) ? splat(kInfinity<T>) : result;
        if (call[kOut]) {
            sum.add(splat(T(1)));
            const Split<T> factor = sum.divide(splat(T(1) / kOne<T>));
            const V<T> total = weight.value(), not_top = tail / (T(1) + tail), scale = splat(T(call.scalar));
            for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                const V<T> v = get(x + j, count, -kInfinity<T>), share = get(q + j, count, T(0));
                const V<T> p = times(anchor.exp_of(v), factor);
                const V<T> others = v == m ? not_top : T(1) - p;
                put(out + j, scale * (p * (total - share) - share * others), count);
            });
        }
        if (call[kCodes]) {
            for (size_t i = 0; i < range.count; ++i) {
                if (code_of(call, range.first + i) >= 0) continue;
                result[i] = T(0);
                if (call[kOut]) clear_row<T, across>(out, n, i);
            }
        }
        write_per_row<T>(call[kPerRow], range, result);
    }

    // ((1 - smoothing) target + smoothing / classes) class_weight
    void targets(size_t row, T *to) const {
        const double uniform = call.smoothing / double(call.classes), own = 1.0 - call.smoothing;
        if (call[kCodes]) {
            for (size_t j = 0; j < call.classes; ++j) to[j] = T(uniform);
            const int64_t code = code_of(call, row);
            if (code >= 0) to[code] = T(own + uniform);
        } else {
            read_numbers(call[kY].kind, row_of<T>(call[kY], row), call[kY].col, call.classes, to);
            if (call.smoothing != 0.0)
                for (size_t j = 0; j < call.classes; ++j) to[j] = T(own * double(to[j]) + uniform);
        }
        if (call.class_weight != nullptr)
            for (size_t j = 0; j < call.classes; ++j) to[j] *= T(call.class_weight[j]);
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
