// Weights as integers: one output channel to its column of a panel (see panel.h).
#pragma once

#include <stdint.h>

#include "kernels.h"

namespace xc {

// values (in): an output channel's weights.
void pack_int8_column(const Kernels& kernels, char* panel, int64_t column, const float* values,
                      int64_t in);
void pack_int4_column(char* panel, int64_t column, const float* values, int64_t in);

}  // namespace xc
