// Drawing classes of short rows, which lie across lanes: see sampling.cpp for what a draw is.
//
// Everything is computed in T, with a bound of the error. Where the bound leaves a row open it is left to
// sampling.cpp, which draws from that row alone. So the code is what it would be there.
#pragma once

#include "run.hpp"
#include "sampling.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

template <class T>
class TileDrawing {
public:
    TileDrawing(const Call &call, const Scratch<T> &scratch)
        : call_(call), how_(call.sampling), scratch_(scratch), classes_(call.classes) {
        // As `WeighedRow::error`, with a sum of all classes one after the other. The mean gap is at most the logarithm
        // of their number.
        size_t log2 = 1;
        while (classes_ >> log2 != 0) ++log2;
        const T roundings = T(2.1) * T(log2) + T(classes_) + T(16);
        slack_ = roundings * (sizeof(T) == 4 ? T(0x1p-23) : T(0x1p-52));
    }

    void draw(Range range) {
        const V<T> max = load_tile(call_[kX], Operand{}, range, classes_, scratch_.x, scratch_.staging);
        I<T> nan{};
        for (size_t j = 0; j < classes_; ++j) nan |= logits(j) != logits(j);
        const I<T> is_valid = ~nan & (magnitude<T>(max) < kInfinity<T>);
        // Smaller weights would not be normal numbers.
        const T depth = T(how_.temperature) * (sizeof(T) == 4 ? T(125) : T(1000));
        const Weigher<T> weigher(max, max - depth, T((sizeof(T) == 4 ? 1.0 : 2.0) / how_.temperature));
        open_ = I<T>{};
        border_ = splat(-kInfinity<T>);
        border_code_ = I<T>{} + Code(classes_);
        const size_t kept = how_.top_k > 0 && how_.top_k < classes_ ? how_.top_k : classes_;
        if (kept < classes_ || how_.top_p < 1.0) keep_first(kept, weigher);
        add_up(weigher);
        for (size_t i = 0; i < how_.draws; ++i) draw_at(range, i, is_valid);
    }

private:
    using Code = decltype(I<T>{}[0] + 0);

    V<T> logits(size_t j) const { return load(scratch_.x + j * W<T>); }
    V<T> ends(size_t j) const { return load(scratch_.out + j * W<T>); }

    // The border of top_k and of top_p: the last class that both keep. Sorting takes the longer the more is sorted, and
    // most nuclei are small.
    void keep_first(size_t kept, const Weigher<T> &weigher) {
        V<T> best[kShortRow];
        I<T> codes[kShortRow];
        if (how_.top_p >= 1.0) {
            sort_tile<T>(scratch_.x, classes_, kept, best, codes);
            border_ = best[kept - 1];
            border_code_ = codes[kept - 1];
            return;
        }
        constexpr size_t few = 32;
        size_t sorted = kept < classes_ || kept < 2 * few ? kept : few;
        sort_tile<T>(scratch_.x, classes_, sorted, best, codes);
        if (keep_nucleus(kept, sorted, best, codes, weigher)) return;
        sort_tile<T>(scratch_.x, classes_, kept, best, codes);
        keep_nucleus(kept, kept, best, codes, weigher);
    }

    // Gives whether those that were sorted are enough.
    bool keep_nucleus(size_t kept, size_t sorted, const V<T> *best, const I<T> *codes, const Weigher<T> &weigher) {
        V<T> sums[kShortRow], total{};
        for (size_t i = 0; i < sorted; ++i) sums[i] = total += weight(best[i], weigher);
        if (sorted < kept) {
            total = V<T>{};
            for (size_t j = 0; j < classes_; ++j) total += weight(logits(j), weigher);
        }
        const V<T> goal = total * T(how_.top_p), least = goal - total * slack_, most = goal + total * slack_;
        if (sorted < kept && any(I<T>(sums[sorted - 1] < most))) return false;
        border_ = best[sorted - 1];
        border_code_ = codes[sorted - 1];
        for (size_t i = sorted; i-- > 0;) {
            const I<T> is_enough = sums[i] >= most;
            open_ |= is_enough ^ (sums[i] >= least);
            border_ = is_enough ? best[i] : border_;
            border_code_ = is_enough ? codes[i] : border_code_;
        }
        return true;
    }

    static V<T> weight(V<T> x, const Weigher<T> &weigher) {
        V<T> v[1] = {x};
        weigher.weigh(v);
        return v[0];
    }

    // The sums of the weights of the first 1, 2, ... classes, of what is kept.
    void add_up(const Weigher<T> &weigher) {
        // A weight close to the border of min_p is off by the rounding of its gap too, which is at most 1000.
        const T margin = sizeof(T) == 4 ? T(0x1p-15) : T(0x1p-41), least = T(how_.min_p) * kOne<T>;
        const V<T> low = splat(least * (1 - margin)), high = splat(least * (1 + margin));
        V<T> sum{};
        I<T> here{};
        size_t j = 0;
        const auto next = [&](auto &v) SOFTARGMAX_FLAT {
            constexpr size_t count = sizeof v / sizeof *v;
            I<T> kept[count];
            for (size_t i = 0; i < count; ++i, here += 1) {
                v[i] = logits(j + i);
                kept[i] = (v[i] > border_) | ((v[i] == border_) & (here <= border_code_));
            }
            weigher.weigh(v);
            for (size_t i = 0; i < count; ++i) {
                const I<T> is_enough = v[i] >= high;
                open_ |= is_enough ^ (v[i] >= low);
                store(scratch_.out + (j + i) * W<T>, sum += keep<T>(kept[i] & is_enough, v[i]));
            }
            j += count;
        };
        while (j + kAbreast <= classes_) {
            V<T> v[kAbreast];
            next(v);
        }
        while (j < classes_) {
            V<T> v[1];
            next(v);
        }
    }

    void draw_at(Range range, size_t draw, I<T> is_valid) const {
        const Operand &uniform = call_[kPerRowToo], &to = call_[kPerRow];
        T numbers[W<T>] = {};
        read_numbers(uniform.kind, place(uniform, range, draw), uniform.row, range.count, numbers);
        const V<T> total = ends(classes_ - 1), goal = load(numbers) * total;
        const V<T> least = goal - total * slack_, most = goal + total * slack_;
        I<T> code{}, other{};
        for (size_t j = 0; j < classes_; ++j) {  // true is -1
            code -= ends(j) <= least;
            other -= ends(j) <= most;
        }
        code = (open_ | (code != other)) ? I<T>{} + Code(kOpen) : code;
        code = is_valid ? code : I<T>{} + Code(kInvalid);
        Code lanes[W<T>];
        __builtin_memcpy(lanes, &code, sizeof lanes);
        char *at = place(to, range, draw);
        for (size_t i = 0; i < range.count; ++i, at += to.row) {
            const int64_t number = lanes[i];
            __builtin_memcpy(at, &number, sizeof number);
        }
    }

    static char *place(const Operand &operand, Range range, size_t draw) {
        return operand.data + ptrdiff_t(range.first) * operand.row + ptrdiff_t(draw) * operand.col;
    }

    const Call &call_;
    const Sampling &how_;
    const Scratch<T> &scratch_;
    size_t classes_;
    T slack_;
    I<T> open_, border_code_;
    V<T> border_;
};

template <class T>
void draw_tiles(const Call &call, size_t rows, void *memory) {
    const Scratch<T> scratch(memory, call);
    TileDrawing<T> drawing(call, scratch);
    for (size_t first = 0; first < rows; first += W<T>)
        drawing.draw({first, rows - first < W<T> ? rows - first : W<T>, rows});
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
