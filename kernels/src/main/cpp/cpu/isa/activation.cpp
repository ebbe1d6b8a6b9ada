// Element by element: addition, activations, bf16 to f32.
#include "kernel_list.h"
#include "vector.h"

namespace xc {
namespace {

// x = f(x, y) over n values; y is null for functions of x alone.
template <class Function>
XC_INLINE void each(float* x, const float* y, int64_t n, Function f) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    store(x + i, f(load(x + i), y == nullptr ? Vec{} : load(y + i)));
  }
  if (i < n) {
    const Vec last = y == nullptr ? Vec{} : load_part(y + i, n - i, 0);
    store_part(x + i, f(load_part(x + i, n - i, 0), last), n - i);
  }
}

XC_INLINE Vec sigmoid(Vec x) { return 1.0f / (1.0f + exp(-x)); }

// erf(u)/u as a polynomial of u², |u| <= 1; least-squares fit, 1.2e-9 off.
XC_INLINE Vec erf_over_u(Vec square) {
  Vec p = splat(7.8824974e-5f);
  p = p * square - 8.018855e-4f;
  p = p * square + 5.189312e-3f;
  p = p * square - 2.6854329e-2f;
  p = p * square + 0.11283597f;
  p = p * square - 0.37612626f;
  return p * square + 1.1283791f;
}

// ln(erfc(u)) for 0.95 <= u <= 4, least-squares fit; beyond, erfc counts for nothing in f32 and
// the polynomial keeps falling.
XC_INLINE Vec log_erfc(Vec u) {
  Vec p = splat(-2.1581222e-5f);
  p = p * u + 4.4005635e-4f;
  p = p * u - 4.1980594e-3f;
  p = p * u + 2.5190301e-2f;
  p = p * u - 0.10838946f;
  p = p * u - 0.6332477f;
  p = p * u - 1.129564f;
  return p * u + 1.8489928e-4f;
}

XC_INLINE Vec gelu_of(Vec x) {
  const Vec u = x * 0.70710678f;
  const Vec magnitude = u < Vec{} ? -u : u;
  const Vec tail = exp(log_erfc(magnitude));
  const Vec near = 1.0f + u * erf_over_u(u * u);
  const Vec far = u < Vec{} ? tail : 2.0f - tail;
  return 0.5f * x * (magnitude < splat(1.0f) ? near : far);
}

}  // namespace

namespace XC_ISA {

void add(float* x, const float* y, int64_t n) {
  each(x, y, n, [](Vec a, Vec b) { return a + b; });
}

void quick_gelu(float* x, int64_t n) {
  each(x, nullptr, n, [](Vec a, Vec) { return a * sigmoid(1.702f * a); });
}

void gelu(float* x, int64_t n) {
  each(x, nullptr, n, [](Vec a, Vec) { return gelu_of(a); });
}

void silu_multiply(float* gate, const float* up, int64_t n) {
  each(gate, up, n, [](Vec g, Vec u) { return g * sigmoid(g) * u; });
}

void widen_bf16(float* out, const uint16_t* x, int64_t n) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const HalfVec half = *reinterpret_cast<const UnalignedHalfVec*>(x + i);
    store(out + i, from_bits(__builtin_convertvector(half, IntVec) << 16));
  }
  for (; i < n; i++) {
    out[i] = from_bf16(x[i]);
  }
}

}  // namespace XC_ISA
}  // namespace xc
