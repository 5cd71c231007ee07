// Rows of logits divided by a temperature: what the derivatives of their loss are made of.
#pragma once

#include <cstddef>
#include <cstdint>

namespace softargmax {

// With t = beta (z / 4 - top / 4) and probabilities softmax(t), per row four numbers go to `out`: E[t] - t[code], the
// second and third central moments of t, and the probability of code. z / 4 keeps the difference of any two finite
// numbers finite.
template <class T>
struct Tempering {
    const T *logits;
    const T *top;
    const std::int64_t *codes;
    std::size_t rows, classes;
    double beta;
    double *out;
};

void tempered_moments(const Tempering<float> &tempering);
void tempered_moments(const Tempering<double> &tempering);

}  // namespace softargmax
