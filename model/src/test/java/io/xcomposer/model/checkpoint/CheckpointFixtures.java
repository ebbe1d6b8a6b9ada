package io.xcomposer.model.checkpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Files for the tests of the readers: the golden ones and small ones made by hand. */
final class CheckpointFixtures {
  static final Path TORCH = golden("checkpoint");
  static final Path SAFETENSORS = golden("checkpoint_f32_safetensors");

  private CheckpointFixtures() {}

  static Path golden(String name) {
    return Path.of(System.getProperty("xcomposer.root"), "golden", name);
  }

  /** Copies the files of a folder, to be spoilt. */
  static Path copy(Path folder, Path to) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return to;
  }

  /** A safetensors file of this header and so many zero bytes of data. */
  static Path safetensors(Path dir, String header, int dataBytes) {
    return safetensors(dir, header, new byte[dataBytes]);
  }

  static Path safetensors(Path dir, String header, byte[] data) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return safetensors(dir, json.length, json, data);
  }

  /** A safetensors file whose stated header length need not be true. */
  static Path safetensors(Path dir, long length, byte[] header, byte[] data) {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(length).put(header).put(data);
    return write(dir.resolve("model.safetensors"), bytes.array());
  }

  /** A torch zip of this pickle and one storage of so many zero bytes, key "0". */
  static Path torchZip(Path dir, byte[] pickle, int storageBytes) {
    return torchZip(dir, pickle, List.of(new byte[storageBytes]));
  }

  /** A torch zip of this pickle and storages "0", "1", …. */
  static Path torchZip(Path dir, byte[] pickle, List<byte[]> storages) {
    Path path = dir.resolve("pytorch_model.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("any folder/data.pkl", pickle);
      for (int key = 0; key < storages.size(); key++) {
        zip.entry("any folder/data/" + key, storages.get(key));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return path;
  }

  /** The pickle of {@code {"w": tensor}} over storage "0". */
  static byte[] oneTensor(String type, long elements, long offset, long[] sizes, long[] strides) {
    return PickleWriter.begin()
        .emptyDict()
        .mark()
        .text("w")
        .tensor(type, "0", elements, offset, sizes, strides)
        .op('u')
        .stop();
  }

  static Path write(Path path, byte[] bytes) {
    try {
      return Files.write(path, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] read(Path path) {
    try {
      return Files.readAllBytes(path);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static long[] sizes(long... sizes) {
    return sizes;
  }
}
