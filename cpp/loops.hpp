// From arrays of any number of axes to calls of a kernel on plain runs of rows, shared among threads.
#pragma once

#include <array>
#include <functional>
#include <vector>

#include "kernels.hpp"

namespace softargmax {

// The rows of a call: every operand's strides, in bytes, along the axes of `shape` (those before the class axis).
struct Rows {
    std::vector<std::size_t> shape;
    std::array<std::vector<std::ptrdiff_t>, kRoles> strides;  // empty for an absent operand

    std::size_t count() const;
};

// Computes a function of all rows. The price of a row (see price.hpp) decides whether threads pay; a row gives the same
// result however rows are shared. Throws std::bad_alloc.
void run_rows(Function function, bool in_double, Call call, Rows rows);

}  // namespace softargmax
