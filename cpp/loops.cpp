#include "loops.hpp"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <new>

#include "areas.hpp"
#include "dispatch.hpp"
#include "price.hpp"
#include "threads.hpp"

namespace softargmax {
namespace {

// How long a piece of work takes, in nanoseconds: long enough to make fetching it cheap, short enough to balance the
// load.
constexpr double kPiece = 5'000;

// Drops axes of length 1 and merges neighbours that one stride can walk, so that runs are as long as can be;
// then puts the longest axis last.
void simplify(Rows &rows) {
    auto &shape = rows.shape;
    const auto for_present = [&](auto &&f) {
        for (auto &strides : rows.strides)
            if (!strides.empty()) f(strides);
    };
    for (std::size_t axis = shape.size(); axis-- > 0;) {
        if (shape[axis] != 1 || shape.size() == 1) continue;
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
        for_present([&](auto &s) { s.erase(s.begin() + static_cast<std::ptrdiff_t>(axis)); });
    }
    for (std::size_t axis = shape.size(); axis-- > 1;) {
        bool mergeable = true;
        for_present([&](auto &s) { mergeable &= s[axis - 1] == s[axis] * static_cast<std::ptrdiff_t>(shape[axis]); });
        if (!mergeable) continue;
        shape[axis - 1] *= shape[axis];
        shape.erase(shape.begin() + static_cast<std::ptrdiff_t>(axis));
        for_present([&](auto &s) { s.erase(s.begin() + static_cast<std::ptrdiff_t>(axis) - 1); });
    }
    if (shape.size() < 2) return;
    const auto longest = std::max_element(shape.begin(), shape.end()) - shape.begin();
    std::swap(shape[static_cast<std::size_t>(longest)], shape.back());
    for_present([&](auto &s) { std::swap(s[static_cast<std::size_t>(longest)], s.back()); });
}

// Scratch memory of this thread, kept for the next call unless it is large. Null if there is none to be had.
void *memory(std::size_t bytes) {
    struct Kept {
        void *data = nullptr;
        std::size_t bytes = 0;
        ~Kept() { std::free(data); }
    };
    constexpr std::size_t large = std::size_t(1) << 20;
    static thread_local Kept kept;
    if (kept.bytes < bytes || (kept.bytes > large && bytes <= large)) {
        std::free(kept.data);
        kept.data = std::aligned_alloc(kPage, (bytes + kPage - 1) / kPage * kPage);
        kept.bytes = kept.data == nullptr ? 0 : bytes;
    }
    return kept.data;
}

// The call whose first row is the given one.
Call at(const Call &call, const Rows &rows, std::size_t row) {
    Call moved = call;
    for (std::size_t role = 0; role < kRoles; ++role) {
        const auto &strides = rows.strides[role];
        std::size_t rest = row;
        for (std::size_t axis = strides.size(); axis-- > 0;) {
            moved.operands[role].data += static_cast<std::ptrdiff_t>(rest % rows.shape[axis]) * strides[axis];
            rest /= rows.shape[axis];
        }
    }
    return moved;
}

// Rows that threads share as they are.
struct Work {
    Kernel kernel;
    Function function;
    bool in_double;
    const Call &call;
    const Rows &rows;
    std::size_t total;
    std::size_t per_piece;
    mutable std::atomic<bool> out_of_memory{false};

    static void piece(void *context, std::size_t i) {
        const auto &work = *static_cast<const Work *>(context);
        const std::size_t begin = i * work.per_piece;
        work.compute(begin, std::min(begin + work.per_piece, work.total));
    }

    void compute(std::size_t begin, std::size_t end) const {
        const std::size_t run = rows.shape.empty() ? 1 : rows.shape.back();
        while (begin < end) {
            const std::size_t count = std::min(run - begin % run, end - begin);
            Call part = at(call, rows, begin);
            if (part[kX].is_relative && are_all_doubles(part, count)) {
                part[kX].is_relative = false;
                part.areas = areas_of(function, in_double, part);
            }
            void *const scratch = memory(part.areas.bytes());
            if (scratch == nullptr) return out_of_memory.store(true);
            kernel(part, count, scratch);
            begin += count;
        }
    }
};

Kernel kernel_of(Function function, bool in_double) {
    if (function >= Function::count) return plain_kernel(function);
    const KernelTable &table = table_in_use();
    const auto index = static_cast<std::size_t>(function);
    return in_double ? table.in_double->functions[index] : table.in_float->functions[index];
}

}  // namespace

std::size_t Rows::count() const {
    std::size_t product = 1;
    for (const std::size_t length : shape) product *= length;
    return product;
}

void run_rows(Function function, bool in_double, Call call, Rows rows) {
    const std::size_t total = rows.count();
    if (total == 0) return;
    simplify(rows);
    for (std::size_t role = 0; role < kRoles; ++role)
        call.operands[role].row = rows.strides[role].empty() ? 0 : rows.strides[role].back();
    call.areas = areas_of(function, in_double, call);
    const double per_row = nanoseconds_per_row(function, in_double, call.classes);
    std::size_t per_piece = total;
    if (static_cast<double>(total) * per_row >= kWorthSharing) {
        const auto wanted = static_cast<std::size_t>(std::max(1.0, kPiece / per_row));
        // Whole tiles, so that no piece but the last has an incomplete one.
        per_piece = call.classes <= kShortRow ? (wanted + kMostLanes - 1) / kMostLanes * kMostLanes : wanted;
    }
    Work work{kernel_of(function, in_double), function, in_double, call, rows, total, per_piece};
    for_pieces((total + per_piece - 1) / per_piece, static_cast<double>(per_piece) * per_row, &Work::piece, &work);
    if (work.out_of_memory) throw std::bad_alloc();
}

}  // namespace softargmax
