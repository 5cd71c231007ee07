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

// Calls `kernel` on all rows. `per_row` is about how many nanoseconds a row takes (see price.hpp), which decides
// whether threads pay; a row gives the same result however rows are shared. Throws std::bad_alloc.
void run_rows(Kernel kernel, Call call, Rows rows, double per_row);

}  // namespace softargmax
