// softmax of two classes, on rows as they lie in memory: a vector holds several whole rows, and every number meets its
// neighbour by a swap within the vector. No transposing into tiles and back, which for two classes costs more than the
// exponential.
//
// Conventions: gap = -|x_0 - x_1| <= 0, so that t = exp(gap) is the smaller of the row's two terms and 1 the larger,
// and
//     p = 1 / (1 + t)   or   t / (1 + t).
// The difference of the logits is taken with its rounding error, which joins the reduced argument; 1 + t is kept as a
// rounded number and the rest.
#pragma once

#include "powers.hpp"
#include "tile.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// For these numbers; others go through tiles.
template <class T>
constexpr bool kHasPairs = sizeof(T) == 4 && kHasTable<float>;

template <class T>
void run_pairs(const Call &, size_t, T *) {}
template <class T>
void softmax_of_pairs(const T *, T *, size_t) {}

#if SOFTARGMAX_VECTOR_BYTES >= 32

SOFTARGMAX_INLINE V<float> swapped(V<float> v) {
#if SOFTARGMAX_VECTOR_BYTES == 64
    return (V<float>)_mm512_permute_ps((__m512)v, 0xB1);
#else
    return (V<float>)_mm256_permute_ps((__m256)v, 0xB1);
#endif
}

SOFTARGMAX_INLINE void softmax_of_pairs(V<float> (&x)[2]) {
    using C = Constants<float>;
    using B = Table<float>;
    const V<float> base = splat(C::kRound + C::kBias * float(kSteps<float>));
    Term<float> term[2];
    V<float> difference[2], larger[2];
    for (size_t i = 0; i < 2; ++i) {
        const V<float> other = swapped(x[i]);
        const Split<float> exact = two_sum<float>(other, -x[i]);
        larger[i] = max(other, x[i]);
        difference[i] = exact.value;
        const I<float> is_above = exact.value > 0.0f, counts = magnitude<float>(exact.value) < C::kCutoff;
        const V<float> error = keep<float>(counts, is_above ? -exact.error : exact.error);
        const V<float> gap = max(splat(-C::kCutoff), -magnitude<float>(exact.value));
        const V<float> index = fma(gap, splat(B::kPerStep), base), n = index - base;
        const V<float> rest = fma(n, splat(-B::kStepLow), fma(n, splat(-B::kStepHigh), gap)) + error;
        term[i].power = power_at<float>(index);
        term[i].linear = term[i].power * rest;
        term[i].curve = fma(polynomial<float>(B::kExp, rest), rest, splat(1.0f));
    }
    constexpr float unit = kOne<float> * B::kEntries[0];
    for (size_t i = 0; i < 2; ++i) {
        const V<float> smaller_term = term[i].rounded();
        const V<float> sum = unit + smaller_term, sum_rest = term[i].beyond(sum - unit);
        const V<float> inverse = 1.0f / sum;
        const V<float> inverse_rest = fma(-inverse, sum, splat(1.0f)) * inverse - (inverse * sum_rest) * inverse;
        const V<float> own = difference[i] > 0.0f ? smaller_term : splat(unit);
        // A maximum that is not finite leaves no number.
        x[i] = fma(own, inverse, own * inverse_rest) + (larger[i] - larger[i]);
    }
}

// `count` numbers; the last vectors through a copy.
inline void softmax_of_pairs(const float *x, float *out, size_t count) {
    constexpr size_t step = 2 * W<float>;
    V<float> v[2];
    size_t j = 0;
    for (; j + step <= count; j += step) {
        for (size_t i = 0; i < 2; ++i) v[i] = load(x + j + i * W<float>);
        softmax_of_pairs(v);
        for (size_t i = 0; i < 2; ++i) store(out + j + i * W<float>, v[i]);
    }
    if (j == count) return;
    float rest[step] = {};
    __builtin_memcpy(rest, x + j, (count - j) * sizeof(float));
    for (size_t i = 0; i < 2; ++i) v[i] = load(rest + i * W<float>);
    softmax_of_pairs(v);
    for (size_t i = 0; i < 2; ++i) store(rest + i * W<float>, v[i]);
    __builtin_memcpy(out + j, rest, (count - j) * sizeof(float));
}

// All rows of a call, as they lie or through scratch memory.
inline void run_pairs(const Call &call, size_t rows, float *staged) {
    const Operand &from = call[kX], &to = call[kOut], &where = call[kWhere];
    const auto lies_flat = [](const Operand &operand) {
        return operand.kind == Kind::float32 && operand.col == 4 && operand.row == 8;
    };
    if (lies_flat(from) && lies_flat(to) && !where)
        return softmax_of_pairs(reinterpret_cast<const float *>(from.data), reinterpret_cast<float *>(to.data),
                                2 * rows);
    constexpr size_t most = 256;
    for (size_t first = 0; first < rows; first += most) {
        const size_t count = rows - first < most ? rows - first : most;
        for (size_t i = 0; i < count; ++i) stage_row(from, where, first + i, 2, staged + 2 * i);
        softmax_of_pairs(staged, staged, 2 * count);
        for (size_t i = 0; i < count; ++i) {
            if (where) mask_row(where, first + i, 2, staged + 2 * i, 1, 0.0f);
            write_numbers(to.kind, const_cast<char *>(row_of<float>(to, first + i)), to.col, 2, staged + 2 * i);
        }
    }
}

#endif

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
