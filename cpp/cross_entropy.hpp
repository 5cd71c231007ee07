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

// The gradient of a row that does not count.
template <class T>
void clear_row(T *row, size_t classes, ptrdiff_t step) {
    for (size_t j = 0; j < classes; ++j) row[ptrdiff_t(j) * step] = T(0);
}

// What the codes say about the rows of a unit.
template <class T>
struct Truth {
    size_t codes[W<T>];
    bool ignored[W<T>];
    V<T> logits, weights;
    V<T> gradients;
};

// A code per row and no smoothing: only one logit of a row matters to its loss, and the gradient is p, scaled,
// but for one entry. A negative code marks a row that does not count.
template <class T, bool gradient>
struct CodeCrossEntropy : OneSum<T, std::conditional_t<gradient, PerClass<T>, PerRow<T>>, Maximal::left_out,
                                 gradient ? Terms::kept : Terms::dropped> {
    static constexpr bool kMends = gradient;
    using PerRow<T>::call;
    using Finish = std::conditional_t<gradient, Factor<T>, AsItIs<T>>;
    using Mend = Truth<T>;

    SOFTARGMAX_INLINE void before(const Unit<T> &unit, Truth<T> &truth) const {
        T logits[W<T>], weights[W<T>];
        for (size_t i = 0; i < W<T>; ++i) {
            const size_t row = i < unit.range.count ? i : 0;
            const int64_t code = code_of(call, unit.range.first + row);
            truth.ignored[i] = code < 0;
            truth.codes[i] = code < 0 ? 0 : size_t(code);
            logits[i] = unit.x_of(row)[ptrdiff_t(truth.codes[i]) * unit.step];
            weights[i] = call.class_weight == nullptr ? T(1) : T(call.class_weight[truth.codes[i]]);
        }
        truth.logits = load(logits);
        truth.weights = load(weights);
    }

    template <class Exponential>
    SOFTARGMAX_INLINE Finish settle(const Unit<T> &unit, const Exponential &, Sum<T> sum, Truth<T> &truth) const {
        const V<T> tail = sum.value();
        const Split<T> normalizer = normalizer_of<T>(unit.max, log1p<T>(sum.split()));
        // A weight of 0 makes even an infinite loss 0; NaN stays.
        V<T> losses =
            truth.weights == T(0) ? tail * T(0) : -truth.weights * log_probability<T>(truth.logits, normalizer);
        for (size_t i = 0; i < unit.range.count; ++i)
            if (truth.ignored[i]) losses[i] = T(0);
        write_per_row<T>(call[kPerRow], unit.range, losses);
        if constexpr (gradient) {
            T terms[W<T>];
            for (size_t i = 0; i < W<T>; ++i)
                terms[i] = unit.out_of(i < unit.range.count ? i : 0)[ptrdiff_t(truth.codes[i]) * unit.step];
            // The probability of all classes but the true one, from sums of positive terms.
            const Sum<T> mistaken_at_max = sum;
            sum.add(splat(T(1)));
            Sum<T> mistaken = sum;
            mistaken.add(-(load(terms) / Exponential::kUnit));
            const V<T> scale = truth.weights * T(call.scalar);
            truth.gradients = -scale * (truth.logits == unit.max ? mistaken_at_max.over(sum) : mistaken.over(sum));
            return {times_inverse<T>(sum.divide(scale), Exponential::kUnit)};
        } else {
            return {};
        }
    }

    SOFTARGMAX_INLINE void mend(const Unit<T> &unit, const Truth<T> &truth) const {
        if constexpr (gradient) {
            for (size_t i = 0; i < unit.range.count; ++i) {
                T *const row = unit.out_of(i);
                row[ptrdiff_t(truth.codes[i]) * unit.step] = truth.gradients[i];
                if (truth.ignored[i]) clear_row(row, call.classes, unit.step);
            }
        }
    }
};

template <class T>
using CodeLoss = CodeCrossEntropy<T, false>;
template <class T>
using CodeGradient = CodeCrossEntropy<T, true>;

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
        const Split<T> normalizer = normalizer_of<T>(m, log1p<T>(sum.split()));
        Sum<T> loss = Sum<T>::zero(), weight = Sum<T>::zero();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const V<T> share = get(q + j, count, T(0));
            const V<T> cost = -log_probability<T>(get(x + j, count, T(0)), normalizer);
            loss.add_product(share, share == T(0) ? tail * T(0) : cost);
            weight.add(share);
        });
        if (across) loss.add_across(), weight.add_across();
        V<T> result = loss.value();
        // The compensation of an infinite loss is NaN; the loss is not.
        if (any(I<T>(result != result))) result = ((tail == tail) & (result != result)) ? splat(kInfinity<T>) : result;
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
                if (call[kOut]) clear_row(out + (across ? 0 : i), call.classes, across ? 1 : ptrdiff_t(W<T>));
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
