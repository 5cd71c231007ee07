// softmax, log_softmax and logsumexp of one row.
//
// Conventions: x is the row, T > 0 the temperature, m = max x over the entries that count,
// j* one index where the maximum is reached, and
//     gap_j = (x_j - m) / T <= 0,    tail = sum over j != j* of exp(gap_j),    so that  sum_j exp(gap_j) = 1 + tail.
// Leaving the maximal term out of the sum keeps its digits: log(1 + tail) becomes log1p(tail), and the
// complement of the largest probability is tail / (1 + tail) instead of 1 - p.
//
// All arithmetic is in double. x_j - m is rounded; for a small probability that rounding, |x_j - m| / 2 ulp,
// outweighs everything else. It is recovered exactly (Knuth's TwoSum) and carried to the exponential.
#pragma once

#include <cmath>
#include <limits>

#include "row.hpp"

namespace softargmax {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// A real number held as a rounded value and what the rounding left over.
struct Split {
    double value;
    double error;
};

// exp(value + error) = exp(value) (1 + error), as |error| <= 2^-53 |value|.
inline Split exp(const Split &x) {
    const double e = std::exp(x.value);
    return {e, e * x.error};
}

inline Split gap(double x, double max, double temperature) {
    const double difference = x - max;
    if (!std::isfinite(difference)) {
        // Either x is -inf, or two finite numbers are further apart than the largest double: dividing
        // first brings such a pair back into range when the temperature allows it.
        return {x / temperature - max / temperature, 0.0};
    }
    const double back = difference - x;
    const double lost = (x - (difference - back)) + (-max - back);
    if (temperature == 1.0) return {difference, lost};
    const double quotient = difference / temperature;
    if (!std::isfinite(quotient)) return {quotient, 0.0};
    const double remainder = std::fma(-quotient, temperature, difference);
    return {quotient, (remainder + lost) / temperature};
}

// Neumaier's compensated sum: the error does not grow with the number of terms.
class Sum {
public:
    void add(const Split &term) {
        add(term.value);
        if (std::isfinite(term.value)) lost_ += term.error;
    }
    void add(double term) {
        const double next = total_ + term;
        if (std::isfinite(next))
            lost_ += std::abs(total_) >= std::abs(term) ? (total_ - next) + term : (term - next) + total_;
        total_ = next;
    }
    double value() const { return total_ + lost_; }

private:
    double total_ = 0.0;
    double lost_ = 0.0;
};

// 1 + tail, with the digits of the tail that do not fit kept aside, to divide by.
class Denominator {
public:
    explicit Denominator(double tail)
        : rounded_(1.0 + tail), lost_(tail <= 1.0 ? tail - (rounded_ - 1.0) : 1.0 - (rounded_ - tail)) {}

    double rounded() const { return rounded_; }

    // e / (1 + tail), rounded once.
    double divide(const Split &e) const {
        const double quotient = e.value / rounded_;
        const double remainder = std::fma(-quotient, rounded_, e.value) - quotient * lost_ + e.error;
        return quotient + remainder / rounded_;
    }

private:
    double rounded_;
    double lost_;
};

// What one reading of a row leaves behind; enough for softmax, log_softmax, logsumexp and cross-entropy.
struct RowSummary {
    double max = -kInfinity;
    double tail = 0.0;
    std::size_t argmax = 0;
    bool any = false;  // does at least one entry count?

    // NaN and +inf have no limit, nor has a row whose every entry is -inf: its probabilities are undefined.
    bool undefined() const { return any && !std::isfinite(max); }
    double log_sum() const { return std::log1p(tail); }
};

template <class T>
void find_max(const Row<const T> &x, const Where &where, RowSummary &summary) {
    for (std::size_t j = 0; j < x.size; ++j) {
        if (!where[j]) continue;
        const double value = static_cast<double>(x[j]);
        if (std::isnan(value)) {
            summary.max = kNaN;
            summary.any = true;
            return;
        }
        if (!summary.any || value > summary.max) {
            summary.max = value;
            summary.argmax = j;
        }
        summary.any = true;
    }
}

// Also leaves exp(gap_j) in `terms`, which has room for a row: 1 at the maximum, 0 for what does not count.
template <class T>
RowSummary summarise(const Row<const T> &x, const Where &where, double temperature, double *terms) {
    RowSummary summary;
    find_max(x, where, summary);
    if (!summary.any || summary.undefined()) return summary;
    Sum tail;
    for (std::size_t j = 0; j < x.size; ++j) {
        terms[j] = where[j] ? 1.0 : 0.0;
        if (!where[j] || j == summary.argmax) continue;
        const Split g = gap(x[j], summary.max, temperature);
        terms[j] = std::exp(g.value);
        tail.add({terms[j], terms[j] * g.error});
    }
    summary.tail = tail.value();
    return summary;
}

// exp(gap) / (1 + tail). A float32 result is 29 bits shorter than the arithmetic: one rounding is enough.
template <class T>
double probability(double term, double error, const Denominator &sum) {
    if constexpr (sizeof(T) < sizeof(double)) return term / sum.rounded();
    return sum.divide({term, term * error});
}

enum class Scale { linear, log };

// softmax (Scale::linear) or log_softmax (Scale::log) of x into out; the two may be the same memory.
template <Scale scale, class T>
void softmax_row(const Row<const T> &x, const Where &where, double temperature, const Row<T> &out, double *terms) {
    const T nothing = static_cast<T>(scale == Scale::linear ? 0.0 : -kInfinity);
    const RowSummary summary = summarise(x, where, temperature, terms);
    if (!summary.any || summary.undefined()) {
        for (std::size_t j = 0; j < x.size; ++j) out[j] = where[j] ? static_cast<T>(kNaN) : nothing;
        return;
    }
    const Denominator sum(summary.tail);
    const double log_sum = summary.log_sum();
    for (std::size_t j = 0; j < x.size; ++j) {
        if (!where[j]) {
            out[j] = nothing;
            continue;
        }
        const Split g = gap(x[j], summary.max, temperature);
        if constexpr (scale == Scale::linear)
            out[j] = static_cast<T>(probability<T>(terms[j], g.error, sum));
        else
            out[j] = static_cast<T>((g.value - log_sum) + g.error);
    }
}

// The limit T -> 0: everything on the first maximum. +inf is a maximum like any other here.
template <Scale scale, class T>
void hardmax_row(const Row<const T> &x, const Where &where, const Row<T> &out) {
    const double nothing = scale == Scale::linear ? 0.0 : -kInfinity;
    const double everything = scale == Scale::linear ? 1.0 : 0.0;
    RowSummary summary;
    find_max(x, where, summary);
    const bool undefined = summary.any && (std::isnan(summary.max) || summary.max == -kInfinity);
    for (std::size_t j = 0; j < x.size; ++j) {
        if (!where[j])
            out[j] = static_cast<T>(nothing);
        else if (undefined)
            out[j] = static_cast<T>(kNaN);
        else
            out[j] = static_cast<T>(j == summary.argmax ? everything : nothing);
    }
}

// log(sum_j exp(x_j)); an empty or wholly masked row gives -inf, +inf gives +inf, NaN gives NaN.
template <class T>
double logsumexp_row(const Row<const T> &x, const Where &where, double *terms) {
    const RowSummary summary = summarise(x, where, 1.0, terms);
    return summary.any && !summary.undefined() ? summary.max + summary.log_sum() : summary.max;
}

// w exp(x - reference), in two factors where exp alone would overflow or underflow and w brings it back.
inline Split weighted_exp(double w, double x, double reference) {
    const Split g = gap(x, reference, 1.0);
    if (std::abs(g.value) > 700.0) {
        const double half = std::exp(0.5 * g.value);
        return {w * half * half, 0.0};
    }
    const Split e = exp(g);
    return {w * e.value, w * e.error};
}

// log(sum_j w_j exp(x_j)) with weights of any sign. A weight of zero removes its entry, NaN and inf
// included; a negative sum has no logarithm and gives NaN. The logits are taken relative to that of the
// largest term, log|w_j| + x_j, which need not be the largest logit.
template <class T>
double weighted_logsumexp_row(const Row<const T> &x, const Row<const T> &weights, const Where &where) {
    double largest = -kInfinity;
    double reference = -kInfinity;
    for (std::size_t j = 0; j < x.size; ++j) {
        if (!where[j] || weights[j] == T(0)) continue;
        const double value = static_cast<double>(x[j]);
        const double term = value + std::log(std::abs(static_cast<double>(weights[j])));
        if (std::isnan(term)) {
            if (value == -kInfinity && !std::isnan(static_cast<double>(weights[j]))) continue;  // inf exp(-inf) = 0
            return kNaN;
        }
        if (term > largest || value == kInfinity) {
            largest = term;
            reference = value;
            if (value == kInfinity) break;
        }
    }
    if (reference == -kInfinity) return reference;
    Sum sum;
    for (std::size_t j = 0; j < x.size; ++j) {
        if (!where[j] || weights[j] == T(0)) continue;
        const double value = static_cast<double>(x[j]);
        const double weight = static_cast<double>(weights[j]);
        if (std::isnan(value) || std::isnan(weight)) return kNaN;
        if (reference == kInfinity) {
            // Entries at +inf outgrow all finite ones: only their weights remain.
            if (value == reference) sum.add(weight);
        } else if (value != -kInfinity) {
            sum.add(weighted_exp(weight, value, reference));
        }
    }
    const double total = sum.value();
    if (reference == kInfinity && total == 0.0) return kNaN;  // inf - inf
    return total < 0.0 ? kNaN : reference + std::log(total);
}

}  // namespace softargmax
