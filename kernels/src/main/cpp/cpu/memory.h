// Aligned memory, large blocks on huge pages.
#pragma once

#include <stdint.h>

namespace xc {

// Aligned to 64 bytes, from 2 MiB on to 2 MiB; null when there is none. bytes > 0.
void* allocate(int64_t bytes);

// The same, all zero.
void* allocate_zeroed(int64_t bytes);

// Frees allocate(bytes) or allocate_zeroed(bytes); null is allowed.
void release(void* memory, int64_t bytes);

}  // namespace xc
