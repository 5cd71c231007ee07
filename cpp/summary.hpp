// logsumexp of a row that comes in parts: what is remembered between them, and how two memories become one.
#pragma once

#include <cmath>
#include <limits>

namespace softargmax {

// The maximum, and the sum of exp(x_j) over all entries but one maximal one as (high + low) 2^exponent.
// The sum does not refer to the maximum: a new maximum rescales nothing, and the error of the whole is
// that of one exponential per part, however many parts there are and in whatever order they come.
struct RowSummary {
    double max = -std::numeric_limits<double>::infinity();
    double high = 0.0;
    double low = 0.0;
    double exponent = 0.0;

    // Adds a part: its maximum, and the sum of its other terms relative to exp(maximum).
    void add(double part_max, double part_tail) {
        const double loser = take_max(part_max);
        if (!std::isfinite(max)) return;
        add_exp(part_max, part_tail);
        add_exp(loser, 1.0);
    }

    void merge(const RowSummary &other) {
        const double loser = take_max(other.max);
        if (!std::isfinite(max)) return;
        add_scaled(other.high, other.exponent);
        add_scaled(other.low, other.exponent);
        add_exp(loser, 1.0);
    }

    // The tail relative to exp(max).
    double tail() const {
        if (!std::isfinite(max) || high == 0.0) return 0.0;
        const Exp e = exp_of(-max);
        return std::ldexp((high + low) * e.value, clamp(exponent + e.exponent));
    }

private:
    struct Exp {
        double value;
        double exponent;
    };

    // exp(x) = value 2^exponent, value between 0.7 and 1.5, for any finite x.
    static Exp exp_of(double x) {
        constexpr double ln2_high = 0x1.62e42fefap-1, ln2_low = 0x1.cf79abc9e3b3ap-40;
        const double n = std::nearbyint(x * 1.44269504088896340736);
        // Beyond 2^50 the spacing of x itself outweighs the remainder.
        const double r = std::abs(x) < 0x1p50 ? std::fma(-n, ln2_low, std::fma(-n, ln2_high, x)) : 0.0;
        return {std::exp(r), n};
    }

    static int clamp(double shift) { return static_cast<int>(std::fmin(std::fmax(shift, -2200.0), 2200.0)); }

    // The larger of the two maxima stays; the other becomes a term like any other.
    double take_max(double part_max) {
        if (std::isnan(max) || std::isnan(part_max)) {
            max = std::numeric_limits<double>::quiet_NaN();
            return max;
        }
        const double loser = std::fmin(max, part_max);
        max = std::fmax(max, part_max);
        return loser;
    }

    void add_exp(double x, double factor) {
        if (!std::isfinite(x) || factor == 0.0) return;
        const Exp e = exp_of(x);
        add_scaled(factor * e.value, e.exponent);
    }

    void add_scaled(double value, double value_exponent) {
        if (value == 0.0) return;
        if (high == 0.0 || value_exponent > exponent) {
            high = std::ldexp(high, clamp(exponent - value_exponent));
            low = std::ldexp(low, clamp(exponent - value_exponent));
            exponent = value_exponent;
        } else {
            value = std::ldexp(value, clamp(value_exponent - exponent));
        }
        const double sum = high + value, part = sum - high;
        low += (high - (sum - part)) + (value - part);
        high = sum;
    }
};

}  // namespace softargmax
