package io.xcomposer.model.backend;

import org.junit.jupiter.api.Nested;

/** Every operation on each code path of the CPU, on one thread and on several. */
final class CpuBackendTest {
  @Nested
  final class Base extends CpuBackendContract {
    Base() {
      super(Isa.BASE, 2);
    }
  }

  @Nested
  final class Avx2 extends CpuBackendContract {
    Avx2() {
      super(Isa.AVX2, 3);
    }
  }

  @Nested
  final class Avx512 extends CpuBackendContract {
    Avx512() {
      super(Isa.AVX512, 2);
    }
  }

  @Nested
  final class Avx512Bf16 extends CpuBackendContract {
    Avx512Bf16() {
      super(Isa.AVX512_BF16, 2);
    }

    /** Its products take bf16 on both sides. */
    @Override
    public double bf16OperandUnit() {
      return Tolerance.BF16_UNIT;
    }
  }

  @Nested
  final class OneThread extends CpuBackendContract {
    OneThread() {
      super(Isa.BASE, 1);
    }
  }
}
