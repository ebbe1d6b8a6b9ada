#include "status.h"

#include <stdarg.h>
#include <stdio.h>

#include <exception>
#include <new>
#include <system_error>

namespace {
thread_local char last_message[512];
}

const char* xc_last_error(void) { return last_message; }

namespace xc {

int32_t fail(xc_status status, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(last_message, sizeof last_message, format, arguments);
  va_end(arguments);
  return status;
}

int32_t fail_with_current_exception() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return fail(XC_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return fail(XC_INTERNAL, "unexpected: %s", e.what());
  } catch (...) {
    return fail(XC_INTERNAL, "unexpected exception");
  }
}

bool fits(int64_t a, int64_t b, int64_t c, int64_t d) {
  const int64_t sizes[] = {a, b, c, d};
  int64_t product = 1;
  for (int64_t size : sizes) {
    if (size < 0 || __builtin_mul_overflow(product, size, &product)) {
      return false;
    }
  }
  return product <= (INT64_C(1) << 60);
}

}  // namespace xc
