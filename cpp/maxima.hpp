// Where the largest logits of a row are: of a long row, which vectors fill; of short rows, which lie across lanes.
//
// NaN is larger than any number, and of equal logits the first comes first, as in NumPy's argmax and ONNX's TopK.
#pragma once

#include "terms.hpp"
#include "tile.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

SOFTARGMAX_INLINE size_t lowest_bit(unsigned bits) { return size_t(__builtin_ctz(bits)); }

// The first of n numbers for which is_sought(vector) holds; n if there is none.
template <class T, class F>
SOFTARGMAX_INLINE size_t first_where(const T *x, size_t n, F is_sought) {
    for (size_t j = 0; j < n; j += W<T>) {
        const size_t count = n - j < W<T> ? n - j : W<T>;
        const unsigned hits = bits(I<T>(is_sought(get(x + j, count, T(0))))) & ((2u << (count - 1)) - 1);
        if (hits != 0) return j + lowest_bit(hits);
    }
    return n;
}

// A long row, a piece at a time: in place where it lies as T, and otherwise brought into a small room of its own.
template <class T>
class Pieces {
public:
    static constexpr size_t kStaged = 2048;

    Pieces(const Operand &row, const char *data, size_t n)
        : row_(row), data_(data), n_(n), is_plain_(is_plain_row<T>(row)) {}

    size_t count() const { return n_; }
    size_t most() const { return is_plain_ ? n_ : kStaged; }

    // Numbers begin ... begin + size - 1.
    const T *at(size_t begin, size_t size) {
        const char *const from = data_ + ptrdiff_t(begin) * row_.col;
        if (is_plain_) return reinterpret_cast<const T *>(from);
        read_numbers(row_.kind, from, row_.col, size, staged_);
        return staged_;
    }

    // The first for which is_sought(vector) holds, from `begin` on.
    template <class F>
    SOFTARGMAX_INLINE size_t first(size_t begin, F is_sought) {
        for (size_t size; begin < n_; begin += size) {
            size = n_ - begin < most() ? n_ - begin : most();
            const size_t place = first_where(at(begin, size), size, is_sought);
            if (place < size) return begin + place;
        }
        return n_;
    }

private:
    const Operand &row_;
    const char *data_;
    size_t n_;
    bool is_plain_;
    alignas(64) T staged_[kStaged];
};

// The numbers of a long row of which a maximum is kept per lane; that many vectors need no index.
template <class T>
constexpr size_t kStretch = 16 * W<T>;

// The place of the first NaN, or else of the first maximum. One pass over the row: every lane keeps the largest of
// its numbers and the stretch where it was first; that stretch is looked through once more.
template <class T>
size_t first_largest(Pieces<T> &row) {
    const size_t n = row.count();
    V<T> largest = splat(-kInfinity<T>);
    I<T> nan{}, stretch{}, here{};
    for (size_t begin = 0, size; begin < n; begin += size) {
        size = n - begin < row.most() ? n - begin : row.most();
        const T *const x = row.at(begin, size);
        for (size_t j = 0; j < size; j += kStretch<T>) {
            V<T> m[2] = {splat(-kInfinity<T>), splat(-kInfinity<T>)};
            const auto take = [&](V<T> v, V<T> &most) SOFTARGMAX_FLAT {
                nan |= v != v;
                most = max(v, most);
            };
            const size_t end = size - j < kStretch<T> ? size : j + kStretch<T>;
            size_t i = j;
            for (; i + 2 * W<T> <= end; i += 2 * W<T>) {
                take(load(x + i), m[0]);
                take(load(x + i + W<T>), m[1]);
            }
            for_vectors<T, true>(end - i, [&](size_t k, size_t count)
                                              SOFTARGMAX_FLAT { take(get(x + i + k, count, -kInfinity<T>), m[0]); });
            const V<T> both = max(m[0], m[1]);
            stretch = both > largest ? here : stretch;
            largest = max(both, largest);
            here += 1;
        }
    }
    if (any(nan)) return row.first(0, [](V<T> v) SOFTARGMAX_FLAT { return v != v; });
    const V<T> m = splat(largest_lane<T>(largest));
    size_t first = n;
    for (unsigned lanes = bits(I<T>(largest == m)); lanes != 0; lanes &= lanes - 1) {
        const size_t begin = size_t(stretch[lowest_bit(lanes)]) * kStretch<T>;
        if (begin < first) first = begin;
    }
    return row.first(first, [m](V<T> v) SOFTARGMAX_FLAT { return v == m; });
}

// The same for the rows of a tile whose maxima are m.
template <class T>
SOFTARGMAX_INLINE I<T> first_largest_of_tile(const T *tile, size_t classes, V<T> m) {
    I<T> place{}, nan{}, here{};
    here += decltype(here[0] + 0)(classes);
    for (size_t j = classes; j-- > 0;) {
        const V<T> v = load(tile + j * W<T>);
        here -= 1;
        nan |= v != v;
        place = v == m ? here : place;
    }
    if (!any(nan)) return place;
    for (size_t j = classes; j-- > 0;) {
        const V<T> v = load(tile + j * W<T>);
        place = v != v ? I<T>{} + decltype(here[0] + 0)(j) : place;
    }
    return place;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
