// Between arrays and the kernels: short rows into tiles, long rows into plain rows, and back.
//
// A tile holds W<T> short rows as `classes` vectors, one row per lane, so that no lane is idle and nothing is
// ever summed across lanes. Rows are transposed 16 bytes at a time, in registers where memory is laid out
// for it; any other array, and an incomplete last tile, goes through a staging area, row by row.
#pragma once

#include "integers.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

SOFTARGMAX_INLINE void transpose_parts(V<float> (&v)[4]) {
    const V<double> a = (V<double>)zip_low(v[0], v[1]), b = (V<double>)zip_high(v[0], v[1]);
    const V<double> c = (V<double>)zip_low(v[2], v[3]), d = (V<double>)zip_high(v[2], v[3]);
    v[0] = (V<float>)zip_low(a, c);
    v[1] = (V<float>)zip_high(a, c);
    v[2] = (V<float>)zip_low(b, d);
    v[3] = (V<float>)zip_high(b, d);
}

SOFTARGMAX_INLINE void transpose_parts(V<double> (&v)[2]) {
    const V<double> first = zip_low(v[0], v[1]);
    v[1] = zip_high(v[0], v[1]);
    v[0] = first;
}

// Calls f(j) for the classes where the parts of a row begin; the last part overlaps its predecessor rather than
// the end. A row shorter than a part is one part all the same.
template <class T, class F>
SOFTARGMAX_INLINE void for_parts(size_t classes, F f) {
    size_t j = 0;
    for (; j + kPart<T> <= classes; j += kPart<T>) f(j);
    if (j < classes) f(classes < kPart<T> ? 0 : classes - kPart<T>);
}

// W<T> rows, `row` numbers apart, into a tile; gives every row's maximum. Reads whole parts, also of shorter rows.
template <class T>
SOFTARGMAX_INLINE V<T> rows_to_tile(const T *rows, ptrdiff_t row, size_t classes, T *tile) {
    constexpr size_t part = kPart<T>;
    V<T> largest = splat(-kInfinity<T>);
    for_parts<T>(classes, [&](size_t j) SOFTARGMAX_FLAT {
        V<T> v[part];
#pragma GCC unroll 4
        for (size_t i = 0; i < part; ++i) v[i] = load_parts(rows + j + ptrdiff_t(i) * row, ptrdiff_t(part) * row);
        transpose_parts(v);
#pragma GCC unroll 4
        for (size_t i = 0; i < part; ++i) {
            store(tile + (j + i) * W<T>, v[i]);
            if (i == 0 || classes >= part || i < classes) largest = max(v[i], largest);
        }
    });
    return largest;
}

// Parts k, k + 1, ... of every vector, each to its row; of the last row `last` numbers only.
template <class T, size_t k = 0>
SOFTARGMAX_INLINE void store_parts(const V<T> (&v)[kPart<T>], ptrdiff_t row, T *rows, size_t last) {
    if constexpr (k * kPart<T> < W<T>) {
#pragma GCC unroll 4
        for (size_t i = 0; i < kPart<T>; ++i) {
            T *to = rows + ptrdiff_t(k * kPart<T> + i) * row;
            if ((k + 1) * kPart<T> < W<T> || i + 1 < kPart<T> || last == kPart<T>) {
                store_part<k>(to, v[i]);
            } else {
                T whole[kPart<T>];
                store_part<k>(whole, v[i]);
                for (size_t j = 0; j < last; ++j) to[j] = whole[j];
            }
        }
        store_parts<T, k + 1>(v, row, rows, last);
    }
}

// The inverse, with `finish` applied to every vector on its way. Writes whole parts too, row after row: what a
// short row writes too much, the next one mends. If `exactly`, nothing is written after the last row, which works
// for rows of at least a part less one.
template <class T, class Finish>
SOFTARGMAX_INLINE void tile_to_rows(const T *tile, ptrdiff_t row, size_t classes, T *rows, const Finish &finish,
                                    bool exactly) {
    constexpr size_t part = kPart<T>;
    for_parts<T>(classes, [&](size_t j) SOFTARGMAX_FLAT {
        V<T> v[part];
#pragma GCC unroll 4
        for (size_t i = 0; i < part; ++i) v[i] = finish(load(tile + (j + i) * W<T>));
        transpose_parts(v);
        store_parts<T>(v, row, rows + j, exactly && classes < part ? part - 1 : part);
    });
}

// Rows of two floats lie two to a part; they need half the steps.
SOFTARGMAX_INLINE V<float> pairs_to_tile(const float *rows, float *tile) {
    const V<float> a = load_parts(rows, 8), b = load_parts(rows + 4, 8);
    const V<float> even = zip_low(a, b), odd = zip_high(a, b);
    const V<float> first = zip_low(even, odd), second = zip_high(even, odd);
    store(tile, first);
    store(tile + W<float>, second);
    return max(second, max(first, splat(-kInfinity<float>)));
}

template <size_t k = 0>
SOFTARGMAX_INLINE void store_pairs(V<float> a, V<float> b, float *rows) {
    if constexpr (k * 4 < W<float>) {
        store_part<k>(rows + k * 8, a);
        store_part<k>(rows + k * 8 + 4, b);
        store_pairs<k + 1>(a, b, rows);
    }
}

template <class Finish>
SOFTARGMAX_INLINE void tile_to_pairs(const float *tile, float *rows, const Finish &finish) {
    const V<float> first = finish(load(tile)), second = finish(load(tile + W<float>));
    store_pairs(zip_low(first, second), zip_high(first, second), rows);
}

// Which rows of a tile, or which one row, are at hand: rows first ... first + count - 1 of `total`.
struct Range {
    size_t first;
    size_t count;
    size_t total;
};

// Does every row begin where the one before it ends?
SOFTARGMAX_INLINE bool end_to_end(const Operand &operand, size_t classes) {
    return operand.row == operand.col * ptrdiff_t(classes);
}

// Rows that lie in memory in another way, or do not fill the tile. Compiled once for all operations.
template <class T>
__attribute__((noinline)) V<T> stage_tile(const Operand &operand, const Operand &where, Range range, size_t classes,
                                          T *tile, T *staging) {
    if (!where && end_to_end(operand, classes) && !operand.is_relative)
        read_numbers(operand.kind, row_of<T>(operand, range.first), operand.col, range.count * classes, staging);
    else
        for (size_t i = 0; i < range.count; ++i)
            stage_row(operand, where, range.first + i, classes, staging + i * classes);
    for (size_t i = range.count * classes; i < W<T> * classes; ++i) staging[i] = T(0);
    return rows_to_tile(staging, ptrdiff_t(classes), classes, tile);
}

// Rows into a tile. Gives the maximum of every row.
template <class T>
SOFTARGMAX_INLINE V<T> load_tile(const Operand &operand, const Operand &where, Range range, size_t classes, T *tile,
                                 T *staging) {
    if (operand.kind == kKindOf<T> && range.count == W<T> && !where) {
        const T *rows = reinterpret_cast<const T *>(row_of<T>(operand, range.first));
        const ptrdiff_t row = operand.row / ptrdiff_t(sizeof(T));
        // A row shorter than a part is read together with the beginning of the next ones.
        const bool readable =
            classes >= kPart<T> || (row >= ptrdiff_t(classes) && range.first + W<T> + kPart<T> <= range.total);
        if constexpr (sizeof(T) == 4) {
            if (classes == 2 && row == 2 && operand.col == 4) return pairs_to_tile(rows, tile);
        }
        if (operand.col == ptrdiff_t(sizeof(T)) && readable) {
            return rows_to_tile(rows, row, classes, tile);
        }
        if (operand.row == ptrdiff_t(sizeof(T))) {
            const char *column = operand.data + range.first * sizeof(T);
            V<T> largest = splat(-kInfinity<T>);
            for (size_t j = 0; j < classes; ++j, column += operand.col) {
                const V<T> v = load(reinterpret_cast<const T *>(column));
                store(tile + j * W<T>, v);
                largest = max(v, largest);
            }
            return largest;
        }
    }
    return stage_tile(operand, where, range, classes, tile, staging);
}

// Rows from staging to where they belong. Compiled once for all operations.
template <class T>
__attribute__((noinline)) void write_rows(const Operand &operand, Range range, size_t classes, const T *staging) {
    char *first = operand.data + ptrdiff_t(range.first) * operand.row;
    if (end_to_end(operand, classes))
        return write_numbers(operand.kind, first, operand.col, range.count * classes, staging);
    for (size_t i = 0; i < range.count; ++i)
        write_numbers(operand.kind, first + ptrdiff_t(i) * operand.row, operand.col, classes, staging + i * classes);
}

template <class T, class Finish>
SOFTARGMAX_INLINE void store_tile(const Operand &operand, Range range, size_t classes, const T *tile, T *staging,
                                  const Finish &finish) {
    if (operand.kind == kKindOf<T> && range.count == W<T>) {
        char *first = operand.data + ptrdiff_t(range.first) * operand.row;
        if constexpr (sizeof(T) == 4) {
            if (classes == 2 && end_to_end(operand, classes) && operand.col == 4)
                return tile_to_pairs(tile, reinterpret_cast<T *>(first), finish);
        }
        if (operand.col == ptrdiff_t(sizeof(T)) &&
            (classes >= kPart<T> || (classes + 1 == kPart<T> && end_to_end(operand, classes)))) {
            tile_to_rows(tile, operand.row / ptrdiff_t(sizeof(T)), classes, reinterpret_cast<T *>(first), finish, true);
            return;
        }
        if (operand.row == ptrdiff_t(sizeof(T))) {
            for (size_t j = 0; j < classes; ++j, first += operand.col)
                store(reinterpret_cast<T *>(first), finish(load(tile + j * W<T>)));
            return;
        }
    }
    tile_to_rows(tile, ptrdiff_t(classes), classes, staging, finish, false);
    write_rows(operand, range, classes, staging);
}

// A tile of results into rows. Compiled once for all operations.
template <class T>
__attribute__((noinline)) void store_results(const Operand &operand, Range range, size_t classes, const T *tile,
                                             T *staging) {
    store_tile(operand, range, classes, tile, staging, [](V<T> v) SOFTARGMAX_FLAT { return v; });
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
