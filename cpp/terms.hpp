// Walks over rows, their maxima, and the sums of their terms.
//
// Conventions: see softmax.hpp. x is a unit of `n` numbers: either a tile, whose lanes are rows (across = false), or
// one long row that fills vectors and perhaps part of a last one (across = true).
#pragma once

#include <type_traits>

#include "exponential.hpp"
#include "kernels.hpp"
#include "sums.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// Calls f(j, count) for every vector j ... j + count - 1; count is W<T> but for a last part.
template <class T, bool across, class F>
SOFTARGMAX_INLINE void for_vectors(size_t n, F f) {
    size_t j = 0;
    for (; j + W<T> <= n; j += W<T>) f(j, W<T>);
    if (across && j < n) f(j, n - j);
}

template <class T>
SOFTARGMAX_INLINE V<T> get(const T *from, size_t count, T rest) {
    return count == W<T> ? load(from) : load_some(from, count, rest);
}

template <class T>
SOFTARGMAX_INLINE void put(T *to, V<T> v, size_t count) {
    if (count == W<T>)
        store(to, v);
    else
        store_some(to, v, count);
}

template <class T, bool across>
SOFTARGMAX_INLINE V<T> row_max(const T *x, size_t n) {
    V<T> m[4] = {splat(-kInfinity<T>), splat(-kInfinity<T>), splat(-kInfinity<T>), splat(-kInfinity<T>)};
    size_t j = 0;
    for (; j + 4 * W<T> <= n; j += 4 * W<T>)
        for (size_t i = 0; i < 4; ++i) m[i] = max(load(x + j + i * W<T>), m[i]);
    for_vectors<T, across>(
        n - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT { m[0] = max(get(x + j + i, count, -kInfinity<T>), m[0]); });
    const V<T> all = max(max(m[0], m[1]), max(m[2], m[3]));
    return across ? splat(largest_lane<T>(all)) : all;
}

constexpr size_t kAbreast = 4;  // vectors whose exponentials are computed at once

// Whether the maximal term is part of a sum of terms, 1 + tail, or left out of it, tail.
enum class Maximal { summed, left_out };
// Whether the terms stay where they were told to, or only their sum does.
enum class Terms { kept, dropped };

// kOne exp(gap) of every entry, and their sum: kOne (1 + tail), or the tail alone if the maximal term is left out.
// Terms that are kept are left in `terms`; `block` is room for kShortRow vectors. Summing is a loop of its own, over a
// block that is still in the nearest cache: converting floats to double straight from memory costs half of what it does
// from registers.
template <class T, bool across, Maximal maximal_term, Terms the_terms, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_of_terms(const Exponential &given, const T *x, T *terms, T *block, size_t n) {
    constexpr size_t block_size = kShortRow * W<T>;
    constexpr bool split = maximal_term == Maximal::left_out, keep_terms = the_terms == Terms::kept;
    constexpr bool in_block = split || !keep_terms;  // what is summed is not what is kept
    const Exponential exponential = given;           // in registers
    const bool near = given.is_near();
    Sum<T> sum = Sum<T>::zero();
    I<T> maximal{};
    if (!split) sum.begin_small();
    for (size_t begin = 0; begin < n; begin += block_size) {
        const size_t size = n - begin < block_size ? n - begin : block_size;
        const T *from_x = x + begin, *summed = in_block ? block : terms + begin;
        const auto keep_term = [&](size_t j, V<T> term, size_t count) SOFTARGMAX_FLAT {
            if (keep_terms) put(terms + begin + j, term, count);
            if (!in_block) return;
            const I<T> is_one = split ? I<T>(term == kOne<T>) : I<T>{};
            maximal -= is_one;
            store(block + j, keep<T>(~is_one, term));
        };
        size_t j = 0;
        const auto next_abreast = [&](auto near) SOFTARGMAX_FLAT {
            V<T> v[kAbreast];
            for (size_t i = 0; i < kAbreast; ++i) v[i] = load(from_x + j + i * W<T>);
            exponential.template exp<near()>(v);
            for (size_t i = 0; i < kAbreast; ++i) keep_term(j + i * W<T>, v[i], W<T>);
            j += kAbreast * W<T>;
        };
        if (near) {
            while (j + kAbreast * W<T> <= size) next_abreast(std::true_type{});
        } else {
            while (j + kAbreast * W<T> <= size) next_abreast(std::false_type{});
        }
        for_vectors<T, across>(size - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
            keep_term(j + i, exponential.exp_of(get(from_x + j + i, count, -kInfinity<T>)), count);
        });
        for_vectors<T, across>(size, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
            if (!split && count == W<T>)
                sum.add_small_at(summed + i);
            else if (!split)
                sum.add_small(load_some(summed + i, count, T(0)));
            else
                sum.add_at(summed + i);
        });
    }
    if (!split) sum.end_small();
    if (across) sum.add_across();
    if (split) {
        if (across) {
            auto total = maximal[0];
            for (size_t i = 1; i < W<T>; ++i) total += maximal[i];
            maximal = total - I<T>{};
        }
        sum.scale_by(T(1) / kOne<T>);
        sum.add((V<T>)((U<T>)(maximal - 1) + (U<T>)splat(Constants<T>::kRound)) - Constants<T>::kRound);
    }
    return sum;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
