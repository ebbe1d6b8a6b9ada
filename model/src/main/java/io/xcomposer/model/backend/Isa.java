package io.xcomposer.model.backend;

/** Code paths of the CPU kernels, slowest first. */
public enum Isa {
  /** What every processor of the architecture has: SSE2 or NEON. */
  BASE,
  /** AVX2 and FMA. */
  AVX2,
  /** AVX-512 F, BW, DQ, VL and VNNI. */
  AVX512,
  /** The same with bf16 products. */
  AVX512_BF16;

  /** Its number in the C ABI. */
  int code() {
    return ordinal() + 1;
  }

  static Isa ofCode(int code) {
    return values()[code - 1];
  }
}
