// softmax, log_softmax, logsumexp and entropy, on rows that lie across lanes or along vectors.
//
// Conventions: x is the row, m its maximum over what counts, and
//     gap_j = (x_j - m) / temperature <= 0,    tail = sum over j != j* of exp(gap_j),    j* one maximal index.
// The terms exp(gap_j) sum to 1 + tail. Leaving the maximal term out keeps the digits of the tail: log(1 + tail)
// becomes log1p(tail), and the complement of the largest probability is tail / (1 + tail) instead of 1 - p.
//
// Everything here works on a group of units of `n` numbers each. A unit is either a tile, whose lanes are rows
// (across = false), or one long row that fills vectors and perhaps part of a last one (across = true). A row's
// result depends on nothing but the row and `across`, which only the number of classes decides. Operations go
// through a group step by step rather than unit by unit: what one unit waits for, another has already.
#pragma once

#include <type_traits>

#include "numerics.hpp"
#include "tile.hpp"

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

// kOne exp(gap) of every entry, and their sum: kOne (1 + tail), or with `split` the tail alone. With
// `keep_terms` the terms are left in `terms`; `block` is room for kShortRow vectors. Summing is a loop of its own, over
// a block that is still in the nearest cache: converting floats to double straight from memory costs half of what it
// does from registers.
template <class T, bool across, bool split, bool keep_terms, class Exponential>
SOFTARGMAX_INLINE Sum<T> sum_of_terms(const Exponential &given, const T *x, T *terms, T *block, size_t n) {
    constexpr size_t block_size = kShortRow * W<T>;
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

// ---- Operations -----------------------------------------------------------------------------------------
// An operation computes a group from x (and y), leaves rows of results in `out` if kWritesRows, and writes what
// there is one of per row itself. `out` may be x or y. The last step of a number on its way out is Finish, one per
// unit; it is applied to x instead of `out` if kFinishesX. Short rows are worked on in place unless kKeepsX.

constexpr size_t kMostUnits = 16;

template <class T>
struct Group {
    size_t size;  // units
    size_t n;     // numbers per unit
    const T *x[kMostUnits];
    const T *y[kMostUnits];
    T *out[kMostUnits];
    T *block[kMostUnits];
    Range range[kMostUnits];
    V<T> max[kMostUnits];  // of x, in all lanes if across
};

// What is done to a number of `out` on its way to the caller's array, if nothing.
template <class T>
struct AsItIs {
    SOFTARGMAX_INLINE V<T> operator()(V<T> v) const { return v; }
};

// One number per row, from the first range.count lanes.
template <class T>
SOFTARGMAX_INLINE void write_per_row(const Operand &operand, Range range, V<T> values) {
    char *to = operand.data + ptrdiff_t(range.first) * operand.row;
    if (operand.kind == kKindOf<T> && operand.row == ptrdiff_t(sizeof(T)) && range.count == W<T>)
        return store(reinterpret_cast<T *>(to), values);
    if constexpr (sizeof(T) == 4) {
        if (operand.kind == Kind::float64 && operand.row == ptrdiff_t(sizeof(double)) && range.count == W<T>) {
            store(reinterpret_cast<double *>(to), low(values));
            return store(reinterpret_cast<double *>(to) + W<double>, high(values));
        }
    }
    T lanes[W<T>];
    store(lanes, values);
    write_numbers(operand.kind, to, operand.row, range.count, lanes);
}

template <class T, bool across>
SOFTARGMAX_INLINE Split<T> temperatures(const Call &call, Range range) {
    const Operand &operand = call[kTemperature];
    if (!operand) {
        const T rounded = T(call.scalar);
        return {splat(rounded), splat(T(call.scalar - double(rounded)))};
    }
    T lanes[W<T>];  // doubles, and so is T where they are used: there is no rest
    for (size_t i = 0; i < W<T>; ++i) {
        const size_t row = range.first + (!across && i < range.count ? i : 0);
        read_numbers<T>(operand.kind, row_of<T>(operand, row), 0, 1, lanes + i);
    }
    return {load(lanes), V<T>{}};
}

template <class T, bool across>
struct Plain {
    using Exponential = Anchor<T>;
    SOFTARGMAX_INLINE static Anchor<T> at(V<T> m, const Call &, Range) { return Anchor<T>(m); }
};

template <class T, bool across>
struct Tempered {
    using Exponential = TemperedAnchor<T>;
    SOFTARGMAX_INLINE static TemperedAnchor<T> at(V<T> m, const Call &call, Range range) {
        return TemperedAnchor<T>(m, temperatures<T, across>(call, range));
    }
};

template <class T, bool across, template <class, bool> class How = Plain>
struct Anchors {
    typename How<T, across>::Exponential of[kMostUnits];

    SOFTARGMAX_INLINE Anchors(const Group<T> &group, const Call &call) {
        for (size_t u = 0; u < group.size; ++u) of[u] = How<T, across>::at(group.max[u], call, group.range[u]);
    }
};

template <class T, template <class, bool> class How>
struct SoftmaxOf {
    static constexpr bool kWritesRows = true, kReadsY = false, kFinishesX = false, kKeepsX = false;
    static constexpr T kNothing = T(0);
    const Call &call;

    struct Finish {
        Split<T> factor;
        SOFTARGMAX_INLINE V<T> operator()(V<T> term) const { return times(term, factor); }
    };

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        const Anchors<T, across, How> anchors(group, call);
        Sum<T> sums[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            sums[u] =
                sum_of_terms<T, across, false, true>(anchors.of[u], group.x[u], group.out[u], group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u) finish[u].factor = sums[u].divide(splat(T(1)));
    }
};

template <class T, template <class, bool> class How>
struct LogFinish {
    typename How<T, true>::Exponential anchor;
    Split<T> normalizer;
    SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return anchor.log_probability(x, normalizer); }
};

template <class T, template <class, bool> class How>
struct LogSoftmaxOf {
    static constexpr bool kWritesRows = true, kReadsY = false, kFinishesX = true, kKeepsX = false;
    static constexpr T kNothing = -kInfinity<T>;
    const Call &call;

    using Finish = LogFinish<T, How>;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        const Anchors<T, across, How> anchors(group, call);
        Sum<T> tails[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            tails[u] =
                sum_of_terms<T, across, true, false>(anchors.of[u], group.x[u], nullptr, group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u)
            finish[u] = {anchors.of[u], anchors.of[u].normalizer(log1p<T>(tails[u].split()))};
    }
};

template <class T>
using Softmax = SoftmaxOf<T, Plain>;
template <class T>
using TemperedSoftmax = SoftmaxOf<T, Tempered>;
template <class T>
using LogSoftmax = LogSoftmaxOf<T, Plain>;
template <class T>
using TemperedLogSoftmax = LogSoftmaxOf<T, Tempered>;

// A row with NaN gives NaN; otherwise one whose maximum is +inf, or which has nothing but -inf, gives that.
template <class T, bool across>
__attribute__((noinline)) V<T> without_finite_max(const T *x, size_t n, V<T> m, V<T> result) {
    I<T> nan{};
    for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
        const V<T> v = get(x + j, count, T(0));
        nan |= v != v;
    });
    if (across && any(nan)) nan = ~I<T>{};
    return (magnitude<T>(m) == kInfinity<T>)&~nan ? m : result;
}

template <class T>
struct LogSumExp {
    static constexpr bool kWritesRows = false, kReadsY = false, kFinishesX = false, kKeepsX = false;
    using Finish = AsItIs<T>;
    const Call &call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T, across> anchors(group, call);
        Sum<T> tails[kMostUnits];
        for (size_t u = 0; u < group.size; ++u)
            tails[u] =
                sum_of_terms<T, across, true, false>(anchors.of[u], group.x[u], nullptr, group.block[u], group.n);
        for (size_t u = 0; u < group.size; ++u) {
            const Anchor<T> &anchor = anchors.of[u];
            const V<T> m = anchor.max_value();
            const Split<T> log_sum = log1p<T>(tails[u].split()), sum = anchor.normalizer(log_sum);
            V<T> result = sum.value + sum.error;
            // Where m < 0 and log(1 + tail) cancel, an error of one ulp in a term is several in the result.
            const I<T> cancels = exponent(max(magnitude<T>(m), magnitude<T>(result))) < exponent(log_sum.value);
            if (any(cancels)) result = cancels ? precisely<across>(anchor, group.x[u], group.n) : result;
            if (any(I<T>(result != result))) result = without_finite_max<T, across>(group.x[u], group.n, m, result);
            write_per_row<T>(call[kPerRow], group.range[u], result);
        }
    }

private:
    SOFTARGMAX_INLINE static I<T> exponent(V<T> v) { return (I<T>)v & (I<T>)splat(kInfinity<T>); }

    // The same from exponentials that are not rounded to one number.
    template <bool across>
    __attribute__((noinline)) static V<T> precisely(const Anchor<T> &anchor, const T *x, size_t n) {
        Sum<T> sum = Sum<T>::zero();
        for_vectors<T, across>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
            const Split<T> term = anchor.split_exp(get(x + j, count, -kInfinity<T>));
            sum.add(term.value);
            sum.add(term.error);
        });
        if (across) sum.add_across();
        sum.scale_by(T(1) / kOne<T>);
        sum.add(splat(T(-1)));
        const Split<T> result = anchor.normalizer(log1p<T>(sum.split()));
        return result.value + result.error;
    }
};

// The maximum and the tail of every row: what one part of a row that is spread over several arrays
// contributes. Where there is no finite maximum: what logsumexp gives, and a tail of 0.
template <class T>
struct Summary {
    static constexpr bool kWritesRows = false, kReadsY = false, kFinishesX = false, kKeepsX = false;
    using Finish = AsItIs<T>;
    const Call &call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T, across> anchors(group, call);
        for (size_t u = 0; u < group.size; ++u) {
            V<T> m = anchors.of[u].max_value();
            const V<T> tail =
                sum_of_terms<T, across, true, false>(anchors.of[u], group.x[u], nullptr, group.block[u], group.n)
                    .value();
            const I<T> defined = tail == tail;
            if (any(I<T>(~defined))) m = without_finite_max<T, across>(group.x[u], group.n, m, defined ? m : tail);
            write_per_row<T>(call[kPerRow], group.range[u], m);
            write_per_row<T>(call[kPerRowToo], group.range[u], keep<T>(defined, tail));
        }
    }
};

// One number per row that was written before, in all lanes if across.
template <class T, bool across>
SOFTARGMAX_INLINE V<T> read_per_row(const Operand &operand, Range range) {
    T lanes[W<T>];
    for (size_t i = 0; i < W<T>; ++i)
        read_numbers<T>(operand.kind, row_of<T>(operand, range.first + (!across && i < range.count ? i : 0)), 0, 1,
                        lanes + i);
    return load(lanes);
}

// logsumexp from the maximum, which is all there is of x, and the tail (kPerRowToo).
template <class T>
struct LogSumExpGiven {
    static constexpr bool kWritesRows = false, kReadsY = false, kFinishesX = false, kKeepsX = false;
    using Finish = AsItIs<T>;
    const Call &call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) {
            const V<T> m = load(group.x[u]), tail = read_per_row<T, across>(call[kPerRowToo], group.range[u]);
            const Split<T> sum = Anchor<T>(m).normalizer(log1p<T>({tail, V<T>{}}));
            write_per_row<T>(call[kPerRow], group.range[u], magnitude<T>(m) < kInfinity<T> ? sum.value + sum.error : m);
        }
    }
};

// softmax and log_softmax of a part of a row whose maximum (kPerRow) and tail (kPerRowToo) are known.
template <class T>
struct SoftmaxGiven {
    static constexpr bool kWritesRows = true, kReadsY = false, kFinishesX = true, kKeepsX = false;
    static constexpr T kNothing = T(0);
    const Call &call;

    struct Finish {
        Anchor<T> anchor;
        Split<T> factor;
        SOFTARGMAX_INLINE V<T> operator()(V<T> x) const { return times(anchor.exp_of(x), factor); }
    };

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        for (size_t u = 0; u < group.size; ++u) {
            Sum<T> sum = Sum<T>::zero();
            sum.add(read_per_row<T, across>(call[kPerRowToo], group.range[u]));
            sum.add(splat(T(1)));
            finish[u] = {Anchor<T>(read_per_row<T, across>(call[kPerRow], group.range[u])),
                         sum.divide(splat(T(1) / kOne<T>))};
        }
    }
};

template <class T>
struct LogSoftmaxGiven {
    static constexpr bool kWritesRows = true, kReadsY = false, kFinishesX = true, kKeepsX = false;
    static constexpr T kNothing = -kInfinity<T>;
    const Call &call;

    using Finish = LogFinish<T, Plain>;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, Finish *finish) const {
        for (size_t u = 0; u < group.size; ++u) {
            const Anchor<T> anchor(read_per_row<T, across>(call[kPerRow], group.range[u]));
            const V<T> tail = read_per_row<T, across>(call[kPerRowToo], group.range[u]);
            finish[u] = {anchor, anchor.normalizer(log1p<T>({tail, V<T>{}}))};
        }
    }
};

// H = -sum p log p = log(1 + tail) + sum exp(gap) (-gap) / (1 + tail): two terms >= 0, nothing cancels.
template <class T>
struct Entropy {
    static constexpr bool kWritesRows = false, kReadsY = false, kFinishesX = false, kKeepsX = false;
    using Finish = AsItIs<T>;
    const Call &call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        const Anchors<T, across> anchors(group, call);
        for (size_t u = 0; u < group.size; ++u) {
            const T *x = group.x[u];
            const Anchor<T> anchor = anchors.of[u];
            const Sum<T> tail = sum_of_terms<T, across, true, false>(anchor, x, nullptr, group.block[u], group.n);
            Sum<T> spread = Sum<T>::zero();
            for_vectors<T, across>(group.n, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                const V<T> v = get(x + j, count, -kInfinity<T>);
                // Far below the maximum the term vanishes; -inf must not make it 0 inf.
                spread.add_product(anchor.exp_of(v), -max(splat(-Constants<T>::kCutoff), anchor.gap(v)));
            });
            if (across) spread.add_across();
            spread.scale_by(T(1) / kOne<T>);
            const V<T> entropy = log1p<T>(tail.split()).value + spread.value() / (tail.value() + T(1));
            write_per_row<T>(call[kPerRow], group.range[u], entropy);
        }
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
