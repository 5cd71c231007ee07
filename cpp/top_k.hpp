// The largest few logits of a row, and their probabilities, which are those of softmax, bit for bit.
#pragma once

#include "maxima.hpp"
#include "pairs.hpp"
#include "run.hpp"
#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The probability of any logit of a unit, one row per lane: what softmax does to all of them.
template <class T>
struct Chances : OneSum<T, PerRow<T>, Maximal::summed, Terms::dropped> {
    using Base = OneSum<T, PerRow<T>, Maximal::summed, Terms::dropped>;
    static constexpr bool kInPieces = kGoesInPieces;  // as softmax
    using Exponential = typename Base::Exponential;
    using Finish = AsItIs<T>;

    explicit Chances(const Call &call) : Base{{call}} {}

    // Of the rows of a tile with fewer classes than softmax lays along vectors.
    void look_at_tile(const Group<T> &group, size_t u) {
        const Unit<T> unit = unit_of_tile(group, u);
        const Exponential exponential(unit.max);
        settle(unit, exponential,
               sum_of_terms<T, false, Maximal::summed, Terms::dropped>(exponential, unit.x, nullptr, group.block[u],
                                                                       group.n));
        is_along_ = false;
    }
    // Of up to as many rows as a vector has lanes, each of which lies along vectors.
    void look_at_rows(const T *x, size_t row, size_t count, size_t n, T *block) {
        const Unit<T> unit{x, nullptr, ptrdiff_t(row), 0, 1, {0, count, count}, V<T>{}};
        run_unit<T>(*this, unit, count, n, block);
        is_along_ = true;
    }

    SOFTARGMAX_INLINE V<T> of(V<T> x) const { return finished(exponential_, finish_, x); }
    // The same of one row, in all lanes.
    SOFTARGMAX_INLINE V<T> of_row(V<T> x, size_t row) const {
        return finished(exponential_.row(row), finish_.row(row), x);
    }

    Finish settle(const Unit<T> &unit, const Exponential &exponential, const Sum<T> &sum, Nothing nothing = {}) const {
        exponential_ = exponential;
        finish_ = Softmax<T>{{{this->call}}}.settle(unit, exponential, sum, nothing);
        return {};
    }

private:
    using SoftmaxFinish = typename Softmax<T>::Finish;

    SOFTARGMAX_INLINE V<T> finished(const Exponential &exponential, const SoftmaxFinish &finish, V<T> x) const {
        V<T> v[1] = {x};
        TermOf<T> term[1];
        exponential.template terms<false>(v, term);
        return is_along_ ? finish.along(term[0].rounded()) : finish(term[0].rounded());
    }

    mutable Exponential exponential_;
    mutable SoftmaxFinish finish_;
    bool is_along_ = false;
};

// The `call.top` largest logits of every row, largest first: codes into kPerRow, probabilities into kPerRowToo, if
// that is there. This is for tiles.
template <class T>
struct TopK : PerRow<T> {
    using PerRow<T>::call;
    T *staging;  // room for a tile, as rows

    template <bool across>
    SOFTARGMAX_INLINE void compute(const Group<T> &group, AsItIs<T> *) const {
        static_assert(!across);
        for (size_t u = 0; u < group.size; ++u) tile(group, u);
    }

private:
    void tile(const Group<T> &group, size_t u) const {
        V<T> best[kShortRow];
        I<T> codes[kShortRow];
        sort_tile<T>(group.x[u], group.n / W<T>, call.top, best, codes);
        write(group, u, best, codes);
    }

    void write_pairs(const T *tile, Range range, const I<T> *codes) const {
        tile_to_rows(tile, 2, 2, staging, AsItIs<T>{}, false);
        softmax_of_pairs(staging, staging, 2 * range.count);
        const Operand &to = call[kPerRowToo];
        for (size_t i = 0; i < call.top; ++i)
            for (size_t lane = 0; lane < range.count; ++lane)
                write_numbers(to.kind, result_at(to, range.first + lane, i), to.col, 1,
                              staging + 2 * lane + size_t(codes[i][lane]));
    }

    void write(const Group<T> &group, size_t u, const V<T> *best, const I<T> *codes) const {
        const Range range = group.range[u];
        for (size_t i = 0; i < call.top; ++i)
            for (size_t lane = 0; lane < range.count; ++lane)
                write_code(call[kPerRow], range.first + lane, i, int64_t(codes[i][lane]));
        const Operand &to = call[kPerRowToo];
        if (!to) return;
        const size_t classes = group.n / W<T>;
        if (classes == 2 && kHasPairs<T>) return write_pairs(group.x[u], range, codes);
        Chances<T> chances(call);
        if (classes < kAlong<T>) {
            chances.look_at_tile(group, u);
        } else {
            tile_to_rows(group.x[u], ptrdiff_t(classes), classes, staging, AsItIs<T>{}, false);
            chances.look_at_rows(staging, classes, range.count, classes, group.block[u]);
        }
        for (size_t i = 0; i < call.top; ++i) {
            T lanes[W<T>];
            store(lanes, chances.of(best[i]));
            write_numbers(to.kind, result_at(to, range.first, i), to.row, range.count, lanes);
        }
    }
};

// The same for long rows: only blocks whose maxima reach what k logits reach are looked into.
template <class T>
void top_k_of_rows(const Call &call, size_t rows, const Scratch<T> &scratch) {
    const size_t n = call.classes, k = call.top;
    const bool is_plain = is_plain_row<T>(call[kX]);
    const Operand &to = call[kPerRowToo];
    T *const maxima = scratch.y, *const parts = maxima + blocks_of(n) * W<T>;
    auto *const room = reinterpret_cast<Candidate<T> *>(scratch.out);
    for (size_t row = 0; row < rows; ++row) {
        const char *const from = row_of<T>(call[kX], row);
        if (!is_plain) stage_row(call[kX], Operand{}, row, n, scratch.x);
        const T *const x = is_plain ? reinterpret_cast<const T *>(from) : scratch.x;
        T max;
        lane_maxima(x, n, maxima, &max);
        const T bar = reached_by(k, maxima, n, parts, room);
        Best<T> best(room, k);
        best.bar.value = bar;
        for_passing(x, n, maxima, best.bar, [&](T value, size_t code) { return best.offer(value, code); });
        best.sort();
        for (size_t i = 0; i < k; ++i) write_code(call[kPerRow], row, i, int64_t(room[i].code));
        if (!to) continue;
        Chances<T> chances(call);
        chances.look_at_rows(x, n, 1, n, scratch.block_beside(x));
        for (size_t i = 0; i < k; i += W<T>) {
            const size_t count = k - i < W<T> ? k - i : W<T>;
            T lanes[W<T>];
            for (size_t lane = 0; lane < W<T>; ++lane) lanes[lane] = room[i + (lane < count ? lane : 0)].x;
            store(lanes, chances.of_row(load(lanes), 0));
            write_numbers(to.kind, result_at(to, row, i), to.col, count, lanes);
        }
    }
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
