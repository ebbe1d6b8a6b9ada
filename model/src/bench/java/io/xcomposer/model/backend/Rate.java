package io.xcomposer.model.backend;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Work done, which JMH reports by second: a multiplication and an addition are two operations;
 * bytes are those that have to be read and written once.
 */
@State(Scope.Thread)
@AuxCounters(AuxCounters.Type.OPERATIONS)
public class Rate {
  /** 10⁹ floating-point operations. */
  public double gigaFlops;

  /** 10⁹ bytes. */
  public double gigaBytes;

  @Setup(Level.Iteration)
  public void reset() {
    gigaFlops = 0;
    gigaBytes = 0;
  }

  void flops(double count) {
    gigaFlops += count * 1e-9;
  }

  void bytes(long count) {
    gigaBytes += count * 1e-9;
  }
}
