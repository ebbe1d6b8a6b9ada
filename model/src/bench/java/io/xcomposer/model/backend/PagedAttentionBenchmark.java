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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Attention of a 7B decoder layer over its cache: 32 query heads, 8 key/value heads, D 128. GFLOP/s
 * count 4·H·D for each key that a row sees, GB/s the keys and values of each sequence once.
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class PagedAttentionBenchmark {
  private static final int HEADS = 32;
  private static final int KV_HEADS = 8;
  private static final int HEAD_DIM = 128;

  /** A step by its sequences and the new rows of each. */
  public enum StepKind {
    DECODE_1(1, 1),
    DECODE_3(3, 1),
    DECODE_16(16, 1),
    PREFILL_CHUNK(1, 512);

    private final int sequences;
    private final int rowsEach;

    StepKind(int sequences, int rowsEach) {
      this.sequences = sequences;
      this.rowsEach = rowsEach;
    }
  }

  @Param public StepKind step;

  @Param({"F32", "BF16"})
  public DType dtype;

  /** Tokens of each sequence when the step has been appended. */
  @Param({"1024", "8192"})
  public int length;

  private KvCache cache;
  private SequenceBatch batch;
  private Tensor wqkv;
  private Tensor cosSin;
  private Tensor q;
  private Tensor out;

  /** Fills the cache chunk by chunk, as a prompt would. */
  @Setup(Level.Trial)
  public void fill(BenchmarkBackend arrays) {
    Backend backend = arrays.backend();
    int blocks = (length + backend.kvBlockTokens() - 1) / backend.kvBlockTokens();
    cache = backend.allocateKvCache(1, step.sequences * blocks, KV_HEADS, HEAD_DIM, dtype);
    cosSin = arrays.random(length, HEAD_DIM);
    int chunk = 512;
    Tensor filled = arrays.random(chunk, (HEADS + 2 * KV_HEADS) * HEAD_DIM);
    Tensor rotated = arrays.random(chunk, HEADS * HEAD_DIM);
    int[][] tables = new int[step.sequences][blocks];
    int[] lengths = new int[step.sequences];
    int[] rowStart = new int[step.sequences + 1];
    for (int s = 0; s < step.sequences; s++) {
      for (int i = 0; i < blocks; i++) {
        tables[s][i] = i * step.sequences + s;
      }
      for (int end = chunk; end <= length; end += chunk) {
        SequenceBatch prompt =
            new SequenceBatch(new int[] {0, chunk}, new int[] {end}, new int[][] {tables[s]});
        backend.rotaryAppend(rotated, filled, cosSin, cache, 0, prompt);
      }
      lengths[s] = length;
      rowStart[s + 1] = rowStart[s] + step.rowsEach;
    }
    batch = new SequenceBatch(rowStart, lengths, tables);
    wqkv = arrays.random(batch.rows(), (HEADS + 2 * KV_HEADS) * HEAD_DIM);
    q = arrays.random(batch.rows(), HEADS * HEAD_DIM);
    out = arrays.random(batch.rows(), HEADS * HEAD_DIM);
  }

  @Benchmark
  public void pagedAttention(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().pagedAttention(out, q, cache, 0, batch, 0.088388f);
    double seen = batch.rows() * (length - (step.rowsEach - 1) / 2.0);
    rate.flops(4 * seen * HEADS * HEAD_DIM);
    rate.bytes(2L * step.sequences * length * KV_HEADS * HEAD_DIM * dtype.bytes());
  }

  @Benchmark
  public void rotaryAppend(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().rotaryAppend(q, wqkv, cosSin, cache, 0, batch);
    rate.bytes(wqkv.bytes() + q.bytes() + 2L * batch.rows() * KV_HEADS * HEAD_DIM * dtype.bytes());
  }

  @TearDown(Level.Trial)
  public void free() {
    cache.close();
  }
}
