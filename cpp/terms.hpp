// Walks over rows, their maxima, and the sums of their terms.
//
// Conventions: see softmax.hpp. x is a unit of `n` numbers: either a tile, whose lanes are rows (across = false), or
// one long row that fills vectors and perhaps part of a last one (across = true).
#pragma once

#include <type_traits>

#include "kernels.hpp"
#include "powers.hpp"
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

// Calls f(j, terms, count) for the terms of vectors j ... , kAbreast at a time while there are as many, and then one by
// one; the last of a long row may hold only `count` numbers. After every kFold of them, fold().
template <class T, bool across, bool near, class Exponential, class F, class Fold>
SOFTARGMAX_INLINE void for_terms(const Exponential &exponential, const T *x, size_t n, F f, Fold fold) {
    static_assert(kFold<T> % kAbreast == 0, "folds after a whole step");
    size_t j = 0;
    const auto several = [&]() SOFTARGMAX_FLAT {
        V<T> v[kAbreast];
        TermOf<T> terms[kAbreast];
        for (size_t i = 0; i < kAbreast; ++i) v[i] = load(x + j + i * W<T>);
        exponential.template terms<near>(v, terms);
        for (size_t i = 0; i < kAbreast; ++i) f(j + i * W<T>, terms[i], W<T>);
        j += kAbreast * W<T>;
    };
    while (j + kFold<T> * W<T> <= n) {
#pragma GCC unroll 2
        for (size_t i = 0; i < kFold<T>; i += kAbreast) several();
        fold();
    }
    if (kFold<T> > kAbreast && j + kAbreast * W<T> <= n) several();
    for_vectors<T, across>(n - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
        V<T> v[1] = {get(x + j + i, count, -kInfinity<T>)};
        TermOf<T> terms[1];
        exponential.template terms<false>(v, terms);
        f(j + i, terms[0], count);
    });
    fold();
}

// The sum of all terms, unrounded, kUnit (1 + tail); each of them, rounded, in `terms` if they are kept.
template <class T, bool across, Terms the_terms, bool near, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_of_all(const Exponential &exponential, const T *x, T *terms, size_t n) {
    SumOfTerms<T> sum;
    for_terms<T, across, near>(
        exponential, x, n,
        [&](size_t j, const TermOf<T> &term, size_t count) SOFTARGMAX_FLAT {
            if (the_terms == Terms::kept) put(terms + j, term.rounded(), count);
            sum.template add<Exponential::kFromPower>(term);
        },
        [&]() SOFTARGMAX_FLAT { sum.fold(); });
    sum.finish();
    return as_sum(sum);
}

// The sum of all terms but the maximal one, unrounded: kUnit tail. What is large of a term and the sums of what is not
// (see SmallRest) are summed in a loop of its own, over a `block` of up to kShortRow vectors that is still in the
// nearest cache: converting floats to double straight from memory costs half of what it does from registers. What is as
// large as the maximum is counted.
template <class T, bool across, Terms the_terms, bool near, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_of_tail(const Exponential &exponential, const T *x, T *terms, T *block, size_t n,
                                     bool leaves_out) {
    constexpr size_t block_size = (kShortRow - kShortRow / kFold<T>)*W<T>;  // leaves room for a vector per fold
    Sum<T> sum = Sum<T>::zero();
    RestOfTerms<T> rest;
    I<T> maximal{};
    for (size_t begin = 0; begin < n; begin += block_size) {
        const size_t size = n - begin < block_size ? n - begin : block_size;
        T *end = block + (size + W<T> - 1) / W<T> * W<T>;
        for_terms<T, across, near>(
            exponential, x + begin, size,
            [&](size_t j, const TermOf<T> &term, size_t count) SOFTARGMAX_FLAT {
                if (the_terms == Terms::kept) put(terms + begin + j, term.rounded(), count);
                const V<T> large = term.template large<Exponential::kFromPower>();
                const I<T> is_one = large == Exponential::kUnit;
                maximal -= is_one;
                rest.template add<Exponential::kFromPower>(term, large, is_one);
                store(block + j, keep<T>(~is_one, large));
            },
            [&]() SOFTARGMAX_FLAT { end = rest.fold(end); });
        for (const T *from = block; from < end; from += W<T>) sum.add_at(from);
    }
    rest.move_to(sum);
    if (across) {
        sum.add_across();
        maximal = sum_in_all_lanes(maximal);
    }
    // Not rounded: what would be lost of many times the unit of a table is as much as of a term.
    const V<T> others = (V<T>)((U<T>)(maximal - leaves_out) + (U<T>)splat(Constants<T>::kRound)) - Constants<T>::kRound;
    sum.add_product(others, splat(Exponential::kUnit));
    return sum;
}

template <class T, bool across, Maximal maximal, Terms the_terms, bool near, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_here(const Exponential &given, const T *x, T *terms, T *block, size_t n, bool leaves_out) {
    const Exponential exponential = given;  // in registers
    if constexpr (maximal == Maximal::summed) {
        Sum<T> sum = sum_of_all<T, across, the_terms, near>(exponential, x, terms, n);
        if (across) sum.add_across();
        return sum;
    } else {
        return sum_of_tail<T, across, the_terms, near>(exponential, x, terms, block, n, leaves_out);
    }
}

// The same, compiled once for all operations. It is given a copy: what another function has seen the address of stays
// in memory, and this must not happen to what the operation goes on with.
template <class T, bool across, Maximal maximal, Terms the_terms, bool near, class Exponential>
__attribute__((noinline)) Sum<T> sum_apart(const Exponential exponential, const T *x, T *terms, T *block, size_t n,
                                           bool leaves_out) {
    return sum_here<T, across, maximal, the_terms, near>(exponential, x, terms, block, n, leaves_out);
}

// kUnit exp(gap) of every entry, and their sum: kUnit (1 + tail), or kUnit tail if the maximal term is left out. What
// is rare, and what is long beside a call, is no part of the operation's code. Of a row that comes in pieces, only one
// of them leaves a maximal term out.
template <class T, bool across, Maximal maximal, Terms the_terms, class Exponential>
SOFTARGMAX_INLINE Sum<T> scaled_sum(const Exponential &exponential, const T *x, T *terms, T *block, size_t n,
                                    bool leaves_out) {
    if (!exponential.is_near())
        return sum_apart<T, across, maximal, the_terms, false>(exponential, x, terms, block, n, leaves_out);
    if constexpr (across)
        return sum_apart<T, across, maximal, the_terms, true>(exponential, x, terms, block, n, leaves_out);
    else
        return sum_here<T, across, maximal, the_terms, true>(exponential, x, terms, block, n, leaves_out);
}

// The same for a whole row, and the tail without a factor.
template <class T, bool across, Maximal maximal, Terms the_terms, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_of_terms(const Exponential &exponential, const T *x, T *terms, T *block, size_t n) {
    Sum<T> sum = scaled_sum<T, across, maximal, the_terms>(exponential, x, terms, block, n, true);
    if (maximal == Maximal::left_out) sum.divide_by(Exponential::kUnit);
    return sum;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
