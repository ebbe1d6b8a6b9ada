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
 * Operations on the logits of the 7B vocabulary: GB/s count logits read once, by logSoftmax also
 * written. It works in place, and on its own result it does the same work again.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class LogitsBenchmark {
  private static final int VOCABULARY = 92_544;

  /** Greedy, three beams, a batch. */
  @Param({"1", "3", "16"})
  public int rows;

  /** Candidates of three beams with two end ids (model-spec 8). */
  @Param("9")
  public int k;

  private Tensor logits;
  private float[] values;
  private int[] indices;

  @Setup(Level.Trial)
  public void allocate(BenchmarkBackend arrays) {
    logits = arrays.random(rows, VOCABULARY);
    values = new float[rows * k];
    indices = new int[rows * k];
  }

  @Benchmark
  public void logSoftmax(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().logSoftmax(logits);
    rate.bytes(2L * logits.bytes());
  }

  @Benchmark
  public int[] topK(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().topK(values, indices, logits, k);
    rate.bytes(logits.bytes());
    return indices;
  }
}
