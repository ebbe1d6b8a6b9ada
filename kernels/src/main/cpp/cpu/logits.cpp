#include "context.h"

namespace {
using ll = long long;
}

int32_t xc_log_softmax_cpu(xc_context* context, float* x, int64_t n, int64_t c) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(n >= 0 && c >= 1 && xc::fits(n, c, 4), "(%lld, %lld) is out of range",
             (ll)n, (ll)c);
  if (n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(x != nullptr, "null tensor");
  return xc::run(context, [&] {
    context->pool.run(n, [&](int64_t row, int32_t) {
      context->kernels->log_softmax(x + row * c, c);
    });
  });
}

int32_t xc_top_k_cpu(xc_context* context, float* values, int32_t* indices, const float* x,
                     int64_t n, int64_t c, int64_t k) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(n >= 0 && c >= 1 && c <= INT32_MAX && xc::fits(n, c, 4),
             "(%lld, %lld) is out of range", (ll)n, (ll)c);
  XC_REQUIRE(k >= 1 && k <= c, "k = %lld is outside of 1 .. %lld", (ll)k, (ll)c);
  if (n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(values != nullptr && indices != nullptr && x != nullptr, "null argument");
  return xc::run(context, [&] {
    context->pool.run(n, [&](int64_t row, int32_t) {
      context->kernels->top_k(values + row * k, indices + row * k, x + row * c, c, k);
    });
  });
}

int32_t xc_penalize_cpu(xc_context* context, float* x, const int32_t* ids, const int32_t* id_start,
                        int64_t n, int64_t c, float penalty) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(n >= 0 && c >= 1 && xc::fits(n, c, 4), "(%lld, %lld) is out of range",
             (ll)n, (ll)c);
  XC_REQUIRE(penalty > 0, "the penalty %g is not positive", static_cast<double>(penalty));
  if (n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(x != nullptr && id_start != nullptr && id_start[0] == 0,
             "null argument or lists that do not start at 0");
  for (int64_t row = 0; row < n; row++) {
    XC_REQUIRE(id_start[row + 1] >= id_start[row], "list %lld ends before it starts",
               (ll)row);
  }
  XC_REQUIRE(ids != nullptr || id_start[n] == 0, "null ids");
  for (int32_t i = 0; i < id_start[n]; i++) {
    XC_REQUIRE(ids[i] >= 0 && ids[i] < c, "id %d is outside of 0 .. %lld", ids[i],
               (ll)c - 1);
  }
  return xc::run(context, [&] {
    for (int64_t row = 0; row < n; row++) {
      for (int32_t i = id_start[row]; i < id_start[row + 1]; i++) {
        float* value = x + row * c + ids[i];
        *value = *value < 0 ? *value * penalty : *value / penalty;
      }
    }
  });
}
