#include "context.h"

namespace {

// Elements that are worth a task.
constexpr int64_t kGrain = 16384;

template <class Kernel>
int32_t each(xc_context* context, const float* x, int64_t elements, Kernel kernel) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(elements >= 0, "%lld elements", static_cast<long long>(elements));
  if (elements == 0) {
    return XC_OK;
  }
  XC_REQUIRE(x != nullptr, "null tensor");
  return xc::run(context, [&] {
    context->each_range(elements, kGrain,
                        [&](int64_t begin, int64_t end) { kernel(begin, end - begin); });
  });
}

}  // namespace

int32_t xc_add_cpu(xc_context* context, float* x, const float* y, int64_t elements) {
  XC_REQUIRE(y != nullptr || elements == 0, "null tensor");
  return each(context, x, elements, [&](int64_t first, int64_t n) {
    context->kernels->add(x + first, y + first, n);
  });
}

int32_t xc_quick_gelu_cpu(xc_context* context, float* x, int64_t elements) {
  return each(context, x, elements, [&](int64_t first, int64_t n) {
    context->kernels->quick_gelu(x + first, n);
  });
}

int32_t xc_gelu_cpu(xc_context* context, float* x, int64_t elements) {
  return each(context, x, elements,
              [&](int64_t first, int64_t n) { context->kernels->gelu(x + first, n); });
}

int32_t xc_silu_multiply_cpu(xc_context* context, float* gate, const float* up,
                             int64_t elements) {
  XC_REQUIRE(up != nullptr || elements == 0, "null tensor");
  return each(context, gate, elements, [&](int64_t first, int64_t n) {
    context->kernels->silu_multiply(gate + first, up + first, n);
  });
}
