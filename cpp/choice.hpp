// The largest logit of a row: hardmax and argmax.
#pragma once

#include "several_rows.hpp"
#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// 1 (or, as a logarithm, 0) at the largest logit, and kNothing elsewhere; NaN for a row with NaN or
// with nothing but -inf.
template <class T, bool log>
struct HardmaxOf : PerClass<T> {
    static constexpr T kNothing = log ? -kInfinity<T> : T(0);
    static constexpr T kChosen = log ? T(0) : T(1);
    using PerClass<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        for (size_t u = 0; u < group.size; ++u) {
            if (across)
                row(group.x[u], group.out[u], group.n);
            else
                tile(group.x[u], group.out[u], group.n / W<T>, group.max[u]);
        }
    }

private:
    static void row(const T *x, T *out, size_t n) {
        if (n == 0) return;
        Operand plain;
        plain.col = ptrdiff_t(sizeof(T));
        plain.kind = kKindOf<T>;
        Pieces<T> pieces(plain, reinterpret_cast<const char *>(x), n);
        const size_t place = first_largest(pieces);
        const bool defined = x[place] > -kInfinity<T>;
        const V<T> rest = splat(defined ? kNothing : kNaN<T>);
        for_vectors<T, true>(n, [&](size_t j, size_t count) SOFTARGMAX_FLAT { put(out + j, rest, count); });
        if (defined) out[place] = kChosen;
    }

    static void tile(const T *x, T *out, size_t classes, V<T> m) {
        const I<T> place = first_largest_of_tile<T>(x, classes, m);
        I<T> nan{}, here{};
        for (size_t j = 0; j < classes; ++j) {
            const V<T> v = load(x + j * W<T>);
            nan |= v != v;
        }
        const V<T> undefined = keep<T>(nan | I<T>(m == -kInfinity<T>), splat(kNaN<T>));
        for (size_t j = 0; j < classes; ++j, here += 1)
            store(out + j * W<T>, (here == place ? splat(kChosen) : splat(kNothing)) + undefined);
    }
};

template <class T>
using Hardmax = HardmaxOf<T, false>;
template <class T>
using LogHardmax = HardmaxOf<T, true>;

// The codes of tiles.
template <class T>
struct Argmax : PerRow<T> {
    using PerRow<T>::call;

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        static_assert(!across);
        for (size_t u = 0; u < group.size; ++u)
            write_codes<T>(call[kPerRow], group.range[u],
                           first_largest_of_tile<T>(group.x[u], group.n / W<T>, group.max[u]));
    }
};

// Up to so many classes rows are faster several at a time.
constexpr size_t kMostTogether = 1024;

template <class T>
void argmax_of_several(const Call &call, size_t rows) {
    const Operand &x = call[kX];
    SeveralRows<T, kMostTogether> several;
    for (size_t first = 0; first < rows; first += W<T>) {
        const Range range{first, rows - first < W<T> ? rows - first : W<T>, rows};
        const T *const from = reinterpret_cast<const T *>(row_of<T>(x, first));
        write_codes<T>(call[kPerRow], range,
                       several.first_largest(from, x.row / ptrdiff_t(sizeof(T)), call.classes, range.count));
    }
}

// Long rows are not staged as a whole, whatever they hold.
template <class T>
void argmax_of_rows(const Call &call, size_t rows) {
    for (size_t row = 0; row < rows; ++row) {
        if (call[kX].is_relative) {
            const auto place = [](const auto &integers) { return integers.place_of_largest(); };
            write_code(call[kPerRow], row, 0, int64_t(with_integers(call[kX], Operand{}, row, call.classes, place)));
            continue;
        }
        Pieces<T> pieces(call[kX], row_of<T>(call[kX], row), call.classes);
        write_code(call[kPerRow], row, 0, int64_t(first_largest(pieces)));
    }
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
