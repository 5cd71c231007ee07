// The functions that fits call, as Python sees them.
#pragma once

#include <nanobind/nanobind.h>

namespace softargmax {

void add_fitting(nanobind::module_ &m);

}  // namespace softargmax
