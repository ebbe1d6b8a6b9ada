// Integer products of small numbers, exact on every code path.
#pragma once

#include "vector.h"

namespace xc {
namespace {

XC_INLINE IntVec splat_int(int32_t i) { return i - IntVec{}; }
XC_INLINE void store_int(void* p, IntVec v) { *reinterpret_cast<UnalignedIntVec*>(p) = v; }
XC_INLINE Vec to_float(IntVec v) { return __builtin_convertvector(v, Vec); }

// Products of the low and of the high 16 bits of each lane, signed, added.
XC_INLINE IntVec multiply_pairs(IntVec a, IntVec b) {
#if defined(__AVX512F__)
  return (IntVec)_mm512_madd_epi16((__m512i)a, (__m512i)b);
#elif defined(__AVX2__)
  return (IntVec)_mm256_madd_epi16((__m256i)a, (__m256i)b);
#elif defined(__SSE2__)
  return (IntVec)_mm_madd_epi16((__m128i)a, (__m128i)b);
#else
  return ((a << 16) >> 16) * ((b << 16) >> 16) + (a >> 16) * (b >> 16);
#endif
}

// Nearest integers, ties to even, of values within 2^22.
XC_INLINE IntVec nearest(Vec v) {
#if defined(__AVX512F__)
  return (IntVec)_mm512_cvtps_epi32((__m512)v);
#elif defined(__AVX2__)
  return (IntVec)_mm256_cvtps_epi32((__m256)v);
#elif defined(__SSE2__)
  return (IntVec)_mm_cvtps_epi32((__m128)v);
#else
  IntVec n;
  for (int i = 0; i < kLanes; i++) {
    n[i] = static_cast<int32_t>(__builtin_rintf(v[i]));
  }
  return n;
#endif
}

// A byte of each column of a panel.
XC_INLINE IntVec load_bytes(const void* p) {
#if defined(__AVX512F__)
  return (IntVec)_mm512_cvtepu8_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
#else
  typedef uint8_t Bytes __attribute__((vector_size(kLanes)));
  Bytes bytes;
  memcpy(&bytes, p, sizeof(bytes));
  return __builtin_convertvector(bytes, IntVec);
#endif
}

#if defined(__AVX512VNNI__)
// sum += the products of four unsigned with four signed bytes.
XC_INLINE IntVec add_quads(IntVec sum, IntVec bytes, IntVec integers) {
  return (IntVec)_mm512_dpbusd_epi32((__m512i)sum, (__m512i)bytes, (__m512i)integers);
}

// sum += multiply_pairs(a, b).
XC_INLINE IntVec add_pairs(IntVec sum, IntVec a, IntVec b) {
  return (IntVec)_mm512_dpwssd_epi32((__m512i)sum, (__m512i)a, (__m512i)b);
}
#else
XC_INLINE IntVec add_pairs(IntVec sum, IntVec a, IntVec b) { return sum + multiply_pairs(a, b); }
#endif

}  // namespace
}  // namespace xc
