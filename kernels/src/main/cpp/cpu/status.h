// Statuses, the thread's last message, and the guard that keeps exceptions inside.
#pragma once

#include "../xc_kernels.h"

namespace xc {

// Remembers the message, printf style, for xc_last_error and returns the status.
int32_t fail(xc_status status, const char* format, ...) __attribute__((format(printf, 2, 3)));

// Status of the exception being handled, its message remembered.
int32_t fail_with_current_exception();

// Runs the body of an entry point; what it throws becomes a status.
template <class Body>
int32_t guarded(Body body) {
  try {
    return body();
  } catch (...) {
    return fail_with_current_exception();
  }
}

// Whether the product of the sizes stays below 2^60, so that byte counts fit 63 bits. No size is
// negative.
bool fits(int64_t a, int64_t b, int64_t c = 1, int64_t d = 1);

}  // namespace xc

// Leaves the entry point with XC_INVALID_ARGUMENT unless the condition holds.
#define XC_REQUIRE(condition, ...)                          \
  do {                                                      \
    if (!(condition)) {                                     \
      return xc::fail(XC_INVALID_ARGUMENT, __VA_ARGS__);    \
    }                                                       \
  } while (0)
