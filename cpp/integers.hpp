// Rows of 64-bit integers as doubles, of which not every integer from 2^53 on is one.
//
// A row that has such numbers is taken relative to its largest one, its origin: the difference of two integers is
// exact, and is rounded only from 2^53 on, where a term has long been 0. Functions that do not notice need nothing else
// (Operand::is_relative says which those are); logsumexp adds the origin again, and top_k puts in order what doubles do
// not tell apart (plain.cpp). Rows of smaller numbers are read as they are.
#pragma once

#include "numbers.hpp"
#include "numerics.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// Replaces what `where` leaves out of a row whose classes are `step` numbers apart.
template <class T>
void mask_row(const Operand &where, size_t row, size_t classes, T *numbers, size_t step, T nothing) {
    const char *mask = row_of<T>(where, row);
    for (size_t j = 0; j < classes; ++j, mask += where.col)
        if (*mask == 0) numbers[j * step] = nothing;
}

// Integers less than that in size are doubles.
constexpr std::uint64_t kDoublesEnd = std::uint64_t(1) << 53;

// n integers as they lie, and which of them count.
template <class Integer>
class IntegerRow {
public:
    IntegerRow(const Operand &operand, const Operand &where, size_t row, size_t n)
        : data_(row_of<Integer>(operand, row)), step_(operand.col), n_(n), where_step_(where.col) {
        if (where) where_ = row_of<Integer>(where, row);
    }

    Integer operator[](size_t j) const {
        Integer x;
        __builtin_memcpy(&x, data_ + ptrdiff_t(j) * step_, sizeof x);
        return x;
    }

    // Are all numbers that count doubles, as they are less than 2^53 in size?
    bool are_doubles() const {
        constexpr std::uint64_t shift = std::is_signed_v<Integer> ? kDoublesEnd : 0;  // what is negative, above 0
        std::uint64_t bits = 0;
        for (size_t j = 0; j < n_; ++j) bits |= (counts(j) ? std::uint64_t((*this)[j]) : 0) + shift;
        return bits < kDoublesEnd + shift;
    }

    // The first place of the largest number that counts; n if none does.
    size_t place_of_largest() const {
        size_t place = n_;
        for (size_t j = 0; j < n_; ++j)
            if (counts(j) && (place == n_ || (*this)[j] > (*this)[place])) place = j;
        return place;
    }

private:
    bool counts(size_t j) const { return where_ == nullptr || where_[ptrdiff_t(j) * where_step_] != 0; }

    const char *data_, *where_ = nullptr;
    ptrdiff_t step_;
    size_t n_;
    ptrdiff_t where_step_;
};

// Calls f with a row of the integers that an operand holds.
template <class F>
auto with_integers(const Operand &operand, const Operand &where, size_t row, size_t n, F f) {
    if (operand.kind == Kind::uint64) return f(IntegerRow<std::uint64_t>(operand, where, row, n));
    return f(IntegerRow<std::int64_t>(operand, where, row, n));
}

// Are the numbers of a row what they are as doubles?
inline bool are_doubles(const Operand &operand, const Operand &where, size_t row, size_t n) {
    return !operand.is_relative ||
           with_integers(operand, where, row, n, [](const auto &integers) { return integers.are_doubles(); });
}

// A row as T; -inf is what does not count.
template <class T>
void stage_row(const Operand &operand, const Operand &where, size_t row, size_t n, T *staged) {
    if (are_doubles(operand, where, row, n)) {
        read_numbers(operand.kind, row_of<T>(operand, row), operand.col, n, staged);
    } else {
        with_integers(operand, where, row, n, [&](const auto &integers) {
            const size_t place = integers.place_of_largest();
            const auto largest = static_cast<std::uint64_t>(integers[place]);
            for (size_t j = 0; j < n; ++j) staged[j] = T(0) - T(largest - static_cast<std::uint64_t>(integers[j]));
        });
    }
    if (where) mask_row(where, row, n, staged, 1, -kInfinity<T>);
}

// origin + value, for what was computed of a row as it was staged.
inline double from_origin(const Operand &operand, const Operand &where, size_t row, size_t n, double value) {
    if (are_doubles(operand, where, row, n)) return value;
    return with_integers(operand, where, row, n, [&](const auto &integers) {
        const auto origin = integers[integers.place_of_largest()];
        // The origin as two doubles, its halves added and what is rounded off: so the result is rounded once.
        const double high = double(origin >> 32) * 0x1p32, low = double(std::uint32_t(origin)), sum = high + low;
        return sum + ((low - (sum - high)) + value);
    });
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
