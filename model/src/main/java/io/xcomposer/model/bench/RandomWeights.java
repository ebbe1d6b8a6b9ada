package io.xcomposer.model.bench;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.checkpoint.TensorTable.Expected;
import io.xcomposer.model.checkpoint.Weights;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.FloatBits;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Weights of a shape without a checkpoint: bf16, small and random, the same numbers over and over.
 */
final class RandomWeights implements Weights {
  /** Ranks of the published checkpoint (model-spec 5.3). */
  static final int WQKV_RANK = 8;

  static final int RANK = 256;

  private static final int PERIOD = 1 << 20;

  private final XComposerConfig config;
  private final Map<String, Shape> shapes = new HashMap<>();
  private final ByteBuffer numbers =
      ByteBuffer.allocateDirect(PERIOD * DType.BF16.bytes()).order(ByteOrder.LITTLE_ENDIAN);

  RandomWeights(XComposerConfig config) {
    this.config = config;
    for (Expected expected : TensorTable.of(config)) {
      int rank = expected.name().contains("wqkv") ? WQKV_RANK : RANK;
      shapes.put(expected.name(), expected.shape(rank));
    }
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < PERIOD; i++) {
      numbers.putShort(FloatBits.floatToBf16((float) random.nextDouble(-0.04, 0.04)));
    }
    numbers.flip();
  }

  @Override
  public XComposerConfig config() {
    return config;
  }

  @Override
  public boolean contains(String name) {
    return shapes.containsKey(name);
  }

  @Override
  public Shape shape(String name) {
    Shape shape = shapes.get(name);
    if (shape == null) {
      throw Errors.checkpoint("random weights", "no tensor " + name, "ask for one of the table");
    }
    return shape;
  }

  @Override
  public float[] floats(String name) {
    float[] values = new float[Math.toIntExact(shape(name).elements())];
    for (int i = 0; i < values.length; i++) {
      values[i] = FloatBits.bf16ToFloat(numbers.getShort(i % PERIOD * DType.BF16.bytes()));
    }
    return values;
  }

  @Override
  public WeightSource matrix(String name) {
    Shape shape = shape(name);
    long out = shape.size(0);
    return new Rows(out, shape.elements() / out);
  }

  private final class Rows implements WeightSource {
    private final long out;
    private final long in;

    Rows(long out, long in) {
      this.out = out;
      this.in = in;
    }

    @Override
    public long out() {
      return out;
    }

    @Override
    public long in() {
      return in;
    }

    @Override
    public DType dtype() {
      return DType.BF16;
    }

    @Override
    public ByteBuffer rows(long first, long count) {
      int bytes = Math.toIntExact(count * in * DType.BF16.bytes());
      ByteBuffer rows = ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
      while (rows.hasRemaining()) {
        rows.put(numbers.slice(0, Math.min(rows.remaining(), numbers.capacity())));
      }
      return rows.flip();
    }
  }
}
