// Decision trees as flat arrays: what rows of features make of them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace softargmax {

// All trees behind one another. Node i sends a row to left[i] if its feature is at most the threshold, or if the
// feature is missing (NaN) and missing_left[i] is not 0, and to right[i] otherwise. Children have larger numbers than
// their parents, but for a leaf, which leads to itself: so a walk from a tree's start ends. The value of the leaf where
// it ends is added to the tree's output. Whoever calls has checked all that.
struct Trees {
    const std::int32_t *starts;  // of every tree, its first node
    const std::int32_t *output;  // of every tree
    std::size_t trees;
    const std::int32_t *feature;
    const double *threshold;
    const std::uint8_t *missing_left;
    const std::int32_t *left;
    const std::int32_t *right;
    const double *value;
    std::size_t outputs;
};

// out[row][output] += the values of the leaves that the row is led to, in the order of the trees.
void add_leaves(const Trees &trees, const float *rows, std::size_t n_rows, std::size_t features, double *out);
void add_leaves(const Trees &trees, const double *rows, std::size_t n_rows, std::size_t features, double *out);

}  // namespace softargmax
