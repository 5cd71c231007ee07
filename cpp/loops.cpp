#include "loops.hpp"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <memory>
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

// Threads share every single one of long rows where there are fewer rows than that for each of them.
constexpr std::size_t kRowsPerThread = 4;

// From so many nanoseconds on. What takes less is half done when a helper comes, and what is left does not pay for
// calling it (measured: 128,256 floats, 40 us).
constexpr double kWorthSharingRows = 2 * kWorthSharing;

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

// A few long rows, of which threads share every one, stage after stage. Each begins with pieces of its own, the same
// ones in every stage and the next call, as they are in its core's cache; then it takes what others have left. So
// nobody waits but for a piece that somebody is at.
class FewRows {
public:
    FewRows(const SharedRow &kernels, const Call &call, const Rows &rows, std::size_t first, std::size_t count,
            std::size_t workers)
        : kernels_(kernels), pieces_(call.classes / kPieceOfRow), workers_(workers), rows_(count) {
        const std::size_t copy = call.areas.x, state = kernels.bytes + pieces_ * kernels.bytes_per_piece;
        const std::size_t each = (copy + state + kPage - 1) / kPage * kPage;
        memory_.reset(static_cast<char *>(std::aligned_alloc(kPage, count * each)));
        if (memory_ == nullptr) throw std::bad_alloc();
        for (std::size_t row = 0; row < count; ++row) {
            char *const own = memory_.get() + row * each;
            rows_[row].stages_of = std::vector<std::atomic<std::uint8_t>>(pieces_);
            rows_[row].state = own + copy;
            kernels.begin(at(call, rows, first + row), own, rows_[row].state);
        }
    }

    void run(double price) {
        for_workers(workers_, price, &FewRows::work, this);
        if (out_of_memory_) throw std::bad_alloc();
    }

private:
    struct Row {
        void *state = nullptr;
        std::vector<std::atomic<std::uint8_t>> stages_of;  // how many of a piece's stages were begun
        std::atomic<std::size_t> done{0};                  // pieces of all stages
        std::atomic<std::size_t> closed{0};                // stages
    };

    static double work(void *context, std::size_t worker) { return static_cast<FewRows *>(context)->work(worker); }

    double work(std::size_t worker) {
        void *const scratch = memory(Areas{0, 0, 0, 0}.bytes());
        if (scratch == nullptr) out_of_memory_.store(true);  // the row's state must be closed nevertheless
        const std::size_t begin = worker * pieces_ / workers_;
        std::size_t done = 0;
        for (Row &row : rows_) {
            for (std::size_t stage = 0; stage < kernels_.stages; ++stage) {
                wait_until(row.closed, stage);
                for (std::size_t i = 0; i < pieces_; ++i) {
                    const std::size_t piece = begin + i < pieces_ ? begin + i : begin + i - pieces_;
                    auto begun = static_cast<std::uint8_t>(stage);
                    // Relaxed: it deals out the piece and hands nothing over.
                    if (!row.stages_of[piece].compare_exchange_strong(begun, begun + 1, std::memory_order_relaxed))
                        continue;
                    compute(row, stage, piece, scratch);
                    ++done;
                }
            }
        }
        return static_cast<double>(done) / static_cast<double>(rows_.size() * kernels_.stages * pieces_);
    }

    void compute(Row &row, std::size_t stage, std::size_t piece, void *scratch) {
        if (scratch != nullptr) kernels_.piece(row.state, static_cast<Stage>(stage), piece, scratch);
        // Acquire and release: who closes a stage sees what its pieces gave, and who begins the next what was made of
        // it.
        if (row.done.fetch_add(1, std::memory_order_acq_rel) + 1 < (stage + 1) * pieces_) return;
        kernels_.close(row.state, static_cast<Stage>(stage));
        row.closed.store(stage + 1, std::memory_order_release);
    }

    const SharedRow &kernels_;
    const std::size_t pieces_, workers_;
    std::unique_ptr<char, decltype(&std::free)> memory_{nullptr, &std::free};
    std::vector<Row> rows_;
    std::atomic<bool> out_of_memory_{false};
};

Kernel kernel_of(Function function, bool in_double) {
    if (function >= Function::count) return plain_kernel(function);
    const KernelTable &table = table_in_use();
    const auto index = static_cast<std::size_t>(function);
    return in_double ? table.in_double->functions[index] : table.in_float->functions[index];
}

const SharedRow *shared_row(Function function, bool in_double, const Call &call) {
    const KernelTable &table = table_in_use();
    return in_double ? table.in_double->shared(function, call) : table.in_float->shared(function, call);
}

// Where there are so few long rows that threads would end at different times, or not even have one each: shares every
// one of them. Gives whether that was so.
bool share_rows(Function function, bool in_double, const Call &call, const Rows &rows, double per_row) {
    if (call.classes < kLongRow) return false;
    const std::size_t total = rows.count(), threads = thread_limit();
    if (static_cast<double>(total) * per_row < kWorthSharingRows) return false;
    const SharedRow *const kernels = shared_row(function, in_double, call);
    if (threads < 2 || total >= kRowsPerThread * threads || kernels == nullptr) return false;
    const std::size_t at_once = call.areas.x == 0 ? total : 1;  // one by one where each has a copy
    for (std::size_t first = 0; first < total; first += at_once)
        FewRows(*kernels, call, rows, first, at_once, threads).run(static_cast<double>(at_once) * per_row);
    return true;
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
    const double price = static_cast<double>(total) * per_row;
    std::size_t per_piece = total;
    if (price >= kWorthSharing) {
        if (share_rows(function, in_double, call, rows, per_row)) return;
        const auto wanted = static_cast<std::size_t>(std::max(1.0, kPiece / per_row));
        // Whole tiles, so that no piece but the last has an incomplete one.
        per_piece = call.classes <= kShortRow ? (wanted + kMostLanes - 1) / kMostLanes * kMostLanes : wanted;
    }
    Work work{kernel_of(function, in_double), function, in_double, call, rows, total, per_piece};
    for_pieces((total + per_piece - 1) / per_piece, static_cast<double>(per_piece) * per_row, &Work::piece, &work);
    if (work.out_of_memory) throw std::bad_alloc();
}

}  // namespace softargmax
