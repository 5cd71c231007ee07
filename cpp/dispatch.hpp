// Which kernels this process uses: the best the processor has, unless something lower is asked for.
#pragma once

#include <vector>

#include "kernels.hpp"

namespace softargmax {

// What this build holds and this processor can run, lowest first; never empty.
const std::vector<const KernelTable *> &available_tables();

const KernelTable &table_in_use();

// Switches to the table of that name. Gives false, and changes nothing, if there is none.
bool use_table(const char *name);

}  // namespace softargmax
