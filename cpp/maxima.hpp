// Where the largest logits of a row are: of a long row, which vectors fill; of short rows, which lie across lanes.
//
// NaN is larger than any number, and of equal logits the first comes first, as in NumPy's argmax and ONNX's TopK.
#pragma once

#include "terms.hpp"
#include "tile.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

inline char *result_at(const Operand &operand, size_t row, size_t i) {
    return operand.data + ptrdiff_t(row) * operand.row + ptrdiff_t(i) * operand.col;
}

inline void write_code(const Operand &codes, size_t row, size_t i, int64_t code) {
    __builtin_memcpy(result_at(codes, row, i), &code, sizeof code);
}

// One code per row.
template <class T>
SOFTARGMAX_INLINE void write_codes(const Operand &codes, Range range, I<T> places) {
    decltype(places[0] + 0) lanes[W<T>];
    int64_t wide[W<T>];
    __builtin_memcpy(lanes, &places, sizeof lanes);
    for (size_t i = 0; i < W<T>; ++i) wide[i] = lanes[i];
    if (codes.row == ptrdiff_t(sizeof(int64_t)) && range.count == W<T>) {
        __builtin_memcpy(result_at(codes, range.first, 0), wide, sizeof wide);
        return;
    }
    for (size_t i = 0; i < range.count; ++i) write_code(codes, range.first + i, 0, wide[i]);
}

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

// The maxima of the lanes of some numbers; adds to `nan` where there is NaN. Comparisons are as dear as maxima, and go
// through the same part of a processor, but a product with 0 is NaN for NaN, if also for infinities; only then are the
// numbers, which are in the nearest cache, compared.
template <class T>
SOFTARGMAX_INLINE V<T> maxima_of(const T *x, size_t n, I<T> &nan) {
    V<T> m[4] = {splat(-kInfinity<T>), splat(-kInfinity<T>), splat(-kInfinity<T>), splat(-kInfinity<T>)};
    V<T> zeros[4] = {};
    const auto take = [&](V<T> v, V<T> finite, size_t i) SOFTARGMAX_FLAT {
        m[i] = max(v, m[i]);
        zeros[i] = fma(finite, V<T>{}, zeros[i]);
    };
    size_t j = 0;
    for (; j + 4 * W<T> <= n; j += 4 * W<T>)
        for (size_t i = 0; i < 4; ++i) take(load(x + j + i * W<T>), load(x + j + i * W<T>), i);
    for_vectors<T, true>(n - j, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
        // No number may count for two lanes: the k-th largest of their maxima would be larger than that of all.
        take(get(x + j + i, count, -kInfinity<T>), get(x + j + i, count, T(0)), 0);
    });
    const V<T> all = (zeros[0] + zeros[1]) + (zeros[2] + zeros[3]);
    if (any(I<T>(all != all))) {
        for_vectors<T, true>(n, [&](size_t i, size_t count) SOFTARGMAX_FLAT {
            const V<T> v = get(x + i, count, T(0));
            nan |= v != v;
        });
    }
    return max(max(m[0], m[1]), max(m[2], m[3]));
}

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
            const V<T> both = maxima_of(x + j, size - j < kStretch<T> ? size - j : kStretch<T>, nan);
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

// Does v go before a logit of a lower code?
template <class T>
SOFTARGMAX_INLINE I<T> goes_before(V<T> v, V<T> other) {
    return ~(v <= other) & (other == other);
}

// The `top` first logits of the rows of a tile and their codes: every lane keeps its best in order, and the logit of
// the next class goes down that order until it has found its place.
template <class T>
void sort_tile(const T *tile, size_t classes, size_t top, V<T> *best, I<T> *codes) {
    I<T> here{};
    for (size_t j = 0; j < classes; ++j, here += 1) {
        V<T> v = load(tile + j * W<T>);
        I<T> code = here;
        const size_t kept = j < top ? j : top;
        if (kept == top && !any(goes_before<T>(v, best[top - 1]))) continue;
        I<T> before{};
        for (size_t i = 0; i < kept; ++i) {
            const V<T> value = best[i];
            const I<T> other = codes[i];
            before |= goes_before<T>(v, value);  // and then all that follow make room, equal or not
            best[i] = before ? v : value;
            codes[i] = before ? code : other;
            v = before ? value : v;
            code = before ? other : code;
        }
        if (j >= top) continue;
        best[j] = v;
        codes[j] = code;
    }
}

// ---- The largest few of a long row ------------------------------------------------------------------------

// The maximum of every W<T>-th number of every block of kBlock, +inf where one of them is NaN; the maximum of all;
// gives whether there is NaN.
template <class T>
bool lane_maxima(const T *x, size_t n, T *maxima, T *max_of_all) {
    I<T> nan_anywhere{};
    V<T> largest = splat(-kInfinity<T>);
    for (size_t begin = 0; begin < n; begin += kBlock, maxima += W<T>) {
        I<T> nan{};
        const V<T> m = maxima_of(x + begin, n - begin < kBlock ? n - begin : kBlock, nan);
        const V<T> both = nan ? splat(kInfinity<T>) : m;
        store(maxima, both);
        largest = max(both, largest);
        nan_anywhere |= nan;
    }
    *max_of_all = largest_lane<T>(largest);
    return any(nan_anywhere);
}

constexpr size_t blocks_of(size_t n) { return (n + kBlock - 1) / kBlock; }

// What a number must reach, or exceed, to be looked at. NaN passes every bar.
template <class T>
struct Bar {
    T value = -kInfinity<T>;
    bool is_exceeded = false;

    SOFTARGMAX_INLINE I<T> passed_by(V<T> v) const {
        return is_exceeded ? I<T>(~(v <= splat(value))) : I<T>(~(v < splat(value)));
    }
    SOFTARGMAX_INLINE bool is_passed_below(V<T> maxima) const { return any(passed_by(maxima)); }
};

// The same for what lies between two numbers.
template <class T>
struct Limits {
    Between<T> which;

    SOFTARGMAX_INLINE I<T> passed_by(V<T> v) const { return (v >= splat(which.least)) & (v <= splat(which.largest)); }
    SOFTARGMAX_INLINE bool is_passed_below(V<T> maxima) const { return any(I<T>(maxima >= splat(which.least))); }
};

// Calls f(number, code) for all that pass the bar, in the order of codes, while f gives true; f may raise the bar.
template <class T, class BarOrLimits, class F>
SOFTARGMAX_INLINE void for_passing(const T *x, size_t n, const T *maxima, const BarOrLimits &bar, F f) {
    for (size_t begin = 0; begin < n; begin += kBlock, maxima += W<T>) {
        if (!bar.is_passed_below(load(maxima))) continue;
        const size_t end = n - begin < kBlock ? n : begin + kBlock;
        for (size_t j = begin; j < end; j += W<T>) {
            const size_t count = end - j < W<T> ? end - j : W<T>;
            unsigned hits = bits(bar.passed_by(get(x + j, count, -kInfinity<T>))) & ((2u << (count - 1)) - 1);
            for (; hits != 0; hits &= hits - 1)
                if (!f(x[j + lowest_bit(hits)], j + lowest_bit(hits))) return;
        }
    }
}

template <class T>
SOFTARGMAX_INLINE bool comes_before(const Candidate<T> &a, const Candidate<T> &b) {
    const auto larger = [](T x, T y) { return x > y || (x != x && y == y); };
    return larger(a.x, b.x) || (!larger(b.x, a.x) && a.code < b.code);
}

// The first `most` candidates of those offered: a heap whose root comes last, so that nearly all that is offered
// fails one comparison.
template <class T>
class Best {
public:
    Best(Candidate<T> *room, size_t most) : heap_(room), most_(most) {}

    Bar<T> bar;

    bool offer(T x, size_t code) {
        const Candidate<T> candidate{x, code};
        if (count_ < most_) {
            heap_[count_++] = candidate;
            if (count_ < most_) return true;
            for (size_t at = most_ / 2; at-- > 0;) sift_down(heap_[at], at, most_);
        } else if (comes_before(candidate, heap_[0])) {
            sift_down(candidate, 0, most_);
        } else {
            return true;
        }
        bar = {heap_[0].x, true};  // later codes lose against equal logits
        return true;
    }

    const Candidate<T> &last() const { return heap_[0]; }

    // First comes first.
    void sort() {
        for (size_t end = most_; end-- > 1;) {
            const Candidate<T> candidate = heap_[end];
            heap_[end] = heap_[0];
            sift_down(candidate, 0, end);
        }
    }

private:
    void sift_down(Candidate<T> candidate, size_t at, size_t count) {
        for (size_t child; (child = 2 * at + 1) < count; at = child) {
            if (child + 1 < count && comes_before(heap_[child], heap_[child + 1])) ++child;
            if (!comes_before(candidate, heap_[child])) break;
            heap_[at] = heap_[child];
        }
        heap_[at] = candidate;
    }

    Candidate<T> *heap_;
    size_t most_, count_ = 0;
};

// A number that at least k of the row reach, close to the k-th largest: the k-th largest of maxima of disjoint parts,
// about four times k of them. A part is one lane of every so-many-th block, so that rows that rise or fall
// have their largest in many parts too. `room` has place for k candidates, `parts` for as many numbers as `maxima`.
template <class T>
T reached_by(size_t k, const T *maxima, size_t n, T *parts, Candidate<T> *room) {
    const size_t blocks = blocks_of(n), wanted = (4 * k + W<T> - 1) / W<T>;
    const size_t vectors = wanted < blocks ? wanted : blocks;
    if (vectors * W<T> < k) return -kInfinity<T>;
    for (size_t i = 0; i < vectors; ++i) store(parts + i * W<T>, load(maxima + i * W<T>));
    for (size_t block = vectors, i = 0; block < blocks; ++block, i = i + 1 < vectors ? i + 1 : 0)
        store(parts + i * W<T>, max(load(maxima + block * W<T>), load(parts + i * W<T>)));
    Best<T> best(room, k);
    for (size_t i = 0; i < vectors * W<T>; ++i) best.offer(parts[i], i);
    return best.last().x;
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
