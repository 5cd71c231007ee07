#include "training.hpp"

#include <cmath>

#include "vectors.hpp"

namespace softargmax {
namespace {

template <class T>
__attribute__((always_inline)) inline void step_all(const AdamWStep<T> &s) {
    for (std::size_t i = 0; i < s.count; ++i) {
        const T gradient = s.gradient[i];
        s.first[i] += (T(1) - s.beta1) * (gradient - s.first[i]);
        s.second[i] += (T(1) - s.beta2) * (gradient * gradient - s.second[i]);
        const T change = s.rate * s.first[i] / (s.root_scale * std::sqrt(s.second[i]) + s.epsilon);
        s.parameters[i] -= s.decay * s.decayed[i] * s.parameters[i] + change;
    }
    if (s.average == nullptr) return;
    for (std::size_t i = 0; i < s.count; ++i) s.average[i] += s.share * (s.parameters[i] - s.average[i]);
}

}  // namespace

void adamw_step(const AdamWStep<float> &step) { vectorised<step_all<float>>(step); }
void adamw_step(const AdamWStep<double> &step) { vectorised<step_all<double>>(step); }

}  // namespace softargmax
