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

    bool is_code() const { return false; }
    std::size_t code() const { return 0; }

    double operator[](std::size_t j) const {
        const double uniform = smoothing / static_cast<double>(probabilities.size);
        const double q = (1.0 - smoothing) * static_cast<double>(probabilities[j]) + uniform;
        return class_weight == nullptr ? q : class_weight[j] * q;
    }
};

struct CodeTarget {
    std::size_t code_;
    std::size_t n_classes;
    const double *class_weight;
    double smoothing;

    // Without smoothing a single class has weight, and only its logit matters to the loss.
    bool is_code() const { return smoothing == 0.0; }
    std::size_t code() const { return code_; }

    double operator[](std::size_t j) const {
        const double uniform = smoothing / static_cast<double>(n_classes);
        const double q = j == code_ ? (1.0 - smoothing) + uniform : uniform;
        return class_weight == nullptr ? q : class_weight[j] * q;
    }
};

// q_j (log(1 + tail) - gap_j), and 0 log 0 = 0.
template <class T>
double term_loss(const Row<const T> &x, std::size_t j, double q, const RowSummary &summary, double log_sum) {
    if (q == 0.0) return 0.0;
    const Split g = gap(x[j], summary.max, 1.0);
    return q * ((log_sum - g.value) - g.error);
}

template <class T, class Target>
double cross_entropy_row(const Row<const T> &x, const Target &target, const RowSummary &summary) {
    if (!summary.any) return 0.0;
    if (summary.undefined()) return kNaN;
    const double log_sum = summary.log_sum();
    if (target.is_code()) return term_loss(x, target.code(), target[target.code()], summary, log_sum);
    Sum loss;
    for (std::size_t j = 0; j < x.size; ++j) loss.add(term_loss(x, j, target[j], summary, log_sum));
    return loss.value();
}

// Also writes scale * d loss / d x. `gradient` may be the same memory as x.
template <class T, class Target>
double cross_entropy_and_gradient_row(const Row<const T> &x, const Target &target, double scale,
                                      const Row<T> &gradient, double *terms) {
    const RowSummary summary = summarise(x, Where{}, 1.0, terms);
    const double loss = cross_entropy_row(x, target, summary);
    if (summary.undefined()) {
        for (std::size_t j = 0; j < x.size; ++j) gradient[j] = static_cast<T>(kNaN);
        return loss;
    }
    double total = 0.0;
    if (target.is_code()) {
        total = summary.any ? target[target.code()] : 0.0;
    } else {
        Sum weights;
        for (std::size_t j = 0; j < x.size; ++j) weights.add(target[j]);
        total = weights.value();
    }
    const Denominator sum(summary.tail);
    for (std::size_t j = 0; j < x.size; ++j) {
        const double q = target.is_code() && j != target.code() ? 0.0 : target[j];
        const double p = probability<T>(terms[j], gap(x[j], summary.max, 1.0).error, sum);
        const double others = j == summary.argmax ? sum.divide({summary.tail, 0.0}) : 1.0 - p;
        gradient[j] = static_cast<T>(scale * (p * (total - q) - q * others));
    }
    return loss;
}

}  // namespace softargmax
