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

// What is done to a number of `out` on its way to the caller's array, if nothing.
template <class T>
struct AsItIs {
    SOFTARGMAX_INLINE V<T> operator()(V<T> v) const { return v; }
};

// What every operation says of itself; an operation says again what is different. As it stands here: it gives
// numbers per row, which it writes itself.
template <class T>
struct PerRow {
    static constexpr bool kWritesRows = false;  // leaves rows of results in `out`
    static constexpr bool kReadsY = false;      // brings in a second row itself
    static constexpr bool kFinishesX = false;   // the last step is applied to x instead of `out`
    static constexpr bool kKeepsX = false;      // short rows are not worked on in place
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

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
