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

/** Norms of the decoder (C 4096) and the tower (C 1024): GB/s count rows read and written. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class NormBenchmark {
  @Param({"1", "577", "2048"})
  public int rows;

  @Param({"1024", "4096"})
  public int width;

  private Tensor x;
  private Tensor out;
  private Tensor weight;
  private Tensor bias;

  @Setup(Level.Trial)
  public void allocate(BenchmarkBackend arrays) {
    x = arrays.random(rows, width);
    out = arrays.random(rows, width);
    weight = arrays.random(width);
    bias = arrays.random(width);
  }

  @Benchmark
  public void layerNorm(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().layerNorm(out, x, weight, bias, 1e-5f);
    rate.bytes(x.bytes() + out.bytes());
  }

  @Benchmark
  public void rmsNorm(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().rmsNorm(out, x, weight, 1e-5f);
    rate.bytes(x.bytes() + out.bytes());
  }
}
