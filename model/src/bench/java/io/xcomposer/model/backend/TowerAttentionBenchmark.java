package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
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

/** Attention of ViT-L over its views: GFLOP/s count 4·V·P²·H·D. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class TowerAttentionBenchmark {
  private static final int POSITIONS = 577;
  private static final int HEADS = 16;
  private static final int HEAD_DIM = 64;

  @Param({"1", "5"})
  public int views;

  @Param({"F32", "BF16"})
  public DType products;

  private Tensor out;
  private Tensor qkv;

  @Setup(Level.Trial)
  public void allocate(BenchmarkBackend arrays) {
    long rows = (long) views * POSITIONS;
    out = arrays.random(rows, HEADS * HEAD_DIM);
    qkv = arrays.random(rows, 3 * HEADS * HEAD_DIM);
  }

  @Benchmark
  public void attention(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().attention(out, qkv, views, HEADS, 0.125f, products);
    rate.flops(4.0 * views * POSITIONS * POSITIONS * HEADS * HEAD_DIM);
  }
}
