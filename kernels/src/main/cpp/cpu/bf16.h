// f32 to bf16 and back, and from f16, for the code outside of the code paths (they have their own, see kernels.h).
#pragma once

#include <stdint.h>
#include <string.h>

namespace xc {

// Rounds to nearest even; NaN stays NaN.
inline uint16_t to_bf16(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  const bool nan = (u & 0x7fffffffu) > 0x7f800000u;
  return static_cast<uint16_t>(nan ? (u >> 16) | 0x40u : (u + 0x7fffu + ((u >> 16) & 1u)) >> 16);
}

inline float from_bf16(uint16_t h) {
  const uint32_t u = static_cast<uint32_t>(h) << 16;
  float f;
  memcpy(&f, &u, 4);
  return f;
}

inline float from_half(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t rest = h & 0x7fffu;
  uint32_t u;
  if (rest >= 0x7c00u) {  // infinity, NaN
    u = sign | 0x7f800000u | (rest & 0x3ffu) << 13;
  } else if (rest >= 0x400u) {
    u = sign | ((rest << 13) + 0x38000000u);
  } else {  // subnormal: rest·2^-24
    const float magnitude = static_cast<float>(rest) * 5.9604644775390625e-8f;
    memcpy(&u, &magnitude, 4);
    u |= sign;
  }
  float f;
  memcpy(&f, &u, 4);
  return f;
}

// Stores a value as the type of its place.
inline void put(float* to, float f) { *to = f; }
inline void put(uint16_t* to, float f) { *to = to_bf16(f); }

}  // namespace xc
