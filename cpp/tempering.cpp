#include "tempering.hpp"

#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "vectors.hpp"

namespace softargmax {
namespace {

constexpr std::size_t kLanes = 4;
typedef double Doubles __attribute__((vector_size(8 * kLanes)));
typedef std::int64_t Integers __attribute__((vector_size(8 * kLanes)));

// The exponential of anything below counts for nothing beside the largest term, 1.
constexpr double kLowest = -700.0;

// Coefficients of exp's series from r^12 down to r^0.
constexpr double kTaylor[] = {1.0 / 479001600.0,
                              1.0 / 39916800.0,
                              1.0 / 3628800.0,
                              1.0 / 362880.0,
                              1.0 / 40320.0,
                              1.0 / 5040.0,
                              1.0 / 720.0,
                              1.0 / 120.0,
                              1.0 / 24.0,
                              1.0 / 6.0,
                              0.5,
                              1.0,
                              1.0};

// exp(t) for -700 <= t <= 0: t = k ln 2 + r with |r| <= ln(2) / 2, Taylor's series to r^13 (the rest is below 2^-56),
// and k added to the exponent. Adding 1.5 * 2^52 rounds to an integer, which then stands in the lowest bits.
__attribute__((always_inline)) inline void exponential(const Doubles &t, Doubles &result) {
    constexpr double kRound = 6755399441055744.0, kPerLog2 = 1.4426950408889634;
    constexpr double kLog2High = 0x1.62e42fefa38p-1, kLog2Low = 0x1.ef35793c7673p-45;
    const Doubles shifted = t * kPerLog2 + kRound;
    const Doubles k = shifted - kRound;
    const Doubles r = (t - k * kLog2High) - k * kLog2Low;
    Doubles sum = r * (1.0 / 6227020800.0) + kTaylor[0];
#pragma GCC unroll 16
    for (std::size_t i = 1; i < std::size(kTaylor); ++i) sum = sum * r + kTaylor[i];
    result = reinterpret_cast<Doubles>(reinterpret_cast<Integers>(sum) + (reinterpret_cast<Integers>(shifted) << 52));
}

// Up to four logits; beyond `count` there are classes that are ruled out.
template <class T>
__attribute__((always_inline)) inline void load(const T *from, std::size_t count, Doubles &values) {
    typedef T Numbers __attribute__((vector_size(sizeof(T) * kLanes)));
    Numbers numbers;
    if (count >= kLanes) {
        std::memcpy(&numbers, from, sizeof numbers);
    } else {
        for (std::size_t lane = 0; lane < kLanes; ++lane)
            numbers[lane] = lane < count ? from[lane] : -std::numeric_limits<T>::infinity();
    }
    values = __builtin_convertvector(numbers, Doubles);
}

__attribute__((always_inline)) inline double total(const Doubles &v) { return (v[0] + v[1]) + (v[2] + v[3]); }

template <class T>
__attribute__((always_inline)) inline void moments(const Tempering<T> &tempering) {
    const std::size_t classes = tempering.classes;
    for (std::size_t row = 0; row < tempering.rows; ++row) {
        const T *z = tempering.logits + row * classes;
        const double top = 0.25 * static_cast<double>(tempering.top[row]);
        Doubles sums[4] = {};
        for (std::size_t j = 0; j < classes; j += kLanes) {
            Doubles t, term;
            load(z + j, classes - j, t);
            t = tempering.beta * (0.25 * t - top);
            t = t < kLowest ? Doubles{} + kLowest : t;
            exponential(t, term);
            sums[0] += term;
            sums[1] += term *= t;
            sums[2] += term *= t;
            sums[3] += term *= t;
        }
        const double sum = total(sums[0]), mean = total(sums[1]) / sum;
        const double second = total(sums[2]) / sum, third = total(sums[3]) / sum;
        const double true_gap = tempering.beta * (0.25 * static_cast<double>(z[tempering.codes[row]]) - top);
        double *out = tempering.out + 4 * row;
        out[0] = mean - true_gap;
        out[1] = second - mean * mean;
        out[2] = third - mean * (3.0 * second - 2.0 * mean * mean);
        out[3] = std::exp(true_gap) / sum;
    }
}

}  // namespace

void tempered_moments(const Tempering<float> &tempering) { vectorised<moments<float>>(tempering); }
void tempered_moments(const Tempering<double> &tempering) { vectorised<moments<double>>(tempering); }

}  // namespace softargmax
