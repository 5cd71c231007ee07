// What drawing a class needs of vectors: where the large logits of a row are, and the weights of a part of it.
// Everything else about drawing is the same on every instruction set: sampling.cpp.
#pragma once

#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The maximum of every W<T>-th number of every block; gives whether there is NaN, which is no maximum.
template <class T>
bool lane_maxima(const T *x, size_t n, T *maxima) {
    I<T> nan{};
    for (size_t begin = 0; begin < n; begin += kBlock, maxima += W<T>) {
        V<T> m[2] = {splat(-kInfinity<T>), splat(-kInfinity<T>)};
        const auto take = [&](V<T> v, V<T> &largest) SOFTARGMAX_FLAT {
            nan |= v != v;
            largest = max(v, largest);
        };
        const size_t size = n - begin < kBlock ? n - begin : kBlock;
        size_t j = begin;
        for (; j + 2 * W<T> <= begin + size; j += 2 * W<T>) {
            take(load(x + j), m[0]);
            take(load(x + j + W<T>), m[1]);
        }
        for_vectors<T, true>(begin + size - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
            take(get(x + j + i, count, -kInfinity<T>), m[0]);
        });
        store(maxima, max(m[0], m[1]));
    }
    return any(nan);
}

// exp((x_j - max) / temperature) times kOne for a part of a row, 0 below the floor; gives the sum of the part.
// Unlike those of softmax these exponentials do not recover the rounding of x - max and of the quotient: their
// relative error is 3 |gap| + 2 roundings. In float, `Row::error` in sampling.cpp accounts for it; in double it is
// what float64 arithmetic gives.
template <class T>
double weigh(const T *x, size_t n, const Weighing<T> &by, T *weights) {
    using C = Constants<T>;
    // Two doubles can be further apart than the largest one; halves are not.
    constexpr T half = sizeof(T) == 8 ? T(0.5) : T(1);
    const V<T> m = splat(half * by.max), floor = splat(by.floor), inverse = splat(by.inverse_temperature),
               base = splat(C::kRound + C::kBias);
    V<T> sums[kAbreast] = {};
    const auto weigh_several = [&](auto &v) SOFTARGMAX_FLAT {
        constexpr size_t count = sizeof v / sizeof *v;
        V<T> power[count], rest[count];
        I<T> kept[count];
        for (size_t i = 0; i < count; ++i) {
            kept[i] = v[i] >= floor;
            v[i] = (half * v[i] - m) * inverse;
            power[i] = fma(v[i], splat(C::kLog2E), base);
        }
        for (size_t i = 0; i < count; ++i) {
            const V<T> k = power[i] - base;
            v[i] = fma(k, splat(-C::kLn2High), v[i]);
            rest[i] = k * -C::kLn2Low;
            if (!kKeepsParts<T>) v[i] += rest[i];
        }
        exp_of_reduced<T>(power, v, rest);
        for (size_t i = 0; i < count; ++i) sums[i] += v[i] = keep<T>(kept[i], v[i]);
    };
    size_t j = 0;
    for (; j + kAbreast * W<T> <= n; j += kAbreast * W<T>) {
        V<T> v[kAbreast];
        for (size_t i = 0; i < kAbreast; ++i) v[i] = load(x + j + i * W<T>);
        weigh_several(v);
        for (size_t i = 0; i < kAbreast; ++i) store(weights + j + i * W<T>, v[i]);
    }
    for_vectors<T, true>(n - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
        V<T> v[1] = {get(x + j + i, count, -kInfinity<T>)};
        weigh_several(v);
        store(weights + j + i, v[0]);
    });
    Sum<T> sum = Sum<T>::zero();
    for (const V<T> &part : sums) sum.add(part);
    double total = 0.0;
    if constexpr (sizeof(T) == 4)
        total = sum_of_lanes<double>(sum.low_half + sum.high_half);
    else
        total = sum_of_lanes<double>(sum.rounded + sum.lost);
    return total / kOne<T>;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
