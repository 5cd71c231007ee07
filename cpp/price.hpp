// How long a call will take about, which decides whether threads pay.
#pragma once

#include "kernels.hpp"

namespace softargmax {

// Nanoseconds for a number of a row.
struct Price {
    double in_float, in_double;
};

// About the least that was measured, on an AMD EPYC of the Zen 4 kind with AVX-512. Elsewhere it takes up to three
// times as long; then a helper is called later than it could be. Too much would be worse: one would be called for
// nothing.
constexpr Price price_of(Function function) {
    switch (function) {
        case Function::argmax:
        case Function::hardmax:
        case Function::log_hardmax:
            return {.1, .15};
        case Function::logsumexp:
        case Function::summary:
            return {.15, .4};
        case Function::entropy:
        case Function::log_softmax_backward:
            return {.4, 1};
        case Function::sigmoid:
            return {.7, 1.5};
        case Function::log_sigmoid:
        case Function::softplus:
            return {1.2, 2.8};
        case Function::sparsemax:
        case Function::entmax15:
            return {8, 8};
        case Function::weighted_logsumexp:
        case Function::divergence:
            return {15, 15};
        default:
            return {.2, .5};
    }
}

// For what is done once per row, however short that is.
constexpr double kPricePerRow = 1.5;

constexpr double nanoseconds_per_row(Function function, bool in_double, std::size_t classes) {
    const Price price = price_of(function);
    return kPricePerRow + (in_double ? price.in_double : price.in_float) * static_cast<double>(classes);
}

}  // namespace softargmax
