// sparsemax and 1.5-entmax of a row: the relatives of softmax that give exact zeros.
//
// Both project: p_j = max(z_j - tau, 0)^power with the one tau for which the p_j sum to 1, where z = x - max for
// sparsemax (power 1) and (x - max) / 2 for 1.5-entmax (power 2). Only z > -1 can be in the support, so
// few logits are left to sort.
// Source: Martins, Astudillo, ICML 2016; Peters, Niculae, Martins, ACL 2019, algorithm 2.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>

namespace softargmax {

enum class Sparse { sparsemax, entmax15 };

// Reads row[0 ... n-1], writes the probabilities over it. -inf is a class that cannot be; NaN or +inf in the row,
// or nothing but -inf, makes it NaN. `candidates` is room for n numbers.
inline void sparse_row(Sparse kind, double *row, std::size_t n, double *candidates) {
    const double factor = kind == Sparse::sparsemax ? 1.0 : 0.5;
    double largest = -std::numeric_limits<double>::infinity();
    bool defined = true;
    for (std::size_t j = 0; j < n; ++j) {
        defined &= row[j] < std::numeric_limits<double>::infinity();
        largest = std::max(largest, row[j]);
    }
    if (!defined || std::isinf(largest)) {
        std::fill(row, row + n, std::numeric_limits<double>::quiet_NaN());
        return;
    }
    double *end = candidates;
    for (std::size_t j = 0; j < n; ++j) {
        row[j] = factor * (row[j] - largest);
        if (row[j] > -1.0) *end++ = row[j];
    }
    std::sort(candidates, end, std::greater<>());
    // Walk down as long as the next candidate would still be in the support.
    double sum = 0.0, squares = 0.0, tau = -1.0, count = 0.0;
    for (const double *next = candidates; next != end && *next > tau; ++next) {
        const double z = *next;
        count += 1.0;
        sum += z;
        squares += z * z;
        const double mean = sum / count;
        if (kind == Sparse::sparsemax) {
            tau = mean - 1.0 / count;
        } else {
            const double spread = std::max(squares - sum * mean, 0.0);
            tau = mean - std::sqrt(std::max((1.0 - spread) / count, 0.0));
        }
    }
    for (std::size_t j = 0; j < n; ++j) {
        const double above = std::max(row[j] - tau, 0.0);
        row[j] = kind == Sparse::sparsemax ? above : above * above;
    }
}

}  // namespace softargmax
