// The function that JAX' compiler calls for one of ours.
#pragma once

#include "xla_interface.hpp"

namespace softargmax::xla {

// Computes a function of the rows of the first argument. Attributes: `function`, a number of kernels.hpp's Function,
// and `smoothing`. A second argument is an array of the first's shape, or codes, one per row. Results are what the
// kernel gives: an array of the shape of x, one number per row, or both, the latter first.
Error *handle(CallFrame *call);

}  // namespace softargmax::xla
