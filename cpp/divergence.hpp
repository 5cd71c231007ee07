// The divergence of one row of probabilities from another, sum_j p_j log(p_j / q_j) - p_j + q_j, in double.
//
// Where both rows sum to 1 this is the sum of p_j log(p_j / q_j), but none of its terms is negative, so nothing
// cancels. Rare enough to be plain scalar code; what is hard here is that p may be almost q.
#pragma once

#include <cmath>
#include <cstddef>

#include "weighted.hpp"

namespace softargmax {

// The term for q = p + difference, |difference| < 0.4 p. With u = difference / p and s = u / (2 + u), log(1 + u) is
// 2 artanh(s), so that u - log(1 + u) = s (u - 2 s^2 (1/3 + s^2/5 + s^4/7 + ...)), in which nothing cancels. |s| is at
// most 1/4: what the series leaves out is below (1/16)^13 / 29 < 1e-17 of its first term.
inline double near_divergence(double p, double difference) {
    constexpr int terms = 13;
    const double u = difference / p, s = u / (2.0 + u), square = s * s;
    double series = 1.0 / (2 * terms + 1);
    for (int k = terms - 1; k > 0; --k) series = series * square + 1.0 / (2 * k + 1);
    return p * (s * (u - 2.0 * square * series));
}

inline double divergence_term(double p, double q) {
    const double difference = q - p;
    if (std::abs(difference) < 0.4 * p) return near_divergence(p, difference);
    if (p == 0.0) return q;
    const double ratio = p / q;
    // Where the quotient overflows or loses digits, the difference of the logarithms does not.
    const double log_ratio = ratio > 1e-300 && ratio < 1e300 ? std::log(ratio) : std::log(p) - std::log(q);
    return p * log_ratio + difference;
}

inline double divergence(const double *p, const double *q, std::size_t n) {
    CompensatedSum sum;
    for (std::size_t j = 0; j < n; ++j) sum.add(divergence_term(p[j], q[j]));
    return sum.value();
}

}  // namespace softargmax
