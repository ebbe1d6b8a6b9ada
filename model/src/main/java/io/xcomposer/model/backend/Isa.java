package io.xcomposer.model.backend;

/** Code paths of the CPU kernels, slowest first. */
public enum Isa {
  /** What every processor of the architecture has: SSE2 or NEON. */
  BASE(1),
  /** AVX2 and FMA. */
  AVX2(2),
  /** AVX-512 F, BW, DQ, VL and VNNI. */
  AVX512(3),
  /** The same with bf16 products. */
  AVX512_BF16(4);

  private final int code;

  Isa(int code) {
    this.code = code;
  }

  /** Its number in the C ABI. */
  int code() {
    return code;
  }

  static Isa ofCode(int code) {
    for (Isa isa : values()) {
      if (isa.code == code) {
        return isa;
      }
    }
    throw new IllegalArgumentException("no code path has the number " + code);
  }
}
