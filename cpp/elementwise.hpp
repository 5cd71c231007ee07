// sigmoid, log_sigmoid and softplus: the two-class members of the softmax family, as softmax([x, 0]).
#pragma once

#include <cmath>

namespace softargmax {

// 1 / (1 + exp(-x)). For x < 0 the equal form exp(x) / (1 + exp(x)) keeps the digits of a small result,
// down to subnormals, and never overflows.
struct Sigmoid {
    double operator()(double x) const {
        if (x >= 0) return 1.0 / (1.0 + std::exp(-x));
        const double e = std::exp(x);
        return e / (1.0 + e);
    }
};

// log(sigmoid(x)) = min(x, 0) - log1p(exp(-|x|)): two terms of one sign, where log(sigmoid(x)) itself
// loses all digits above x = 37 and is -inf below x = -745.
struct LogSigmoid {
    double operator()(double x) const {
        if (std::isnan(x)) return x;
        return std::fmin(x, 0.0) - std::log1p(std::exp(-std::abs(x)));
    }
};

// log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|)), likewise.
struct Softplus {
    double operator()(double x) const {
        if (std::isnan(x)) return x;
        return std::fmax(x, 0.0) + std::log1p(std::exp(-std::abs(x)));
    }
};

}  // namespace softargmax
