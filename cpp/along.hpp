// Rows of 48 classes and more, along vectors: a row fills vectors, and what there is one of per row (its maximum, its
// sum, a logarithm, a quotient) lies across lanes, for as many rows at once as a vector has lanes.
//
// A row is gone through three times: for its maximum, for the sum of its terms, for the last step. While one row's
// terms are summed, which keeps the multipliers busy, the maximum of a row further down and the last step of a row
// further up go along in the same loop, as they use what is idle then, loads and stores. So three groups of rows are
// under way at a time, a stage apart. What happens to a row does not depend on that: its operations, and so its bits,
// are the same in any company.
#pragma once

#include "operation.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The end of a row that is no multiple of W<T> long is read as a whole vector that overlaps its predecessor; the lanes
// seen before do not count. (A masked store that is read back costs 28 cycles on AVX2.)
template <class T>
SOFTARGMAX_INLINE I<T> unseen_lanes(size_t n) {
    using Number = decltype(I<T>{}[0] + 0);
    return lane_numbers<T>() >= static_cast<Number>(W<T> - n % W<T>);
}

// From so many classes on rows lie along vectors: there, what a row costs beside its numbers is less than transposing
// it into a tile and back (measured: tiles win up to 40 classes in float).
template <class T>
constexpr size_t kAlong = 48;

SOFTARGMAX_INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
SOFTARGMAX_INLINE unsigned first_bits(size_t count) { return (1u << count) - 1; }

// Rows that are under way together. Long rows go one by one, so that all of them stay in the nearest cache. Groups a
// multiple of 4 KB apart would meet in the same places of that cache, and reads be taken for what was just written
// there, so they are one row shorter (measured: 10 % at 128 and 256 floats).
template <class T>
SOFTARGMAX_INLINE size_t rows_together(size_t n) {
    const size_t row = n * sizeof(T);
    if (row <= 1024) return W<T> - (W<T> * row % kPage == 0);
    return row <= 16384 ? smaller(4, W<T>) : 1;
}

// What one pass does to up to three rows of `n` numbers.
template <class T>
struct Pass {
    size_t n;
    const T *next;  // whose maximum is sought
    V<T> most;      // its largest number per lane
    const T *x;     // whose terms are summed
    T *terms;       // where they are kept
    SumOfTerms<T> sum;
    const T *from;  // whose last step is taken
    T *to;

    template <bool seeks, bool sums, bool ends, bool keeps, class Exponential, class Last>
    SOFTARGMAX_INLINE void run(const Exponential &exponential, const Last &last) {
        const size_t whole = n / W<T> * W<T>, end = n - W<T>;
        const bool has_rest = whole < n;
        V<T> largest = splat(-kInfinity<T>);
        // Before anything is overwritten.
        V<T> rest_x{}, rest_from{};
        if (sums && has_rest) rest_x = load(x + end);
        if (ends && has_rest) rest_from = load(from + end);
        SumOfTerms<T> total;
        // What goes along, before the term is written: a processor takes what is read after a write a multiple of
        // 4 KB away for what was written, until it knows better.
        const auto others = [&](size_t j) SOFTARGMAX_FLAT {
            if (seeks) largest = max(load(next + j), largest);
            if (ends) store(to + j, last(load(from + j)));
        };
        const auto step = [&](size_t j) SOFTARGMAX_FLAT {
            others(j);
            if constexpr (sums) {
                V<T> v[1] = {load(x + j)};
                TermOf<T> term[1];
                exponential.template terms<true>(v, term);
                if (keeps) store(terms + j, term[0].rounded());
                total.template add<Exponential::kFromPower>(term[0]);
            }
        };
        size_t j = 0;
        if constexpr (in_stages<Exponential, sums>) {
            // In two stages, so that the chain of operations from a number to its term spans two turns of the loop and
            // the processor finds something to do that does not wait.
            Reduced<T> reduced = exponential.reduce(load(x));
            const auto turn = [&](size_t at, bool is_last) SOFTARGMAX_FLAT {
                const Term<T> term = exponential.term(reduced);
                if (!is_last) reduced = exponential.reduce(load(x + at + W<T>));
                others(at);
                if (keeps) store(terms + at, term.rounded());
                total.template add<true>(term);
            };
            for (; j + kFold<T> * W<T> < whole; j += kFold<T> * W<T>) {
#pragma GCC unroll 1
                for (size_t i = 0; i < kFold<T>; ++i) turn(j + i * W<T>, false);
                total.fold();
            }
            for (; j + W<T> < whole; j += W<T>) turn(j, false);
            turn(j, true);
        } else {
            for (; j + kFold<T> * W<T> <= whole; j += kFold<T> * W<T>) {
#pragma GCC unroll 2
                for (size_t i = 0; i < kFold<T>; ++i) step(j + i * W<T>);
                total.fold();
            }
            for (; j < whole; j += W<T>) step(j);
        }
        if (has_rest) {
            const I<T> unseen = unseen_lanes<T>(n);
            if constexpr (sums) {
                V<T> v[1] = {rest_x};
                TermOf<T> term[1];
                exponential.template terms<true>(v, term);
                if (keeps) store(terms + end, term[0].rounded());
                total.template add<Exponential::kFromPower>(term[0].only(unseen));
            }
            if (seeks) largest = max(unseen ? load(next + end) : splat(-kInfinity<T>), largest);
            if (ends) store(to + end, last(rest_from));
        }
        if (sums) {
            total.finish();
            sum = total;
        }
        if (seeks) most = largest;
    }

private:
    template <class Exponential, bool sums>
    static constexpr bool in_stages = [] {
        if constexpr (sums)
            return Exponential::kFromPower;
        else
            return false;
    }();
};

// The maximum of a row that has no company, in lanes. Compiled once for all operations.
template <class T>
__attribute__((noinline)) V<T> seek_alone(const T *x, size_t n) {
    Pass<T> pass{};
    pass.n = n, pass.next = x;
    pass.template run<true, false, false, false>(Nothing{}, AsItIs<T>{});
    return pass.most;
}

// The tail of a row is at least n 2^-bits of the whole if two lanes have seen numbers within this distance of the
// maximum. Then the maximal term may be summed with the rest and subtracted from the sum. With a table that term is
// kUnit exactly and the sum holds 48 bits in float, 104 in double; without one it is only rounded to kUnit, and what is
// rounded off, some 2^-37 (2^-77 in double), must not count beside the tail.
template <class T>
SOFTARGMAX_INLINE T distance_of_second(size_t n) {
    int bits = sizeof(T) == 4 ? (kHasTable<T> ? 20 : 10) : (kHasTable<T> ? 45 : 22);
    for (size_t length = n; length > 1 && bits > 1; length /= 2) --bits;
    return T(bits) * T(0.6931);
}

template <class T, class Operation>
class Along {
public:
    Along(const Operation &operation, size_t n, T *block)
        : operation_(operation), n_(n), block_(block), distance_(distance_of_second<T>(n)) {}

    // All rows, `together` at a time. (The compiler would make a copy of it for each of its two callers.)
    __attribute__((noinline)) void run(const Unit<T> &rows, size_t together) {
        const size_t count = rows.range.count;
        const size_t groups = (count + together - 1) / together;
        constexpr size_t last_stage = Operation::kWritesRows ? 2 : 1;
        for (size_t step = 0; step < groups + last_stage; ++step) {
            Flight &seeking = flights_[step % 3], &summing = flights_[(step + 2) % 3],
                   &ending = flights_[(step + 1) % 3];
            if (step < groups) seeking.unit = rows.from(step * together, smaller(together, count - step * together));
            seeking.count = step < groups ? seeking.unit.range.count : 0;
            if (step == 0) summing.count = 0;
            if (step < 2 || !Operation::kWritesRows) ending.count = 0;
            advance(seeking, summing, ending, together);
            if (ending.count > 0) operation_.mend(ending.unit, ending.mend);
            if (summing.count > 0) settle(summing);
            if (seeking.count > 0) anchor(seeking);
        }
    }

private:
    using Exponential = typename Operation::Exponential;
    using Finish = typename Operation::Finish;
    static constexpr bool kKept = Operation::kTerms == Terms::kept;
    static constexpr bool kEnds = Operation::kWritesRows;
    // May the terms of a row be summed in company, if they are near enough?
    static constexpr bool kMayBeSwift = Operation::kMaximal == Maximal::summed || !Exponential::kTempered;

    // A group of rows and how far it has come.
    struct Flight {
        size_t count;
        Unit<T> unit;
        V<T> most[W<T>];
        unsigned swift;  // a bit per row: may its terms be summed in company?
        SumOfTerms<T> sums[W<T>];
        Sum<T> alone[W<T>];
        Exponential exponential;
        Finish finish;
        typename Operation::Mend mend;
    };

    // One stage further; as long as nothing is special about a row of either group, in one loop.
    void advance(Flight &seeking, Flight &summing, Flight &ending, size_t together) {
        const size_t full = smaller(smaller(seeking.count, summing.count), kEnds ? ending.count : together);
        unsigned company = full == 0 || !kMayBeSwift ? 0 : summing.swift & first_bits(full);
        if (kEnds && company != 0) company &= ending.finish.quick_rows();
        for (size_t row = 0; row < together;) {
            const unsigned stop = ~(company >> row);
            const size_t end = row + size_t(__builtin_ctz(stop));
            if (kMayBeSwift && end > row) {
                in_company(seeking, summing, ending, row, end);
                row = end;
            } else {
                apart(seeking, summing, ending, row++);
            }
        }
    }

    static SOFTARGMAX_INLINE void aim_sum(Pass<T> &pass, const Unit<T> &unit, size_t row) {
        pass.x = unit.x_of(row);
        pass.terms = unit.out_of(row);
    }
    static SOFTARGMAX_INLINE void aim_end(Pass<T> &pass, const Unit<T> &unit, size_t row) {
        pass.from = Operation::kFinishesX ? unit.x_of(row) : unit.out_of(row);
        pass.to = unit.out_of(row);
    }

    void in_company(Flight &seeking, Flight &summing, Flight &ending, size_t row, size_t end) {
        Pass<T> pass{};
        pass.n = n_;
        for (; row < end; ++row) {
            pass.next = seeking.unit.x_of(row);
            aim_sum(pass, summing.unit, row);
            if (kEnds) aim_end(pass, ending.unit, row);
            pass.template run<true, true, kEnds, kKept>(summing.exponential.row(row), ending.finish.quick_row(row));
            seeking.most[row] = pass.most;
            summing.sums[row] = pass.sum;
        }
    }

    void apart(Flight &seeking, Flight &summing, Flight &ending, size_t row) {
        Pass<T> pass{};
        pass.n = n_;
        if (row < seeking.count) seeking.most[row] = seek_alone(seeking.unit.x_of(row), n_);
        if (row < summing.count) {
            aim_sum(pass, summing.unit, row);
            const Exponential exponential = summing.exponential.row(row);
            if (kMayBeSwift && (summing.swift >> row & 1))
                pass.template run<false, true, false, kKept>(exponential, AsItIs<T>{});
            else
                summing.alone[row] = sum_of_terms<T, true, Operation::kMaximal, Operation::kTerms>(
                    exponential, pass.x, pass.terms, block_, n_);
            summing.sums[row] = pass.sum;
        }
        if constexpr (kEnds) {
            if (row >= ending.count) return;
            aim_end(pass, ending.unit, row);
            if (ending.finish.quick_rows() >> row & 1)
                pass.template run<false, false, true, false>(Nothing{}, ending.finish.quick_row(row));
            else
                pass.template run<false, false, true, false>(Nothing{}, ending.finish.row(row));
        }
    }

    // From the maxima of lanes to what the sums of a group need.
    void anchor(Flight &flight) const {
        const V<T> m = maxima_of_rows<T>(flight.most, flight.count);
        flight.unit.max = m;
        flight.exponential = operation_.exponential(m, flight.unit.range);
        flight.swift = bits(flight.exponential.near());
        if constexpr (Operation::kMaximal == Maximal::left_out) {
            T second[W<T>];
            store(second, m - distance_);
            unsigned two = 0;
            for (size_t row = 0; row < flight.count && kMayBeSwift; ++row)
                two |= unsigned(several(flight.most[row] >= second[row])) << row;
            flight.swift &= two | operation_.rows_above_their_tails(m);
        }
        operation_.before(flight.unit, flight.mend);
    }

    void settle(Flight &flight) const {
        Sum<T> sum = sums_of_rows(flight.sums, flight.count);
        if constexpr (Operation::kMaximal == Maximal::left_out) {
            sum.subtract(splat(Exponential::kUnit));
            sum.divide_by(Exponential::kUnit);
        }
        // Where there is no row, the first stands in, here too: a sum of 0 would send all lanes ways that take longer.
        unsigned alone = ~flight.swift & first_bits(flight.count);
        if (alone & 1) alone |= first_bits(W<T>) & ~first_bits(flight.count);
        for (; alone != 0; alone &= alone - 1) {
            const size_t lane = size_t(__builtin_ctz(alone));
            sum.take_lane(lane, flight.alone[lane < flight.count ? lane : 0]);
        }
        flight.finish = operation_.settle(flight.unit, flight.exponential, sum, flight.mend);
    }

    const Operation &operation_;
    const size_t n_;
    T *const block_;
    const T distance_;
    Flight flights_[3];
};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
