// Vectors of the widest registers of the code path, through the compiler's vector extension.
// Everything is static: nothing here may be shared between objects (see kernels.h).
#pragma once

#include <math.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define XC_UNROLL _Pragma("GCC unroll 16")
#define XC_INLINED __attribute__((always_inline))
#define XC_MEMBER inline __attribute__((always_inline))
#define XC_INLINE static inline __attribute__((always_inline))

namespace xc {
namespace {

#if defined(__AVX512F__)
constexpr int kLanes = 16;
#elif defined(__AVX2__)
constexpr int kLanes = 8;
#else
constexpr int kLanes = 4;
#endif

// NOLINTBEGIN: attributes of the extension
typedef float Vec __attribute__((vector_size(4 * kLanes), may_alias));
typedef int32_t IntVec __attribute__((vector_size(4 * kLanes), may_alias));
typedef float UnalignedVec __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef int32_t UnalignedIntVec __attribute__((vector_size(4 * kLanes), aligned(4), may_alias));
typedef uint16_t HalfVec __attribute__((vector_size(2 * kLanes), may_alias));
typedef uint16_t UnalignedHalfVec __attribute__((vector_size(2 * kLanes), aligned(2), may_alias));
// NOLINTEND

XC_INLINE Vec load(const float* p) { return *reinterpret_cast<const UnalignedVec*>(p); }
XC_INLINE void store(float* p, Vec v) { *reinterpret_cast<UnalignedVec*>(p) = v; }
XC_INLINE IntVec load_int(const void* p) { return *reinterpret_cast<const UnalignedIntVec*>(p); }
XC_INLINE Vec splat(float f) { return f - Vec{}; }
XC_INLINE IntVec bits(Vec v) { return reinterpret_cast<IntVec>(v); }
XC_INLINE Vec from_bits(IntVec v) { return reinterpret_cast<Vec>(v); }

// The smaller, the larger of both; a NaN in b stays, one in a does not get in.
#if defined(__AVX512F__)
XC_INLINE Vec min(Vec a, Vec b) { return (Vec)_mm512_min_ps((__m512)a, (__m512)b); }
XC_INLINE Vec max(Vec a, Vec b) { return (Vec)_mm512_max_ps((__m512)a, (__m512)b); }
#elif defined(__AVX2__)
XC_INLINE Vec min(Vec a, Vec b) { return (Vec)_mm256_min_ps((__m256)a, (__m256)b); }
XC_INLINE Vec max(Vec a, Vec b) { return (Vec)_mm256_max_ps((__m256)a, (__m256)b); }
#else
XC_INLINE Vec min(Vec a, Vec b) { return a < b ? a : b; }
XC_INLINE Vec max(Vec a, Vec b) { return a > b ? a : b; }
#endif

// The first n < kLanes values, the rest filled up.
XC_INLINE Vec load_part(const float* p, int64_t n, float fill) {
  float lanes[kLanes];
  for (int i = 0; i < kLanes; i++) {
    lanes[i] = i < n ? p[i] : fill;
  }
  return load(lanes);
}

XC_INLINE void store_part(float* p, Vec v, int64_t n) {
  float lanes[kLanes];
  store(lanes, v);
  for (int i = 0; i < kLanes && i < n; i++) {
    p[i] = lanes[i];
  }
}

// Lane by lane in pairs that halve: the order does not depend on anything but kLanes.
XC_INLINE float sum_lanes(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  XC_UNROLL for (int half = kLanes / 2; half > 0; half /= 2) {
    XC_UNROLL for (int i = 0; i < half; i++) { lanes[i] += lanes[i + half]; }
  }
  return lanes[0];
}

// NaN does not count.
XC_INLINE float max_lanes(Vec v) {
  float lanes[kLanes];
  store(lanes, v);
  XC_UNROLL for (int half = kLanes / 2; half > 0; half /= 2) {
    XC_UNROLL for (int i = 0; i < half; i++) {
      lanes[i] = lanes[i + half] > lanes[i] ? lanes[i + half] : lanes[i];
    }
  }
  return lanes[0];
}

// e to the x, within 2 units in the last place; 0 and infinity at the ends, NaN for NaN.
XC_INLINE Vec exp(Vec x) {
  x = max(splat(-104.0f), min(splat(89.0f), x));
  // x = n·ln 2 + r, |r| <= ln(2)/2; adding 1.5·2^23 rounds to the integer n in the low bits.
  const Vec shifted = x * 1.44269504f + 12582912.0f;
  const Vec n = shifted - 12582912.0f;
  const Vec r = (x - n * 0.693359375f) - n * -2.12194440e-4f;
  // exp(r) = 1 + r + r²·(...), least-squares fit on that interval, 8e-9 off
  Vec p = splat(1.3933734e-3f);
  p = p * r + 8.363236e-3f;
  p = p * r + 4.1666463e-2f;
  p = p * r + 0.16666576f;
  p = p * r + 0.5f;
  p = p * (r * r) + r + 1.0f;
#if defined(__AVX512F__)
  return (Vec)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  // 2^n in two factors, so that subnormal results and infinity come out
  const IntVec exponent = bits(shifted) - bits(splat(12582912.0f));
  const IntVec half = exponent >> 1;
  return p * from_bits((half + 127) << 23) * from_bits((exponent - half + 127) << 23);
#endif
}

XC_INLINE float scalar_exp(float x) { return exp(splat(x))[0]; }

// Round to nearest even; NaN stays NaN.
XC_INLINE uint32_t bf16_bits(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  if ((u & 0x7fffffffu) > 0x7f800000u) {
    return (u >> 16) | 0x40u;
  }
  return (u + 0x7fffu + ((u >> 16) & 1u)) >> 16;
}

XC_INLINE float from_bf16(uint16_t h) {
  const uint32_t u = static_cast<uint32_t>(h) << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

}  // namespace
}  // namespace xc
