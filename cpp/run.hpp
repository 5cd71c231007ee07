// Runs an operation over the rows of a call, a group at a time: short rows as tiles, long rows as they are.
#pragma once

#include <type_traits>

#include "areas.hpp"
#include "long_row.hpp"
#include "operation.hpp"
#include "tile.hpp"

namespace softargmax {
namespace SOFTARGMAX_ISA {

// The areas of a thread's scratch memory. Long rows come and go through x.
template <class T>
struct Scratch {
    T *x, *y, *out, *staging;
    char *block;

    Scratch(void *memory, const Call &call) {
        char *at = static_cast<char *>(memory);
        const auto next = [&](size_t bytes) {
            char *const area = at;
            at += bytes;
            return reinterpret_cast<T *>(area);
        };
        x = next(call.areas.x);
        y = next(call.areas.y);
        out = next(call.areas.out);
        staging = next(call.areas.staging);
        block = at;
    }

    // Room for a block of terms at the place in a page where x is, or just before it.
    T *block_beside(const T *data) const {
        const size_t distance = reinterpret_cast<std::uintptr_t>(data) - reinterpret_cast<std::uintptr_t>(block);
        return reinterpret_cast<T *>(block + distance % kPage / sizeof(V<T>) * sizeof(V<T>));
    }
};

// The units of a group: as many as make kTogether vectors.
SOFTARGMAX_INLINE size_t units_together(size_t vectors) {
    const size_t units = vectors == 0 ? kMostUnits : kTogether / vectors;
    return units < 1 ? 1 : units > kMostUnits ? kMostUnits : units;
}

template <class Operation>
constexpr bool mends_rows = [] {
    if constexpr (Operation::kOneSum)
        return Operation::kMends;
    else
        return false;
}();

// The last step of a tile's numbers, in their places.
template <class T, class Finish>
SOFTARGMAX_INLINE void finish_tile(const Group<T> &group, size_t u, const Finish &given) {
    const Finish finish = given;  // in registers
    const size_t n = group.n;
    T *const out = group.out[u];
    for (size_t j = 0; j < n; j += W<T>) store(out + j, finish(load(out + j)));
}

template <class T, class Operation>
void run_tiles(const Operation &operation, const Call &call, size_t rows, const Scratch<T> &scratch) {
    const size_t classes = call.classes, room = classes * W<T>;
    Group<T> group;
    typename Operation::Finish finish[kMostUnits];
    group.n = room;
    const size_t most = units_together(classes);
    for (size_t first = 0; first < rows;) {
        for (group.size = 0; group.size < most && first < rows; ++group.size, first += W<T>) {
            const size_t u = group.size;
            const Range range{first, rows - first < W<T> ? rows - first : W<T>, rows};
            group.max[u] = load_tile(call[kX], call[kWhere], range, classes, scratch.x + u * room, scratch.staging);
            if constexpr (Operation::kReadsY) operation.load_second_tile(range, scratch.y + u * room, scratch.staging);
            group.x[u] = scratch.x + u * room;
            group.y[u] = scratch.y + u * room;
            group.out[u] = scratch.x + u * room;  // results take the place of logits
            group.block[u] = scratch.out + u * room;
            group.range[u] = range;
        }
        if constexpr (Operation::kOneSum) {
            typename Operation::Mend mends[kMostUnits];
            compute_tiles(operation, group, finish, mends);
            if constexpr (Operation::kMends) {
                for (size_t u = 0; u < group.size; ++u) {
                    finish_tile(group, u, finish[u]);
                    operation.mend(unit_of_tile(group, u), mends[u]);
                    store_results(call[kOut], group.range[u], classes, group.out[u], scratch.staging);
                }
                continue;
            }
        } else {
            operation.template compute<false>(group, finish);
        }
        if constexpr (Operation::kWritesRows && !mends_rows<Operation>) {
            if (!call[kOut]) continue;
            for (size_t u = 0; u < group.size; ++u) {
                if (!call[kWhere]) {
                    store_tile(call[kOut], group.range[u], classes, group.out[u], scratch.staging, finish[u]);
                    continue;
                }
                finish_tile(group, u, finish[u]);
                for (size_t i = 0; i < group.range[u].count; ++i)
                    mask_row(call[kWhere], group.range[u].first + i, classes, group.out[u] + i, W<T>,
                             Operation::kNothing);
                store_results(call[kOut], group.range[u], classes, group.out[u], scratch.staging);
            }
        }
    }
}

template <class T, class Operation>
void run_rows(const Operation &operation, const Call &call, size_t rows, const Scratch<T> &scratch) {
    const size_t classes = call.classes;
    const bool plain_x = is_plain_row<T>(call[kX]) && !call[kWhere];
    const bool plain_out = Operation::kWritesRows && call[kOut] && is_plain_row<T>(call[kOut]);
    // Long rows, and those that need scratch memory, go one at a time.
    const bool alone = Operation::kReadsY || !plain_x || (Operation::kWritesRows && !plain_out);
    const size_t most = alone ? 1 : units_together(classes / W<T>);
    Group<T> group;
    typename Operation::Finish finish[kMostUnits];
    group.n = classes;
    for (size_t row = 0; row < rows;) {
        for (group.size = 0; group.size < most && row < rows; ++group.size, ++row) {
            const size_t u = group.size;
            group.x[u] = plain_x ? reinterpret_cast<const T *>(row_of<T>(call[kX], row)) : scratch.x;
            if (!plain_x) stage_row(call[kX], call[kWhere], row, classes, scratch.x);
            if constexpr (Operation::kReadsY) group.y[u] = operation.second_row(row, scratch.y);
            group.out[u] =
                plain_out ? reinterpret_cast<T *>(const_cast<char *>(row_of<T>(call[kOut], row))) : scratch.x;
            group.block[u] = scratch.block_beside(group.x[u]);
            group.range[u] = {row, 1, rows};
            group.max[u] = row_max<T, true>(group.x[u], classes);
        }
        operation.template compute<true>(group, finish);
        if constexpr (Operation::kWritesRows && !std::is_same_v<typename Operation::Finish, AsItIs<T>>) {
            for (size_t u = 0; u < group.size; ++u) {
                const T *from = Operation::kFinishesX ? group.x[u] : group.out[u];
                T *out = group.out[u];
                const auto last_step = finish[u];
                for_vectors<T, true>(classes, [&](size_t j, size_t count) SOFTARGMAX_FLAT {
                    put(out + j, last_step(get(from + j, count, T(0))), count);
                });
            }
        }
        if constexpr (Operation::kWritesRows) {
            if (call[kWhere]) mask_row(call[kWhere], row - 1, classes, group.out[0], 1, Operation::kNothing);
            if (call[kOut] && !plain_out)
                write_numbers(call[kOut].kind, const_cast<char *>(row_of<T>(call[kOut], row - 1)), call[kOut].col,
                              classes, group.out[0]);
        }
    }
}

// Rows along vectors, for operations of one sum.
template <class T, class Operation>
void run_along(const Operation &operation, const Call &call, size_t rows, const Scratch<T> &scratch) {
    const size_t classes = call.classes;
    const auto numbers = [](ptrdiff_t bytes) { return bytes / ptrdiff_t(sizeof(T)); };
    const bool plain_x = is_plain_row<T>(call[kX]) && !call[kWhere];
    const bool plain_out = !Operation::kWritesRows || is_plain_row<T>(call[kOut]);
    Unit<T> unit{scratch.x, scratch.x, ptrdiff_t(classes), ptrdiff_t(classes), 1, {0, rows, rows}, V<T>{}};
    if (plain_x) unit.x = reinterpret_cast<const T *>(call[kX].data), unit.x_row = numbers(call[kX].row);
    if (plain_out) unit.out = reinterpret_cast<T *>(call[kOut].data), unit.out_row = numbers(call[kOut].row);
    T *const block = scratch.block_beside(unit.x);
    if (plain_x && plain_out) return run_unit<T>(operation, unit, rows_together<T>(classes), classes, block);
    if constexpr (Operation::kInPieces) {
        for (size_t row = 0; row < rows && comes_in_pieces(call); ++row)
            LongRow<T, Operation>(operation, PiecesOf<T>(call, row, scratch.x)).run(block);
        if (comes_in_pieces(call)) return;
    }
    // Through scratch memory, as many rows as it has room for.
    const size_t room = classes < kStaged ? kStaged / classes : 1, most = room < W<T> ? room : W<T>;
    for (size_t first = 0; first < rows; first += most) {
        Unit<T> part = unit.from(first, rows - first < most ? rows - first : most);
        if (!plain_x) part.x = scratch.x;
        if (!plain_out) part.out = scratch.x;
        for (size_t i = 0; i < part.range.count && !plain_x; ++i)
            stage_row(call[kX], call[kWhere], first + i, classes, scratch.x + i * classes);
        run_unit<T>(operation, part, part.range.count, classes, block);
        if constexpr (Operation::kWritesRows) {
            for (size_t i = 0; i < part.range.count; ++i) {
                if (call[kWhere]) mask_row(call[kWhere], first + i, classes, part.out_of(i), 1, Operation::kNothing);
                if (!plain_out)
                    write_numbers(call[kOut].kind, const_cast<char *>(row_of<T>(call[kOut], first + i)), call[kOut].col,
                                  classes, part.out_of(i));
            }
        }
    }
}

template <class T, template <class> class Operation>
void run(const Call &call, size_t rows, void *memory) {
    const Operation<T> operation{call};
    const Scratch<T> scratch(memory, call);
    if constexpr (Operation<T>::kOneSum) {
        if (call.classes < kAlong<T>)
            run_tiles<T>(operation, call, rows, scratch);
        else
            run_along<T>(operation, call, rows, scratch);
    } else {
        if (call.classes <= kShortRow)
            run_tiles<T>(operation, call, rows, scratch);
        else
            run_rows<T>(operation, call, rows, scratch);
    }
}

}  // namespace SOFTARGMAX_ISA
}  // namespace softargmax
