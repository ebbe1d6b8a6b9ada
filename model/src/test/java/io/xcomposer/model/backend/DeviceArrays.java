package io.xcomposer.model.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Arrays on a backend, placed to catch what a kernel should not do. Each stands at an odd address
 * in a larger tensor, between guard elements; at the end guards and inputs must be as they were.
 * Outputs start as NaN.
 */
final class DeviceArrays implements AutoCloseable {
  private static final int GUARD_ELEMENTS = 3;
  private static final byte GUARD_BYTE = 0x5A;
  private static final byte NAN_BYTE = (byte) 0xFF;

  private final Backend backend;
  private final List<Placed> placed = new ArrayList<>();

  /** What was uploaded, and the bytes of it that an operation may change. */
  private record Placed(Tensor owner, byte[] content, int changeableFrom, int changeableTo) {}

  DeviceArrays(Backend backend) {
    this.backend = backend;
  }

  Backend backend() {
    return backend;
  }

  /** F32 elements that no operation may change. */
  Tensor input(float[] elements, long... sizes) {
    return place(f32(elements), DType.F32, Shape.of(sizes), false);
  }

  /** BF16 elements, rounded, that no operation may change. */
  Tensor bf16Input(float[] elements, long... sizes) {
    byte[] bytes = new byte[elements.length * Short.BYTES];
    ByteBuffer target = littleEndian(bytes);
    for (float element : elements) {
      target.putShort(FloatFormats.toBf16(element));
    }
    return place(bytes, DType.BF16, Shape.of(sizes), false);
  }

  /** F32 elements to be changed in place. */
  Tensor inOut(float[] elements, long... sizes) {
    return place(f32(elements), DType.F32, Shape.of(sizes), true);
  }

  /** F32 elements to be written. */
  Tensor output(long... sizes) {
    Shape shape = Shape.of(sizes);
    byte[] unwritten = new byte[(int) shape.elements() * Float.BYTES];
    Arrays.fill(unwritten, NAN_BYTE);
    return place(unwritten, DType.F32, shape, true);
  }

  private Tensor place(byte[] content, DType dtype, Shape shape, boolean changeable) {
    int guardBytes = GUARD_ELEMENTS * dtype.bytes();
    byte[] whole = new byte[content.length + 2 * guardBytes];
    Arrays.fill(whole, GUARD_BYTE);
    System.arraycopy(content, 0, whole, guardBytes, content.length);
    long elements = shape.elements();
    Tensor owner = backend.allocate(dtype, Shape.of(elements + 2 * GUARD_ELEMENTS));
    backend.upload(ByteBuffer.wrap(whole), owner);
    int end = changeable ? guardBytes + content.length : guardBytes;
    placed.add(new Placed(owner, whole, guardBytes, end));
    return owner.rows(GUARD_ELEMENTS, elements).reshape(shape.toArray());
  }

  float[] read(Tensor tensor) {
    return FloatFormats.read(ByteBuffer.wrap(bytes(tensor)), tensor.dtype());
  }

  private byte[] bytes(Tensor tensor) {
    byte[] bytes = new byte[(int) tensor.bytes()];
    backend.download(tensor, ByteBuffer.wrap(bytes));
    return bytes;
  }

  /** Fails when an operation wrote outside of its outputs. */
  void assertNothingElseWasWritten() {
    for (Placed array : placed) {
      byte[] now = bytes(array.owner());
      for (int i = 0; i < now.length; i++) {
        boolean changeable = i >= array.changeableFrom() && i < array.changeableTo();
        if (!changeable && now[i] != array.content()[i]) {
          assertThat(i).as("byte of %s that nobody may change", array.owner()).isNegative();
        }
      }
    }
  }

  @Override
  public void close() {
    placed.forEach(array -> array.owner().close());
  }

  private static byte[] f32(float[] elements) {
    byte[] bytes = new byte[elements.length * Float.BYTES];
    littleEndian(bytes).asFloatBuffer().put(elements);
    return bytes;
  }

  private static ByteBuffer littleEndian(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
