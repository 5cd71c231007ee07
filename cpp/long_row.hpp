// Rows of kLongRow classes and more, piece by piece, for operations of one sum. The pieces are gone through three times
// (maxima, sums of terms, last step), and what they give is merged in their order; so threads may share them, and a
// row's bits are the same however many do.
#pragma once

#include "along.hpp"
#include "areas.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// What is called from several places, and so seldom that a call costs nothing.
#define SOFTARGMAX_ONCE __attribute__((noinline))

// A row in pieces: in place where it lies as T, and otherwise in a copy of its own, which has room for all of it and is
// where the results go first.
template <class T>
class PiecesOf {
public:
    PiecesOf(const T *x, T *out, size_t n, Range range) : range(range), n_(n), x_(x), out_(out) {}
    SOFTARGMAX_ONCE PiecesOf(const Call &call, size_t row, T *copy)
        : range{row, 1, row + 1}, n_(call.classes), copy_(copy) {
        from_ = at_row(call[kX], row);
        to_ = at_row(call[kOut], row);
        where_ = at_row(call[kWhere], row);
        is_copied_ = !is_plain_row<T>(from_) || where_;
        x_ = is_copied_ ? copy : reinterpret_cast<const T *>(from_.data);
        out_ = to_ && is_plain_row<T>(to_) ? reinterpret_cast<T *>(to_.data) : copy;
    }

    size_t classes() const { return n_; }
    size_t count() const { return n_ / kPieceOfRow; }
    size_t begin(size_t piece) const { return piece * kPieceOfRow; }
    size_t size(size_t piece) const { return piece + 1 < count() ? kPieceOfRow : n_ - begin(piece); }
    const T *x(size_t piece) const { return x_ + begin(piece); }
    T *out(size_t piece) const { return out_ == nullptr ? nullptr : out_ + begin(piece); }

    SOFTARGMAX_ONCE void bring_in(size_t piece) const {
        if (is_copied_) stage_row(at(from_, piece), at(where_, piece), 0, size(piece), copy_ + begin(piece));
    }
    SOFTARGMAX_ONCE void put_away(size_t piece, T nothing) const {
        if (where_) mask_row(at(where_, piece), 0, size(piece), out(piece), 1, nothing);
        if (to_ && out_ == copy_) write_numbers(to_.kind, at(to_, piece).data, to_.col, size(piece), out(piece));
    }

    Unit<T> unit(V<T> max) const { return {x_, out_, 0, 0, 1, range, max}; }

    const Range range;

private:
    static Operand at_row(Operand operand, size_t row) {
        if (operand) operand.data += ptrdiff_t(row) * operand.row;
        return operand;
    }
    Operand at(Operand operand, size_t piece) const {
        if (operand) operand.data += ptrdiff_t(begin(piece)) * operand.col;
        return operand;
    }

    size_t n_;
    T *copy_ = nullptr;
    const T *x_;
    T *out_;
    bool is_copied_ = false;
    Operand from_, to_, where_;
};

// The maximum of a row, as its pieces come.
template <class T>
struct Top {
    V<T> most = splat(-kInfinity<T>);  // per lane
    T max = -kInfinity<T>;
    size_t piece = 0;  // the first that has it

    SOFTARGMAX_ONCE void take(size_t next, V<T> maxima) {
        most = SOFTARGMAX_ISA::max(maxima, most);
        const T largest = largest_lane<T>(maxima);
        if (largest > max) max = largest, piece = next;
    }
};

// The sum of a piece's terms, in lanes, where they are near the maximum.
template <class T, class Exponential>
SOFTARGMAX_ONCE Sum<T> sum_swiftly(const Exponential &given, const T *x, size_t n) {
    const Exponential exponential = given.row(0);
    Pass<T> pass{};
    pass.n = n, pass.x = x;
    pass.template run<false, true, false, false>(exponential, AsItIs<T>{});
    return as_sum(pass.sum);
}

// The steps of a row's way. Of each step all pieces are done before the next begins.
template <class T, class Operation>
class LongRow {
public:
    static constexpr size_t kStages = Operation::kWritesRows ? 3 : 2;

    LongRow(const Operation &operation, const PiecesOf<T> &pieces) : operation_(operation), pieces_(pieces) {}

    size_t pieces() const { return pieces_.count(); }

    // All of it on this thread; `block` is for terms, see terms.hpp.
    SOFTARGMAX_ONCE void run(T *block) {
        for (size_t piece = 0; piece < pieces(); ++piece) take(piece, maxima(piece));
        anchor();
        Sum<T> sum = terms(0, block);
        for (size_t piece = 1; piece < pieces(); ++piece) sum.add_sum(terms(piece, block));
        settle(sum);
        for (size_t piece = 0; piece < pieces() && Operation::kWritesRows; ++piece) finish(piece);
    }

    // The largest number per lane.
    V<T> maxima(size_t piece) const {
        pieces_.bring_in(piece);
        return seek_alone<T>(pieces_.x(piece), pieces_.size(piece));
    }

    // Takes them in the order of the pieces.
    void take(size_t piece, V<T> maxima) { top_.take(piece, maxima); }

    SOFTARGMAX_ONCE void anchor() {
        const V<T> m = splat(top_.max);
        unit_ = pieces_.unit(m);
        exponential_ = operation_.exponential(m, unit_.range);
        const T distance = distance_of_second<T>(pieces_.classes());
        is_swift_ = kMayBeSwift && exponential_.is_near() && several(I<T>(top_.most >= m - distance));
    }

    // If the maximal term is left out, it is the first one's.
    SOFTARGMAX_ONCE Sum<T> terms(size_t piece, T *block) const {
        if constexpr (kMayBeSwift) {
            if (is_swift_) return swift_tail(piece);
        }
        return scaled_sum<T, true, Operation::kMaximal, Operation::kTerms>(
            exponential_.row(0), pieces_.x(piece), pieces_.out(piece), block, pieces_.size(piece), piece == top_.piece);
    }

    // Divided only now: a part of a small tail would lose digits.
    SOFTARGMAX_ONCE void settle(Sum<T> sum) {
        Nothing nothing;
        sum.normalise();
        if (Operation::kMaximal == Maximal::left_out) sum.divide_by(Exponential::kUnit);
        finish_ = operation_.settle(unit_, exponential_, sum, nothing);
    }

    SOFTARGMAX_ONCE void finish(size_t piece) const {
        if constexpr (Operation::kWritesRows) {
            const T *const from = Operation::kFinishesX ? pieces_.x(piece) : pieces_.out(piece);
            const auto quick = finish_.quick_row(0);
            if (std::is_same_v<decltype(finish_.row(0)), std::remove_const_t<decltype(quick)>> ||
                finish_.quick_rows() & 1)
                end(quick, from, piece);
            else
                end(finish_.row(0), from, piece);
            pieces_.put_away(piece, Operation::kNothing);
        }
    }

private:
    using Exponential = typename Operation::Exponential;
    static constexpr bool kMayBeSwift = Operation::kMaximal == Maximal::left_out && !Exponential::kTempered;

    template <class Last>
    SOFTARGMAX_INLINE void end(const Last &last, const T *from, size_t piece) const {
        Pass<T> pass{};
        pass.n = pieces_.size(piece), pass.from = from, pass.to = pieces_.out(piece);
        pass.template run<false, false, true, false>(Nothing{}, last);
    }

    // See distance_of_second.
    Sum<T> swift_tail(size_t piece) const {
        Sum<T> sum = sum_swiftly<T>(exponential_, pieces_.x(piece), pieces_.size(piece));
        sum.add_across();
        if (piece == top_.piece) sum.subtract(splat(Exponential::kUnit));
        return sum;
    }

    const Operation &operation_;
    const PiecesOf<T> pieces_;
    Top<T> top_;
    Unit<T> unit_{};
    Exponential exponential_;
    typename Operation::Finish finish_;
    bool is_swift_ = false;  // are the terms summed in the shorter way?
};

// Rows along vectors, for operations of one sum: shorter ones `together`, long ones each by itself.
template <class T, class Operation>
void run_unit(const Operation &operation, const Unit<T> &rows, size_t together, size_t n, T *block) {
    if constexpr (Operation::kInPieces) {
        for (size_t row = 0; row < rows.range.count && n >= kLongRow; ++row) {
            const Range range{rows.range.first + row, 1, rows.range.total};
            const PiecesOf<T> pieces(rows.x_of(row), rows.out_of(row), n, range);
            LongRow<T, Operation>(operation, pieces).run(block);
        }
        if (n >= kLongRow) return;
    }
    Along<T, Operation>(operation, n, block).run(rows, together);
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
