// One step of an optimiser over all parameters of a network.
#pragma once

#include <cstddef>

namespace softargmax {

// Adam with decoupled weight decay (Loshchilov, Hutter, ICLR 2019) and a moving average of the parameters:
//     first  += (1 - beta1) (gradient - first)         second += (1 - beta2) (gradient^2 - second)
//     parameters -= decay * decayed * parameters + rate * first / (root_scale * sqrt(second) + epsilon)
//     average += share * (parameters - average)
template <class T>
struct AdamWStep {
    T *parameters;
    const T *gradient;
    T *first;
    T *second;
    const T *decayed;  // 1 for weights, 0 for biases
    T *average;        // or null
    std::size_t count;
    T beta1, beta2, rate, root_scale, epsilon, decay, share;
};

void adamw_step(const AdamWStep<float> &step);
void adamw_step(const AdamWStep<double> &step);

}  // namespace softargmax
