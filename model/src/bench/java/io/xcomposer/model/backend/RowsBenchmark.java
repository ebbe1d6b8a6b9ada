package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.Tensor;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Operations that move rows, at the sizes of ViT-L and the decoder: GB/s read and written. */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class RowsBenchmark {
  private static final int VIEWS = 5;
  private static final int PATCHES = 576;
  private static final int TABLE_ROWS = 16_384;
  private static final int ROWS = 512;

  private Tensor table;
  private Tensor gathered;
  private int[] ids;
  private Tensor views;
  private Tensor patches;
  private Tensor embedded;
  private Tensor classEmbedding;
  private Tensor positions;
  private Tensor patchFeatures;
  private Tensor merged;
  private Tensor separator;

  @Setup(Level.Trial)
  public void allocate(BenchmarkBackend arrays) {
    table = arrays.randomBf16(TABLE_ROWS, 4096);
    gathered = arrays.random(ROWS, 4096);
    ids = new SplittableRandom(3).ints(ROWS, 0, TABLE_ROWS).toArray();
    views = arrays.random(VIEWS, 3, 336, 336);
    patches = arrays.random((long) VIEWS * PATCHES, 588);
    embedded = arrays.random(VIEWS, 1 + PATCHES, 1024);
    classEmbedding = arrays.random(1024);
    positions = arrays.random(1 + PATCHES, 1024);
    patchFeatures = arrays.random(VIEWS, PATCHES, 1024);
    merged = arrays.random(12L * (VIEWS * 12 + 1), 4096);
    separator = arrays.random(4096);
  }

  @Benchmark
  public void gatherRows(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().gatherRows(gathered, table, ids);
    rate.bytes(gathered.bytes() * 3 / 2);
  }

  @Benchmark
  public void patchify(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().patchify(patches, views, 14);
    rate.bytes(views.bytes() + patches.bytes());
  }

  @Benchmark
  public void embedPatches(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().embedPatches(embedded, patchFeatures, classEmbedding, positions);
    rate.bytes(patchFeatures.bytes() + embedded.bytes());
  }

  @Benchmark
  public void mergeTiles(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().mergeTiles(merged, embedded, separator);
    rate.bytes(embedded.bytes() + merged.bytes());
  }
}
