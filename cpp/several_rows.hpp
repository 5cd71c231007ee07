// The place of the largest logit of several rows at once, each of which fills vectors.
#pragma once

#include "maxima.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// Per lane, the first place of a number m among n, n or more if there is none; the last vector overlaps its
// predecessor.
template <class T>
SOFTARGMAX_INLINE I<T> first_per_lane(const T *x, size_t n, V<T> m) {
    using Place = decltype(I<T>{}[0] + 0);
    const I<T> lanes = lane_numbers<T>();
    size_t j = n - W<T>;
    I<T> none = I<T>{} + Place(n), place = load(x + j) == m ? lanes + Place(j) : none;
    j = n / W<T> * W<T>;
    I<T> here = lanes + Place(j);
    while (j > 0) {
        j -= W<T>;
        here -= Place(W<T>);
        place = load(x + j) == m ? here : place;
    }
    return place;
}

// What `first_largest` gives, for as many rows as a vector has lanes, `step` numbers apart, or the first `count` of
// them. Two walks, of which the second goes through one stretch only, and no branch that depends on the numbers: the
// processor would guess it wrong, and rows would wait for each other.
template <class T, size_t most>
class SeveralRows {
public:
    I<T> first_largest(const T *x, ptrdiff_t step, size_t n, size_t count) {
        return n <= kStretch<T> * 3 / 2 ? look_at<true>(x, step, n, count) : look_at<false>(x, step, n, count);
    }

private:
    template <bool is_one>
    SOFTARGMAX_INLINE I<T> look_at(const T *x, ptrdiff_t step, size_t n, size_t count) {
        V<T> largest[W<T>];
        I<T> nan{};
        for (size_t row = 0; row < count; ++row)
            largest[row] = largest_per_lane<is_one>(x + ptrdiff_t(row) * step, n, maxima_[row], nan);
        T m[W<T>];
        store(m, maxima_of_rows<T>(largest, count));
        I<T> places[W<T>];
        for (size_t row = 0; row < count; ++row) {
            const size_t begin = is_one ? 0 : first_stretch(n, maxima_[row], m[row]);
            const size_t length = is_one ? n : kStretch<T>;
            places[row] = first_per_lane(x + ptrdiff_t(row) * step + begin, length, splat(m[row]));
            places[row] += decltype(places[row][0] + 0)(begin);
        }
        for (size_t row = count; row < W<T>; ++row) places[row] = places[0];
        I<T> first = across_lanes(places, [](I<T> a, I<T> b) SOFTARGMAX_FLAT { return a < b ? a : b; });
        for (size_t row = 0; any(nan) && row < count; ++row) {
            const auto is_nan = [](V<T> v) SOFTARGMAX_FLAT { return v != v; };
            const size_t place = first_where(x + ptrdiff_t(row) * step, n, is_nan);
            if (place < n) first[row] = decltype(first[0] + 0)(place);
        }
        return first;
    }

    template <bool is_one>
    SOFTARGMAX_INLINE static V<T> largest_per_lane(const T *x, size_t n, V<T> *of_stretches, I<T> &nan) {
        if (is_one) return maxima_of(x, n, nan);
        V<T> largest = splat(-kInfinity<T>);
        for (size_t begin = 0; begin < n; begin += kStretch<T>, ++of_stretches) {
            *of_stretches = maxima_of(x + begin, n - begin < kStretch<T> ? n - begin : kStretch<T>, nan);
            largest = max(*of_stretches, largest);
        }
        return largest;
    }

    // Where the first stretch with an m begins, or as much earlier as a stretch needs; what comes before is smaller.
    SOFTARGMAX_INLINE static size_t first_stretch(size_t n, const V<T> *of_stretches, T m) {
        size_t first = 0;
        for (size_t i = (n - 1) / kStretch<T> + 1; i-- > 0;) first = any(I<T>(of_stretches[i] == splat(m))) ? i : first;
        return first * kStretch<T> < n - kStretch<T> ? first * kStretch<T> : n - kStretch<T>;
    }

    V<T> maxima_[W<T>][(most + kStretch<T> - 1) / kStretch<T>];
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
