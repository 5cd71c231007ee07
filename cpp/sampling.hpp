// What drawing a class needs of vectors: where the large logits of a row are, and the weights of a part of it.
// Everything else about drawing is the same on every instruction set: sampling.cpp.
#pragma once

#include "maxima.hpp"
#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// What the lanes of a sum of weights come to.
SOFTARGMAX_INLINE double weight_in_all(const Sum<float> &sum) {
    return sum_of_lanes<double>(sum.low_half + sum.high_half) / kOne<float>;
}
SOFTARGMAX_INLINE double weight_in_all(const Sum<double> &sum) {
    return sum_of_lanes<double>(sum.rounded + sum.lost) / kOne<double>;
}

// exp((x - max) / temperature) times kOne, 0 below the floor; max and floor may differ from lane to lane.
// Unlike those of softmax these exponentials do not recover the rounding of x - max and of the quotient: their
// relative error is 3 |gap| + 2 roundings. In float, `WeighedRow::error` accounts for it; in double it is
// what float64 arithmetic gives.
template <class T>
struct Weigher {
    // Two doubles can be further apart than the largest one; halves are not.
    static constexpr T kHalf = sizeof(T) == 8 ? T(0.5) : T(1);
    V<T> max, inverse, floor;  // the first times kHalf

    Weigher(V<T> m, V<T> least, T inverse_temperature)
        : max(kHalf * m), inverse(splat(inverse_temperature)), floor(least) {}

    template <size_t count>
    SOFTARGMAX_INLINE void weigh(V<T> (&v)[count]) const {
        using C = Constants<T>;
        const V<T> base = splat(C::kRound + C::kBias);
        V<T> power[count], rest[count];
        I<T> kept[count];
        for (size_t i = 0; i < count; ++i) {
            kept[i] = v[i] >= floor;
            v[i] = (kHalf * v[i] - max) * inverse;
            power[i] = fma(v[i], splat(C::kLog2E), base);
        }
        for (size_t i = 0; i < count; ++i) {
            const V<T> k = power[i] - base;
            v[i] = fma(k, splat(-C::kLn2High), v[i]);
            rest[i] = k * -C::kLn2Low;
            add_rest<T>(v[i], rest[i]);
        }
        exp_of_reduced<T>(power, v, rest);
        for (size_t i = 0; i < count; ++i) v[i] = keep<T>(kept[i], v[i]);
    }
};

// The weights of a part of a row; gives their sum.
template <class T>
double weigh(const T *x, size_t n, const Weighing<T> &by, T *weights) {
    const Weigher<T> weigher(splat(by.max), splat(by.floor), by.inverse_temperature);
    V<T> sums[kAbreast] = {};
    size_t j = 0;
    for (; j + kAbreast * W<T> <= n; j += kAbreast * W<T>) {
        V<T> v[kAbreast];
        for (size_t i = 0; i < kAbreast; ++i) v[i] = load(x + j + i * W<T>);
        weigher.weigh(v);
        for (size_t i = 0; i < kAbreast; ++i) {
            sums[i] += v[i];
            store(weights + j + i * W<T>, v[i]);
        }
    }
    for_vectors<T, true>(n - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
        V<T> v[1] = {get(x + j + i, count, -kInfinity<T>)};
        weigher.weigh(v);
        sums[0] += v[0];
        store(weights + j + i, v[0]);
    });
    Sum<T> sum = Sum<T>::zero();
    for (const V<T> &part : sums) sum.add(part);
    return weight_in_all(sum);
}

// The sum of those weights whose logits are larger than `above`.
template <class T>
double mass_above(const T *x, const T *weights, size_t n, T above) {
    Sum<T> sum = Sum<T>::zero();
    for (size_t begin = 0; begin < n; begin += kBlock) {
        const size_t size = n - begin < kBlock ? n - begin : kBlock;
        V<T> sums[2] = {};
        const auto take = [&](size_t j, size_t count, V<T> &part) SOFTARGMAX_FLAT {
            part += keep<T>(get(x + begin + j, count, -kInfinity<T>) > above, get(weights + begin + j, count, T(0)));
        };
        size_t j = 0;
        for (; j + 2 * W<T> <= size; j += 2 * W<T>) {
            take(j, W<T>, sums[0]);
            take(j + W<T>, W<T>, sums[1]);
        }
        for_vectors<T, true>(size - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT { take(j + i, count, sums[0]); });
        sum.add(sums[0]);
        sum.add(sums[1]);
    }
    return weight_in_all(sum);
}

// The sums of the weights in the bins, the largest weights first. Neighbours often fall into one bin, and would wait
// for each other; so there are several of each.
template <class T>
void histogram(const T *weights, size_t n, double *sums) {
    using Bin = decltype(I<T>{}[0] + 0);
    constexpr size_t strands = 4;
    T parts[strands][kBins] = {};
    for (size_t begin = 0; begin < n; begin += kBlock) {
        const size_t size = n - begin < kBlock ? n - begin : kBlock;
        Bin bins[kBlock];
        for_vectors<T, true>(size, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const V<T> weight = get(weights + begin + j, count, kOne<T>);
            const I<T> bin = ((I<T>)splat(kOne<T>) - (I<T>)weight) >> (Constants<T>::kMantissaBits - kBinBits);
            const I<T> last = I<T>{} + Bin(kBins - 1), within = bin < last ? bin : last;
            __builtin_memcpy(bins + j, &within, sizeof within);
        });
        const T *const w = weights + begin;
        size_t j = 0;
        for (; j + strands <= size; j += strands) {
#pragma GCC unroll 4
            for (size_t i = 0; i < strands; ++i) parts[i][bins[j + i]] += w[j + i];
        }
        for (; j < size; ++j) parts[0][bins[j]] += w[j];
    }
    for (size_t bin = 0; bin < kBins; ++bin) {
        sums[bin] = 0.0;
        for (const auto &part : parts) sums[bin] += double(part[bin]) / kOne<T>;
    }
}

// Lists the numbers between two, in the order of codes; gives how many, `most` + 1 if there are more than that.
template <class T>
size_t list_between(const T *x, size_t n, const T *maxima, Between<T> which, size_t most, Candidate<T> *to) {
    size_t count = 0;
    for_passing(x, n, maxima, Limits<T>{which}, [&](T value, size_t code) {
        if (count < most) to[count] = {value, code};
        return count++ < most;
    });
    return count;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
