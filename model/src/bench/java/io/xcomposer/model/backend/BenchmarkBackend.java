package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The CPU backend of a benchmark and the tensors on it, closed together. */
@State(Scope.Benchmark)
public class BenchmarkBackend {
  /** Compute threads; 0 takes all processors that the JVM sees. */
  @Param("0")
  public int threads;

  /** A code path of {@link Isa}, or the best one of the machine. */
  @Param("BEST")
  public String isa;

  private final SplittableRandom random = new SplittableRandom(1);
  private final Deque<Tensor> tensors = new ArrayDeque<>();
  private Backend backend;

  @Setup(Level.Trial)
  public void open() {
    int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    backend =
        isa.equals("BEST") ? CpuBackend.open(count) : CpuBackend.open(count, Isa.valueOf(isa));
    System.out.println("# " + backend.description());
  }

  Backend backend() {
    return backend;
  }

  /** F32 between -1 and 1. */
  Tensor random(long... sizes) {
    Shape shape = Shape.of(sizes);
    Tensor tensor = backend.allocate(DType.F32, shape);
    tensors.push(tensor);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putFloat((float) random.nextDouble(-1, 1));
    }
    backend.upload(bytes.flip(), tensor);
    return tensor;
  }

  /** A random BF16 table of positive numbers below 2. */
  Tensor randomBf16(long... sizes) {
    Tensor tensor = backend.allocate(DType.BF16, Shape.of(sizes));
    tensors.push(tensor);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      bytes.putShort((short) random.nextInt(0x3F00, 0x4000));
    }
    backend.upload(bytes.flip(), tensor);
    return tensor;
  }

  @TearDown(Level.Trial)
  public void close() {
    while (!tensors.isEmpty()) {
      tensors.pop().close();
    }
    backend.close();
  }
}
