// The largest few logits of a row, and their probabilities, which are those of softmax, bit for bit.
#pragma once

#include "maxima.hpp"
#include "run.hpp"
#include "softmax.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The probability of any logit of a unit: what softmax does to all of them.
template <class T, bool across>
class Chances {
public:
    SOFTARGMAX_INLINE Chances(V<T> max, const T *x, T *block, size_t n) : anchor_(max) {
        factor_ =
            sum_of_terms<T, across, Maximal::summed, Terms::dropped>(anchor_, x, nullptr, block, n).divide(splat(T(1)));
    }
    SOFTARGMAX_INLINE V<T> of(V<T> x) const { return times(anchor_.exp_of(x), factor_); }

private:
    Anchor<T> anchor_;
    Split<T> factor_;
};

inline char *result_at(const Operand &operand, size_t row, size_t i) {
    return operand.data + ptrdiff_t(row) * operand.row + ptrdiff_t(i) * operand.col;
}

inline void write_code_at(const Operand &codes, size_t row, size_t i, int64_t code) {
    __builtin_memcpy(result_at(codes, row, i), &code, sizeof code);
}

// The `call.top` largest logits of every row, largest first: codes into kPerRow, probabilities into kPerRowToo, if
// that is there. This is for tiles.
template <class T>
struct TopK : PerRow<T> {
    using PerRow<T>::call;

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

    void write(const Group<T> &group, size_t u, const V<T> *best, const I<T> *codes) const {
        const Range range = group.range[u];
        for (size_t i = 0; i < call.top; ++i)
            for (size_t lane = 0; lane < range.count; ++lane)
                write_code_at(call[kPerRow], range.first + lane, i, int64_t(codes[i][lane]));
        const Operand &to = call[kPerRowToo];
        if (!to) return;
        const Chances<T, false> chances(group.max[u], group.x[u], group.block[u], group.n);
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
        if (!is_plain) read_numbers(call[kX].kind, from, call[kX].col, n, scratch.x);
        const T *const x = is_plain ? reinterpret_cast<const T *>(from) : scratch.x;
        T max;
        lane_maxima(x, n, maxima, &max);
        const T bar = reached_by(k, maxima, n, parts, room);
        Best<T> best(room, k);
        best.bar.value = bar;
        for_passing(x, n, maxima, best.bar, [&](T value, size_t code) { return best.offer(value, code); });
        best.sort();
        for (size_t i = 0; i < k; ++i) write_code_at(call[kPerRow], row, i, int64_t(room[i].code));
        if (!to) continue;
        const Chances<T, true> chances(splat(max), x, scratch.block_beside(x), n);
        for (size_t i = 0; i < k; i += W<T>) {
            const size_t count = k - i < W<T> ? k - i : W<T>;
            T lanes[W<T>] = {};
            for (size_t lane = 0; lane < count; ++lane) lanes[lane] = room[i + lane].x;
            store(lanes, chances.of(load(lanes)));
            write_numbers(to.kind, result_at(to, row, i), to.col, count, lanes);
        }
    }
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
