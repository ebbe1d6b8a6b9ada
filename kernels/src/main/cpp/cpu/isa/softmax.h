// The softmax of attention, in powers of two: queries are scaled by log2(e) too, so a score x of a
// row with maximum m weighs 2^(x - m). Sums add the tokens t, t + kLanes, ... of a block in order,
// then the lanes in halves: whether the tokens lie along the lanes or the rows do, a row gets the
// same bits.
#pragma once

#include "product.h"

namespace xc {
namespace {

constexpr float kLog2E = 1.44269504f;

template <class Kind>
constexpr bool is_dot() {
  return sizeof(typename Kind::A) == 2;
}

// a·b + c, rounded once where the code path can. Left to itself the compiler does that here and not
// there, and a row would get other bits in one kernel than in the other.
#if defined(__AVX512F__)
XC_INLINE Vec multiply_add(Vec a, Vec b, Vec c) {
  return (Vec)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
}
#elif defined(__FMA__)
XC_INLINE Vec multiply_add(Vec a, Vec b, Vec c) {
  return (Vec)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
}
#else
XC_INLINE Vec multiply_add(Vec a, Vec b, Vec c) { return a * b + c; }
#endif
XC_INLINE float multiply_add(float a, float b, float c) {
#if defined(__FMA__) || defined(__ARM_FEATURE_FMA)
  return __builtin_fmaf(a, b, c);
#else
  return a * b + c;
#endif
}

// 2^x for x <= 0, NaN for NaN: relative error 1.6e-7, for Dot, which rounds weights to bf16
// (2e-3), 2.9e-6. 2^0 is 1, what is below 2^-149 becomes 0.
template <class Kind>
XC_INLINE Vec power(Vec x) {
#if defined(__AVX512F__)
  // r = x - n, n the nearest integer; 0 where x is -infinity
  const Vec r = (Vec)_mm512_reduce_ps((__m512)x, 0);
  const Vec n = x - r;
#else
  x = max(splat(-152.0f), x);
  // adding 1.5·2^23 rounds to the integer n in the low bits
  const Vec shifted = x + 12582912.0f;
  const Vec r = x - (shifted - 12582912.0f);
#endif
  // Polynomials with p(0) = 1 and the least largest relative error on |r| <= 1/2.
  Vec p;
  if (is_dot<Kind>()) {
    p = splat(9.5828529e-3f);
    p = p * r + 5.5906426e-2f;
    p = p * r + 0.24024099f;
    p = p * r + 0.69312418f;
  } else {
    p = splat(1.5353362e-4f);
    p = p * r + 1.3398875e-3f;
    p = p * r + 9.6184369e-3f;
    p = p * r + 5.5503324e-2f;
    p = p * r + 0.24022648f;
    p = p * r + 0.69314718f;
  }
  p = p * r + 1.0f;
#if defined(__AVX512F__)
  return (Vec)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  // 2^n in two factors, so that subnormal results come out
  const IntVec exponent = bits(shifted) - bits(splat(12582912.0f));
  const IntVec half = exponent >> 1;
  return p * from_bits((half + 127) << 23) * from_bits((exponent - half + 127) << 23);
#endif
}

// The factor for what was summed up below the maximum `before`; -infinity is that of no token.
template <class Kind>
XC_INLINE Vec rescale(Vec before, Vec maximum) {
  return power<Kind>(before == maximum ? Vec{} : before - maximum);
}

// What scores have subtracted: nothing while the row has seen no token.
XC_INLINE Vec shift_of(Vec maximum) { return maximum == splat(-INFINITY) ? Vec{} : maximum; }

#if defined(__AVX512F__)
// Every lane the result of all: halves, quarters, pairs, neighbours.
template <class Operation>
XC_INLINE Vec across(Vec v, Operation f) {
  v = f(v, (Vec)_mm512_shuffle_f32x4((__m512)v, (__m512)v, 0x4e));
  v = f(v, (Vec)_mm512_shuffle_f32x4((__m512)v, (__m512)v, 0xb1));
  v = f(v, (Vec)_mm512_permute_ps((__m512)v, 0x4e));
  return f(v, (Vec)_mm512_permute_ps((__m512)v, 0xb1));
}
XC_INLINE float sum_across(Vec v) {
  return across(v, [](Vec a, Vec b) { return a + b; })[0];
}
XC_INLINE float max_across(Vec v) {
  return across(v, [](Vec a, Vec b) { return max(a, b); })[0];
}
#else
XC_INLINE float sum_across(Vec v) { return sum_lanes(v); }
XC_INLINE float max_across(Vec v) { return max_lanes(v); }
#endif

// Two vectors of weights, one after the other.
XC_INLINE void store_weights(float* to, Vec a, Vec b) {
  store(to, a);
  store(to + kLanes, b);
}

#if defined(__AVX512BF16__)
// The first `there` of kLanes values, which may be none or more; the rest is zero.
XC_INLINE Vec load_some(const float* from, int64_t there) {
  const __mmask16 mask = there >= kLanes ? 0xffff : there <= 0 ? 0 : (1u << there) - 1;
  return (Vec)_mm512_maskz_loadu_ps(mask, from);
}

XC_INLINE void store_weights(uint16_t* to, Vec a, Vec b) {
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a));
}

// Two vectors of weights as pairs a[i], b[i].
XC_INLINE void store_pairs(uint16_t* to, Vec a, Vec b) {
  const __m512i zip = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8,
                                       23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  const __m512bh both = _mm512_cvtne2ps_pbh((__m512)b, (__m512)a);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(zip, (__m512i)both));
}
#endif

}  // namespace
}  // namespace xc
