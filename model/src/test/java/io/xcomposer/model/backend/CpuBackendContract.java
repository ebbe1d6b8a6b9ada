package io.xcomposer.model.backend;

import static org.assertj.core.api.Assumptions.assumeThat;

/** Every operation on one code path of the CPU, skipped where the machine lacks it. */
abstract class CpuBackendContract extends AbstractBackendTest {
  private final Isa isa;
  private final int threads;

  CpuBackendContract(Isa isa, int threads) {
    this.isa = isa;
    this.threads = threads;
  }

  @Override
  Backend open() {
    assumeThat(CpuBackend.supportedIsas()).as("code paths of this machine").contains(isa);
    return CpuBackend.open(threads, isa);
  }
}
