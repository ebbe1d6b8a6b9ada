#include "context.h"

namespace {

template <class Kernel>
int32_t each_row(xc_context* context, const float* out, const float* x, const float* weight,
                 int64_t n, int64_t c, Kernel kernel) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(n >= 0 && c >= 1 && xc::fits(n, c, 4), "(%lld, %lld) is out of range",
             static_cast<long long>(n), static_cast<long long>(c));
  if (n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && x != nullptr && weight != nullptr, "null tensor");
  return xc::run(context, [&] {
    context->each_range(n, 16384 / c, [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        kernel(row * c);
      }
    });
  });
}

}  // namespace

int32_t xc_layer_norm_cpu(xc_context* context, float* out, const float* x, const float* weight,
                          const float* bias, int64_t n, int64_t c, float epsilon) {
  XC_REQUIRE(bias != nullptr || n == 0, "null bias");
  return each_row(context, out, x, weight, n, c, [&](int64_t first) {
    context->kernels->layer_norm(out + first, x + first, weight, bias, c, epsilon);
  });
}

int32_t xc_rms_norm_cpu(xc_context* context, float* out, const float* x, const float* weight,
                        int64_t n, int64_t c, float epsilon) {
  return each_row(context, out, x, weight, n, c, [&](int64_t first) {
    context->kernels->rms_norm(out + first, x + first, weight, c, epsilon);
  });
}
