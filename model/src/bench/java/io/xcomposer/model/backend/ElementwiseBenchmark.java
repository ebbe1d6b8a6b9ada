package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Operations element by element, over rows of the tower's and decoder's inner width. They work in
 * place, so each works on a fresh copy; GB/s count the copy and the operation: operands read and
 * results written.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class ElementwiseBenchmark {
  @Param({"1", "577", "2048"})
  public int rows;

  @Param({"4096", "14336"})
  public int width;

  private Tensor fresh;
  private Tensor x;
  private Tensor y;

  @Setup(Level.Trial)
  public void allocate(BenchmarkBackend arrays) {
    fresh = arrays.random(rows, width);
    x = arrays.random(rows, width);
    y = arrays.random(rows, width);
  }

  @Benchmark
  public void add(BenchmarkBackend arrays, Rate rate) {
    copy(arrays, rate);
    arrays.backend().add(x, y);
    rate.bytes(3L * x.bytes());
  }

  @Benchmark
  public void siluMultiply(BenchmarkBackend arrays, Rate rate) {
    copy(arrays, rate);
    arrays.backend().siluMultiply(x, y);
    rate.bytes(3L * x.bytes());
  }

  @Benchmark
  public void quickGelu(BenchmarkBackend arrays, Rate rate) {
    copy(arrays, rate);
    arrays.backend().quickGelu(x);
    rate.bytes(2L * x.bytes());
  }

  @Benchmark
  public void gelu(BenchmarkBackend arrays, Rate rate) {
    copy(arrays, rate);
    arrays.backend().gelu(x);
    rate.bytes(2L * x.bytes());
  }

  private void copy(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().copy(fresh, x);
    rate.bytes(2L * x.bytes());
  }
}
