#include "trees.hpp"

#include <algorithm>

namespace softargmax {
namespace {

// Rows that walk side by side: a step of one waits for its loads, and those of the others fill the time.
constexpr std::size_t kTogether = 8;
// Numbers of a block of rows, which stay in the nearest cache while one tree after the other sees them.
constexpr std::size_t kBlock = 1 << 12;

// The leaves that rows are led to; `from` has the first number of each.
template <class T>
inline void walk(const Trees &trees, std::int32_t start, const T *const *from, std::int32_t *node) {
    for (std::size_t r = 0; r < kTogether; ++r) node[r] = start;
    std::int32_t moved;
    do {
        moved = 0;
        for (std::size_t r = 0; r < kTogether; ++r) {
            const std::int32_t at = node[r];
            const double x = static_cast<double>(from[r][trees.feature[at]]);
            // No branches: which way a row goes is what no processor can foretell.
            const bool goes_left =
                static_cast<bool>((x <= trees.threshold[at]) | ((x != x) & (trees.missing_left[at] != 0)));
            const std::int32_t next = goes_left ? trees.left[at] : trees.right[at];
            moved |= next ^ at;
            node[r] = next;
        }
    } while (moved != 0);
}

template <class T>
void add_all(const Trees &trees, const T *rows, std::size_t n_rows, std::size_t features, double *out) {
    const std::size_t block = std::max(kTogether, kBlock / std::max<std::size_t>(features, 1));
    for (std::size_t begin = 0; begin < n_rows; begin += block) {
        const std::size_t end = std::min(begin + block, n_rows);
        for (std::size_t tree = 0; tree < trees.trees; ++tree) {
            for (std::size_t first = begin; first < end; first += kTogether) {
                const T *from[kTogether];
                std::int32_t node[kTogether];
                for (std::size_t r = 0; r < kTogether; ++r) from[r] = rows + std::min(first + r, end - 1) * features;
                walk(trees, trees.starts[tree], from, node);
                const std::size_t count = std::min(kTogether, end - first);
                double *to = out + first * trees.outputs + static_cast<std::size_t>(trees.output[tree]);
                for (std::size_t r = 0; r < count; ++r) to[r * trees.outputs] += trees.value[node[r]];
            }
        }
    }
}

}  // namespace

void add_leaves(const Trees &trees, const float *rows, std::size_t n_rows, std::size_t features, double *out) {
    add_all(trees, rows, n_rows, features, out);
}

void add_leaves(const Trees &trees, const double *rows, std::size_t n_rows, std::size_t features, double *out) {
    add_all(trees, rows, n_rows, features, out);
}

}  // namespace softargmax
