// What an operation is, and what operations share: groups of rows, per-row results, anchors.
//
// An operation computes a group from x (and y), leaves rows of results in `out` if it writes rows, and writes what
// there is one of per row itself. `out` may be x or y. The last step of a number on its way out is Finish, one per
// unit.
//
// Everything here works on a group of units of `n` numbers each. A unit is either a tile, whose lanes are rows
// (across = false), or one long row that fills vectors and perhaps part of a last one (across = true). A row's
// result depends on nothing but the row and `across`, which only the number of classes decides. Operations go
// through a group step by step rather than unit by unit: what one unit waits for, another has already.
#pragma once

#include "terms.hpp"
#include "tile.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

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

// As many rows as a vector has lanes, or fewer: of a tile, whose lanes are rows, or rows that lie along vectors.
template <class T>
struct Unit {
    const T *x;
    T *out;
    ptrdiff_t x_row, out_row, step;  // from one row to the next, and from one class to the next, in numbers
    Range range;
    V<T> max;

    SOFTARGMAX_INLINE const T *x_of(size_t row) const { return x + ptrdiff_t(row) * x_row; }
    SOFTARGMAX_INLINE T *out_of(size_t row) const { return out + ptrdiff_t(row) * out_row; }
    SOFTARGMAX_INLINE Unit from(size_t first, size_t count) const {
        return {x_of(first), out_of(first), x_row, out_row, step, {range.first + first, count, range.total}, V<T>{}};
    }
};

template <class T>
SOFTARGMAX_INLINE Unit<T> unit_of_tile(const Group<T> &group, size_t u) {
    return {group.x[u], group.out[u], 1, 1, ptrdiff_t(W<T>), group.range[u], group.max[u]};
}

// What is done to a number of `out` on its way to the caller's array, if nothing.
template <class T>
struct AsItIs {
    SOFTARGMAX_INLINE AsItIs row(size_t) const { return {}; }
    SOFTARGMAX_INLINE AsItIs quick_row(size_t) const { return {}; }
    SOFTARGMAX_INLINE unsigned quick_rows() const { return ~0u; }
    SOFTARGMAX_INLINE V<T> operator()(V<T> v) const { return v; }
};

// What every operation says of itself; an operation says again what is different. As it stands here: it gives
// numbers per row, which it writes itself.
template <class T>
struct PerRow {
    static constexpr bool kWritesRows = false;  // leaves rows of results in `out`
    static constexpr bool kReadsY = false;      // brings in a second row itself
    static constexpr bool kFinishesX = false;   // the last step is applied to x instead of `out`
    static constexpr bool kOneSum = false;      // see OneSum
    using Finish = AsItIs<T>;
    const Call &call;
};

// The same for rows of results; kNothing stands in the places of a row that are masked.
template <class T>
struct PerClass : PerRow<T> {
    static constexpr bool kWritesRows = true;
    static constexpr T kNothing = T(0);
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

// One number per row that was written before, in all lanes if across.
template <class T, bool across>
SOFTARGMAX_INLINE V<T> read_per_row(const Operand &operand, Range range) {
    T lanes[W<T>];
    for (size_t i = 0; i < W<T>; ++i)
        read_numbers<T>(operand.kind, row_of<T>(operand, range.first + (!across && i < range.count ? i : 0)), 0, 1,
                        lanes + i);
    return load(lanes);
}

template <class T>
SOFTARGMAX_INLINE Split<T> temperatures(const Call &call, Range range) {
    const Operand &operand = call[kTemperature];
    if (!operand) {
        const T rounded = T(call.scalar);
        return {splat(rounded), splat(T(call.scalar - double(rounded)))};
    }
    // Doubles, and so is T where they are used: there is no rest.
    return {read_per_row<T, false>(operand, range), V<T>{}};
}

// ---- Operations of one sum ------------------------------------------------------------------------------------------
// softmax, its logarithm and the losses need one thing of a row: the sum of its terms. They say which one, and what
// becomes of it; the walks over rows, here for tiles and in along.hpp, are the same for all of them. Such an operation
// has, beside what PerRow says,
//     Exponential exponential(m, range)       for the maxima of a unit's rows, one per lane
//     kMaximal, kTerms                        which sum, and whether its terms are left in `out`
//     before(unit, mend)                      looks at x while it is still there
//     Finish settle(unit, exponential, sum, mend)   what follows from the sums; writes what there is one of per row
//     mend(unit, mend)                        puts single numbers right after the last step, if kMends

struct Nothing {};

// Whether long rows go piece by piece, see long_row.hpp: not on processors before AVX2, where that is not worth its
// code.
#if defined(__x86_64__) && !defined(__AVX2__)
constexpr bool kGoesInPieces = false;
#else
constexpr bool kGoesInPieces = true;
#endif

template <class T, class Parent, Maximal maximal, Terms the_terms>
struct OneSum : Parent {
    static constexpr bool kOneSum = true;
    static constexpr bool kMends = false;
    static constexpr bool kInPieces = false;  // long rows go piece by piece, see long_row.hpp
    static constexpr Maximal kMaximal = maximal;
    static constexpr Terms kTerms = the_terms;
    using Exponential = AnchorOf<T, maximal == Maximal::left_out>;
    using Mend = Nothing;

    SOFTARGMAX_INLINE Exponential exponential(V<T> m, Range) const { return Exponential(m); }
    SOFTARGMAX_INLINE void before(const Unit<T> &, Nothing &) const {}
    SOFTARGMAX_INLINE void mend(const Unit<T> &, const Nothing &) const {}
    // Rows, a bit for each, in whose result an error of 2^-37 of the sum (2^-77 in double) is nothing.
    SOFTARGMAX_INLINE unsigned rows_above_their_tails(V<T>) const { return 0; }
};

// The tiles of a group, step by step.
template <class T, class Operation>
SOFTARGMAX_INLINE void compute_tiles(const Operation &operation, const Group<T> &group,
                                     typename Operation::Finish *finish, typename Operation::Mend *mends) {
    typename Operation::Exponential exponentials[kMostUnits];
    Sum<T> sums[kMostUnits];
    for (size_t u = 0; u < group.size; ++u) {
        exponentials[u] = operation.exponential(group.max[u], group.range[u]);
        operation.before(unit_of_tile(group, u), mends[u]);
    }
    for (size_t u = 0; u < group.size; ++u)
        sums[u] = sum_of_terms<T, false, Operation::kMaximal, Operation::kTerms>(exponentials[u], group.x[u],
                                                                                 group.out[u], group.block[u], group.n);
    for (size_t u = 0; u < group.size; ++u)
        finish[u] = operation.settle(unit_of_tile(group, u), exponentials[u], sums[u], mends[u]);
}

// An anchor for every unit of a group, for operations that walk over their rows themselves.
template <class T>
struct Anchors {
    Anchor<T> of[kMostUnits];

    SOFTARGMAX_INLINE explicit Anchors(const Group<T> &group) {
        for (size_t u = 0; u < group.size; ++u) of[u] = Anchor<T>(group.max[u]);
    }
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
