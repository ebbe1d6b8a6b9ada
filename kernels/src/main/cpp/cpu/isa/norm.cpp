// Layer norm and RMS norm of one row.
#include "kernel_list.h"
#include "vector.h"

namespace xc {
namespace {

// Σ f(x), four sums side by side.
template <class Function>
XC_INLINE float sum(const float* x, int64_t n, Function f) {
  Vec sums[4] = {};
  int64_t i = 0;
  for (; i + 4 * kLanes <= n; i += 4 * kLanes) {
    XC_UNROLL for (int j = 0; j < 4; j++) { sums[j] += f(load(x + i + j * kLanes)); }
  }
  for (; i + kLanes <= n; i += kLanes) {
    sums[0] += f(load(x + i));
  }
  float rest = 0;
  if (i < n) {
    float lanes[kLanes];
    store(lanes, f(load_part(x + i, n - i, 0)));
    for (int64_t j = 0; j < n - i; j++) {
      rest += lanes[j];
    }
  }
  return sum_lanes((sums[0] + sums[1]) + (sums[2] + sums[3])) + rest;
}

// out = f(x, weight, bias); bias is null where there is none.
template <class Function>
XC_INLINE void each(float* out, const float* x, const float* weight, const float* bias, int64_t n,
                    Function f) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store(out + i, f(load(x + i), load(weight + i), bias == nullptr ? Vec{} : load(bias + i)));
  }
  if (i < n) {
    const Vec last = bias == nullptr ? Vec{} : load_part(bias + i, n - i, 0);
    const Vec result = f(load_part(x + i, n - i, 0), load_part(weight + i, n - i, 0), last);
    store_part(out + i, result, n - i);
  }
}

}  // namespace

namespace XC_ISA {

void layer_norm(float* out, const float* x, const float* weight, const float* bias, int64_t c,
                float epsilon) {
  const float size = static_cast<float>(c);
  const float mean = sum(x, c, [](Vec v) { return v; }) / size;
  const float variance = sum(x, c, [mean](Vec v) { return (v - mean) * (v - mean); }) / size;
  const float scale = 1.0f / __builtin_sqrtf(variance + epsilon);
  each(out, x, weight, bias, c,
       [mean, scale](Vec v, Vec w, Vec b) { return (v - mean) * scale * w + b; });
}

void rms_norm(float* out, const float* x, const float* weight, int64_t c, float epsilon) {
  const float squares = sum(x, c, [](Vec v) { return v * v; });
  const float scale = 1.0f / __builtin_sqrtf(squares / static_cast<float>(c) + epsilon);
  each(out, x, weight, nullptr, c, [scale](Vec v, Vec w, Vec) { return v * scale * w; });
}

}  // namespace XC_ISA
}  // namespace xc
