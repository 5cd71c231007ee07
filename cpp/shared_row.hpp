// A long row that threads share: who works on a piece, and what is made of the pieces' results. loops.cpp deals them
// out.
#pragma once

#include <new>

#include "run.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The row's state, and in memory after it what each of its pieces gave.
template <class T, class Operation>
class Sharing {
public:
    using Row = LongRow<T, Operation>;
    struct Result {
        V<T> maxima;
        Sum<T> sum;
    };

    static void begin(const Call &call, void *copy, void *memory) { new (memory) Sharing(call, copy); }

    static void piece(void *state, Stage stage, size_t piece, void *memory) {
        auto &self = *static_cast<Sharing *>(state);
        if (stage == Stage::maximum)
            self.results()[piece].maxima = self.row_.maxima(piece);
        else if (stage == Stage::sum)
            self.results()[piece].sum =
                self.row_.terms(piece, Scratch<T>(memory, self.call_).block_beside(self.pieces_.x(piece)));
        else
            self.row_.finish(piece);
    }

    // Merges in the order of the pieces, as LongRow::run does.
    static void close(void *state, Stage stage) {
        auto &self = *static_cast<Sharing *>(state);
        Row &row = self.row_;
        const Result *const all = self.results();
        if (stage == Stage::maximum) {
            for (size_t piece = 0; piece < row.pieces(); ++piece) row.take(piece, all[piece].maxima);
            row.anchor();
        } else if (stage == Stage::sum) {
            Sum<T> sum = all[0].sum;
            for (size_t piece = 1; piece < row.pieces(); ++piece) sum.add_sum(all[piece].sum);
            row.settle(sum);
        }
    }

private:
    Sharing(const Call &call, void *copy)
        : call_(without_areas(call)),
          operation_{call_},
          pieces_(call_, 0, static_cast<T *>(copy)),
          row_(operation_, pieces_) {}

    // Of scratch memory, threads that are at a piece need the block only.
    static Call without_areas(Call call) {
        call.areas = {0, 0, 0, 0};
        return call;
    }

    Result *results() { return reinterpret_cast<Result *>(this + 1); }

    const Call call_;
    const Operation operation_;
    const PiecesOf<T> pieces_;
    Row row_;
};

template <class T, class Operation, class Shared = Sharing<T, Operation>>
constexpr SharedRow kShared = {
    Shared::begin, Shared::piece, Shared::close, sizeof(Shared), sizeof(typename Shared::Result), Shared::Row::kStages};

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
