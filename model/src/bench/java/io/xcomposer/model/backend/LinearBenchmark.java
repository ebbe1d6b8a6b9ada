package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
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
 * Linear layers of the 7B decoder and of ViT-L: GFLOP/s count 2·N·in·out, GB/s the weight once,
 * which is the limit of decoding (few rows).
 */
@State(Scope.Benchmark)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class LinearBenchmark {
  /** Layers by their checkpoint names, with in and out. */
  public enum Layer {
    WQKV(4096, 6144),
    WO(4096, 4096),
    W1(4096, 14336),
    W2(14336, 4096),
    PLORA_A(4096, 256),
    PLORA_B(256, 4096),
    VIT_QKV(1024, 3072),
    VIT_FC1(1024, 4096),
    VIT_FC2(4096, 1024);

    private final int in;
    private final int out;

    Layer(int in, int out) {
      this.in = in;
      this.out = out;
    }
  }

  @Param public Layer layer;

  @Param({"BF16", "F32"})
  public DType dtype;

  /** N: decode of one sequence, of three beams and of 16, one view, a prefill chunk. */
  @Param({"1", "3", "16", "577", "2048"})
  public int rows;

  private Tensor x;
  private Tensor out;
  private PackedWeight weight;

  /** Random rows, made as they are asked for. */
  private record RandomRows(long out, long in, SplittableRandom random) implements WeightSource {
    @Override
    public DType dtype() {
      return DType.F32;
    }

    @Override
    public ByteBuffer rows(long first, long count) {
      ByteBuffer bytes =
          ByteBuffer.allocateDirect(Math.toIntExact(count * in * Float.BYTES))
              .order(ByteOrder.LITTLE_ENDIAN);
      while (bytes.hasRemaining()) {
        bytes.putFloat((float) random.nextDouble(-1, 1));
      }
      return bytes.flip();
    }
  }

  @Setup(Level.Trial)
  public void pack(BenchmarkBackend arrays) {
    x = arrays.random(rows, layer.in);
    out = arrays.random(rows, layer.out);
    WeightSource source = new RandomRows(layer.out, layer.in, new SplittableRandom(2));
    weight = arrays.backend().pack(source, null, dtype);
  }

  @Benchmark
  public void linear(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().linear(out, x, weight);
    count(rate);
  }

  @Benchmark
  public void linearAdd(BenchmarkBackend arrays, Rate rate) {
    arrays.backend().linearAdd(out, x, weight, 1e-9f);
    count(rate);
  }

  private void count(Rate rate) {
    rate.flops(2.0 * rows * layer.in * layer.out);
    rate.bytes((long) layer.in * layer.out * dtype.bytes());
  }

  @TearDown(Level.Trial)
  public void free() {
    weight.close();
  }
}
