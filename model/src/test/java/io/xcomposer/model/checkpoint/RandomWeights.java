package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.checkpoint.TensorTable.Expected;
import io.xcomposer.model.checkpoint.TensorTable.Use;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * Random BF16 weights of any shape, for measuring speed without a checkpoint. Matrices, biases and
 * embeddings are normal with deviation 0.02, as at the begin of training, and norm weights scatter
 * around 1, so activations stay in range through all layers. A value depends on seed, name and
 * place only, whichever rows are asked for, in whichever order.
 */
public final class RandomWeights implements Weights {
  private static final double DEVIATION = 0.02;
  private static final int TABLE_BITS = 16;

  /** Ranks of the published model (model-spec 5.3); narrow models have smaller ones. */
  private static final int WQKV_RANK = 8;

  private static final int RANK = 256;

  private final XComposerConfig config;
  private final long seed;
  private final Map<String, Expected> tensors = new LinkedHashMap<>();
  private final short[] aroundZero;
  private final short[] aroundOne;

  public RandomWeights(XComposerConfig config, long seed) {
    this.config = config;
    this.seed = seed;
    for (Expected expected : TensorTable.of(config)) {
      if (expected.use() != Use.IGNORED) {
        tensors.put(expected.name(), expected);
      }
    }
    this.aroundZero = normal(0);
    this.aroundOne = normal(1);
  }

  @Override
  public XComposerConfig config() {
    return config;
  }

  /** Names and shapes of all tensors, in the order of the table. */
  public Map<String, Shape> shapes() {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    tensors.keySet().forEach(name -> shapes.put(name, shape(name)));
    return shapes;
  }

  @Override
  public boolean contains(String name) {
    return tensors.containsKey(name);
  }

  @Override
  public Shape shape(String name) {
    Expected expected = tensors.get(name);
    if (expected == null) {
      throw Errors.checkpoint("random weights", "they have no " + name, "use a name of the table");
    }
    int rank = name.contains("wqkv") ? WQKV_RANK : Math.min(RANK, Math.max(1, narrow() / 8));
    return expected.shape(rank);
  }

  @Override
  public WeightSource matrix(String name) {
    Shape shape = shape(name);
    long rows = shape.size(0);
    return new Rows(name, rows, shape.elements() / rows);
  }

  @Override
  public float[] floats(String name) {
    try (WeightSource source = matrix(name)) {
      ByteBuffer rows = source.rows(0, source.out());
      float[] values = new float[rows.remaining() / StoredDType.BF16.bytes()];
      for (int i = 0; i < values.length; i++) {
        values[i] = StoredDType.BF16.widen(rows, i);
      }
      return values;
    }
  }

  private int narrow() {
    return Math.min(config.hiddenSize(), config.intermediateSize());
  }

  /** Draws from the distribution, to be picked from evenly: much faster than drawing each value. */
  private short[] normal(double mean) {
    SplittableRandom random = new SplittableRandom(seed);
    short[] table = new short[1 << TABLE_BITS];
    for (int i = 0; i < table.length; i++) {
      float value = (float) (mean + DEVIATION * random.nextGaussian());
      table[i] = (short) (Float.floatToRawIntBits(value) >>> Short.SIZE);
    }
    return table;
  }

  private final class Rows implements WeightSource {
    private final short[] table;
    private final long nameSeed;
    private final long out;
    private final long in;
    private Window window = Window.allocate(0);

    Rows(String name, long out, long in) {
      boolean normWeight = name.matches(".*(norm|norm[12])\\.weight");
      this.table = normWeight ? aroundOne : aroundZero;
      this.nameSeed = seed ^ ((long) name.hashCode() << Integer.SIZE);
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
      if (first < 0 || count < 0 || first > out - count) {
        throw new IllegalArgumentException("rows " + first + " + " + count + " of " + out);
      }
      int rowBytes = Math.toIntExact(in * Short.BYTES);
      int bytes = Math.toIntExact(count * rowBytes);
      if (window.bytes().capacity() < bytes) {
        window.close();
        window = Window.allocate(bytes);
      }
      for (int row = 0; row < count; row++) {
        fill(first + row, window.bytes(), row * rowBytes);
      }
      return window.bytes().slice(0, bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    @Override
    public void close() {
      window.close();
    }

    private void fill(long row, ByteBuffer target, int at) {
      SplittableRandom random = new SplittableRandom(nameSeed + row);
      long end = in - in % 4;
      for (long column = 0; column < end; column += 4) {
        long bits = random.nextLong();
        long four = table[(int) (bits >>> 48)] & 0xffffL;
        four = (four << 16) | (table[(int) (bits >>> 32) & 0xffff] & 0xffffL);
        four = (four << 16) | (table[(int) (bits >>> 16) & 0xffff] & 0xffffL);
        four = (four << 16) | (table[(int) bits & 0xffff] & 0xffffL);
        target.putLong(at, four);
        at += Long.BYTES;
      }
      long bits = random.nextLong();
      for (long column = end; column < in; column++) {
        target.putShort(at, table[(int) bits & 0xffff]);
        bits >>>= 16;
        at += Short.BYTES;
      }
    }
  }
}
