// Cross-entropy of one row of logits against a target, and its gradient, without forming log-probabilities.
//
// Conventions (see softmax.hpp): with target weights q_j >= 0, Q = sum_j q_j and p = softmax(x),
//     loss       = sum_j q_j (log(1 + tail) - gap_j)            both terms are >= 0: nothing cancels
//     gradient_j = Q p_j - q_j
//                = p_j (Q - q_j) - q_j (1 - p_j)                exact to rounding where p_j is close to 1,
// as 1 - p_j is tail / (1 + tail) at the maximum and p_j <= 1/2 everywhere else.
#pragma once

#include "softmax.hpp"

namespace softargmax {

// The target weights of a row: a probability per class, or a code with smoothing spread over all classes,
// each multiplied by its class's weight.
template <class T>
struct SoftTarget {
    Row<const T> probabilities;
    const double *class_weight;  // null: all ones
    double smoothing;

    double operator[](std::size_t j) const {
        const double uniform = smoothing / static_cast<double>(probabilities.size);
        const double q = (1.0 - smoothing) * static_cast<double>(probabilities[j]) + uniform;
        return class_weight == nullptr ? q : class_weight[j] * q;
    }
};

struct CodeTarget {
    std::size_t code;
    std::size_t n_classes;
    const double *class_weight;
    double smoothing;

    double operator[](std::size_t j) const {
        const double uniform = smoothing / static_cast<double>(n_classes);
        const double q = j == code ? (1.0 - smoothing) + uniform : uniform;
        return class_weight == nullptr ? q : class_weight[j] * q;
    }
};

template <class T, class Target>
double cross_entropy_row(const Row<const T> &x, const Target &target, const RowSummary &summary) {
    if (!summary.any) return 0.0;
    if (summary.undefined()) return kNaN;
    Sum loss;
    for (std::size_t j = 0; j < x.size; ++j) {
        const double q = target[j];
        if (q == 0.0) continue;  // 0 log 0 = 0
        const Split g = gap(x[j], summary.max, 1.0);
        loss.add(q * ((summary.log_sum() - g.value) - g.error));
    }
    return loss.value();
}

template <class T, class Target>
double cross_entropy_row(const Row<const T> &x, const Target &target) {
    return cross_entropy_row(x, target, summarise(x, Where{}, 1.0));
}

// Also writes scale * d loss / d x. `gradient` may be the same memory as x.
template <class T, class Target>
double cross_entropy_and_gradient_row(const Row<const T> &x, const Target &target, double scale,
                                      const Row<T> &gradient) {
    const RowSummary summary = summarise(x, Where{}, 1.0);
    const double loss = cross_entropy_row(x, target, summary);
    if (summary.undefined()) {
        for (std::size_t j = 0; j < x.size; ++j) gradient[j] = static_cast<T>(kNaN);
        return loss;
    }
    Sum total_weight;
    for (std::size_t j = 0; j < x.size; ++j) total_weight.add(target[j]);
    const Denominator sum(summary.tail);
    for (std::size_t j = 0; j < x.size; ++j) {
        const double q = target[j];
        const double p = sum.divide(exp(gap(x[j], summary.max, 1.0)));
        const double others = j == summary.argmax ? sum.divide({summary.tail, 0.0}) : 1.0 - p;
        gradient[j] = static_cast<T>(scale * (p * (total_weight.value() - q) - q * others));
    }
    return loss;
}

}  // namespace softargmax
