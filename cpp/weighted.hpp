// logsumexp with weights of any sign: log|sum_j w_j exp(x_j)| and the sign of the sum, row by row in double.
// Rare enough to be plain scalar code; what is hard here is the ends of the range, not speed.
#pragma once

#include <cmath>
#include <cstddef>
#include <limits>

namespace softargmax {

// Neumaier's compensated sum: the error does not grow with the number of terms.
class CompensatedSum {
public:
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

struct SignedLog {
    double log_size;
    double sign;  // -1, 0 or 1; NaN if the sum is undefined
};

// Adds w exp(x - reference), in factors where exp alone would overflow or underflow and w brings it back.
inline void add_weighted_exp(CompensatedSum &sum, double w, double x, double reference) {
    const double gap = x - reference;
    if (!(std::abs(gap) <= 700.0)) {
        const double half = std::exp(0.5 * gap);
        sum.add(w * half * half);
        return;
    }
    const double back = gap - x, lost = (x - (gap - back)) + (-reference - back);
    const double term = w * std::exp(gap);
    sum.add(term);
    if (std::isfinite(term)) sum.add(term * lost);
}

// `at(j)` gives the j-th logit, `weight(j)` its weight, which is 0 for what does not count: a weight of zero
// removes its entry, NaN and inf included. The logits are taken relative to that of the largest term,
// log|w_j| + x_j, which need not be the largest logit.
template <class At, class Weight>
SignedLog weighted_logsumexp(std::size_t n, At at, Weight weight) {
    constexpr double infinity = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
    double largest = -infinity, reference = -infinity;
    for (std::size_t j = 0; j < n; ++j) {
        const double w = weight(j), x = at(j);
        if (w == 0.0) continue;
        if (std::isnan(x) || std::isnan(w)) return {nan, nan};
        if (x == -infinity) continue;  // also with an infinite weight
        const double term = x + std::log(std::abs(w));
        if (term > largest || x == infinity) {
            if (reference != infinity) largest = term, reference = x;
        }
    }
    if (reference == -infinity) return {reference, 0.0};
    CompensatedSum sum;
    for (std::size_t j = 0; j < n; ++j) {
        const double w = weight(j), x = at(j);
        if (w == 0.0 || x == -infinity) continue;
        if (reference < infinity)
            add_weighted_exp(sum, w, x, reference);
        else if (x == infinity)
            sum.add(w);  // entries at +inf outgrow all finite ones
    }
    const double total = sum.value();
    if (std::isnan(total)) return {nan, nan};
    if (reference == infinity && total == 0.0) return {nan, nan};  // inf - inf
    if (total == 0.0) return {-infinity, 0.0};
    return {reference + std::log(std::abs(total)), total < 0.0 ? -1.0 : 1.0};
}

}  // namespace softargmax
