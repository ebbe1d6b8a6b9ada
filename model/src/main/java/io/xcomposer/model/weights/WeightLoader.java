package io.xcomposer.model.weights;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.checkpoint.Weights;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings weights to the backend, one tensor at a time, under a prefix of checkpoint keys.
 *
 * <p>{@code loader.at("layers").at(3).linear("attention.wo.weight")} is the key {@code
 * layers.3.attention.wo.weight}. Everything loaded belongs to the root loader and lives until
 * {@link #close} there; peak memory is what has been loaded and the rows in flight.
 */
public final class WeightLoader implements AutoCloseable {
  private static final long CHUNK_BYTES = 16L << 20;

  private final Weights store;
  private final Backend backend;
  private final DType dtype;
  private final String prefix;
  private final Loaded loaded;

  /** What belongs to the root loader. */
  private static final class Loaded {
    final long mostBytes;
    final List<Runnable> releases = new ArrayList<>();
    long bytes;

    Loaded(long mostBytes) {
      this.mostBytes = mostBytes;
    }

    void add(long more, Runnable release) {
      releases.add(release);
      bytes += more;
      if (bytes > mostBytes) {
        throw Errors.memory(
            "a memory budget of " + mostBytes + " bytes is too small: the weights alone take more",
            "give more memory, or a smaller dtype");
      }
    }
  }

  /**
   * The loader of all keys.
   *
   * @param dtype how matrices are kept: F32 is exact, BF16, INT8 and INT4 are speed modes
   */
  public WeightLoader(Weights store, Backend backend, DType dtype) {
    this(store, backend, dtype, Long.MAX_VALUE);
  }

  /**
   * The loader of all keys, which stops when they take too much.
   *
   * @param mostBytes as {@link #bytes} may be
   */
  public WeightLoader(Weights store, Backend backend, DType dtype, long mostBytes) {
    this(store, backend, dtype, "", new Loaded(mostBytes));
  }

  private WeightLoader(Weights store, Backend backend, DType dtype, String prefix, Loaded loaded) {
    this.store = store;
    this.backend = backend;
    this.dtype = dtype;
    this.prefix = prefix;
    this.loaded = loaded;
  }

  /** The loader of the keys below {@code key}. */
  public WeightLoader at(String key) {
    return new WeightLoader(store, backend, dtype, prefix + key + ".", loaded);
  }

  /** The loader of a numbered layer. */
  public WeightLoader at(int layer) {
    return at(Integer.toString(layer));
  }

  /** Rows of a stored tensor, for shapes that follow from it. */
  public long rows(String key) {
    return store.shape(prefix + key).size(0);
  }

  /** A linear layer without bias; INT8 in the mode INT4. */
  public PackedWeight linear(String key) {
    return pack(store.matrix(prefix + key), null, denseDtype());
  }

  /**
   * A linear layer that every generated token reads and whose time is that of reading it: the one
   * kind that is INT4 in that mode.
   */
  public PackedWeight decoderLinear(String key) {
    return pack(store.matrix(prefix + key), null, dtype);
  }

  /** A small linear layer, kept in floating point in every mode. */
  public PackedWeight floatLinear(String key) {
    return pack(store.matrix(prefix + key), null, dtype.ofValues());
  }

  /** A linear layer with {@code key.weight} and {@code key.bias}. */
  public PackedWeight linearWithBias(String key) {
    Tensor bias = vector(key + ".bias");
    return pack(store.matrix(prefix + key + ".weight"), bias, denseDtype());
  }

  /** Linear layers that read the same input, as one: outputs side by side, biases too. */
  public PackedWeight linearsWithBias(String... keys) {
    List<WeightSource> weights = new ArrayList<>();
    List<WeightSource> biases = new ArrayList<>();
    for (String key : keys) {
      weights.add(store.matrix(prefix + key + ".weight"));
      biases.add(store.matrix(prefix + key + ".bias"));
    }
    return pack(new StackedRows(weights), bias(biases), denseDtype());
  }

  /** A tensor of few elements in F32: a norm, a bias, an embedding of positions. */
  public Tensor vector(String key) {
    Tensor matrix = upload(store.matrix(prefix + key), DType.F32);
    return matrix.reshape(matrix.shape().elements());
  }

  /** Rows to be looked up, kept in floating point. */
  public Tensor table(String key) {
    return upload(store.matrix(prefix + key), dtype.ofValues());
  }

  /** INT4 pays where a weight is read for few rows; many rows at a time are faster in INT8. */
  private DType denseDtype() {
    return dtype == DType.INT4 ? DType.INT8 : dtype;
  }

  private Tensor bias(List<WeightSource> parts) {
    Tensor stacked = upload(new StackedRows(parts), DType.F32);
    return stacked.reshape(stacked.shape().elements());
  }

  private PackedWeight pack(WeightSource source, Tensor bias, DType format) {
    try (source) {
      return keep(backend.pack(source, bias, format));
    }
  }

  private Tensor upload(WeightSource source, DType target) {
    try (source) {
      return copyRows(source, target);
    }
  }

  private Tensor copyRows(WeightSource source, DType target) {
    Tensor tensor = keep(backend.allocate(target, Shape.of(source.out(), source.in())));
    long rowBytes = source.in() * target.bytes();
    long step = Math.max(1, CHUNK_BYTES / Math.max(1, rowBytes));
    for (long row = 0; row < source.out(); row += step) {
      long count = Math.min(step, source.out() - row);
      ByteBuffer chunk =
          ByteBuffer.allocateDirect(Math.toIntExact(count * rowBytes))
              .order(ByteOrder.LITTLE_ENDIAN);
      FloatConversion.convert(source.rows(row, count), source.dtype(), chunk, target);
      backend.upload(chunk.flip(), tensor.rows(row, count));
    }
    return tensor;
  }

  private PackedWeight keep(PackedWeight weight) {
    loaded.add(weight.bytes(), weight::close);
    return weight;
  }

  private Tensor keep(Tensor tensor) {
    loaded.add(tensor.bytes(), tensor::close);
    return tensor;
  }

  /** Bytes that all that was loaded takes on the device. */
  public long bytes() {
    return loaded.bytes;
  }

  /** Frees all that was loaded, newest first. */
  @Override
  public void close() {
    for (int i = loaded.releases.size() - 1; i >= 0; i--) {
      loaded.releases.get(i).run();
    }
    loaded.releases.clear();
    loaded.bytes = 0;
  }
}
