// sigmoid, log_sigmoid and softplus: the two-class members of the softmax family, as softmax([x, 0]).
// With t = exp(-|x|) <= 1, the smaller of the two terms, 1 + t never overflows and log1p(t) keeps all digits.
#pragma once

#include "exponential.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

template <class T>
struct SmallerTerm {
    V<T> term;  // kOne exp(-|x|)
    V<T> t;     // exp(-|x|)

    SOFTARGMAX_INLINE explicit SmallerTerm(V<T> x)
        : term(Anchor<T>(V<T>{}).exp_of(-magnitude<T>(x))), t(term * (T(1) / kOne<T>)) {}
};

// 1 / (1 + t) for x >= 0, t / (1 + t) below: a small result keeps its digits down to subnormals.
template <class T>
struct Sigmoid {
    SOFTARGMAX_INLINE static V<T> of(V<T> x) {
        const SmallerTerm<T> smaller(x);
        Split<T> sum{smaller.t + T(1), V<T>{}};
        sum.error = smaller.t - (sum.value - T(1));
        const V<T> inverse = T(1) / sum.value;
        const V<T> error = (leftover<T>(-inverse, sum.value, splat(T(1))) - inverse * sum.error) * inverse;
        const V<T> numerator = x < T(0) ? smaller.term : splat(kOne<T>);
        const T unit = T(1) / kOne<T>;
        const V<T> result = times(numerator, Split<T>{inverse * unit, error * unit});
        return x == x ? result : x;
    }
};

// min(x, 0) - log1p(t), two terms of one sign.
template <class T>
struct LogSigmoid {
    SOFTARGMAX_INLINE static V<T> of(V<T> x) {
        return (x < T(0) ? x : V<T>{}) - log1p<T>({SmallerTerm<T>(x).t, V<T>{}}).value;
    }
};

// max(x, 0) + log1p(t), likewise.
template <class T>
struct Softplus {
    SOFTARGMAX_INLINE static V<T> of(V<T> x) {
        return (x > T(0) ? x : V<T>{}) + log1p<T>({SmallerTerm<T>(x).t, V<T>{}}).value;
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
