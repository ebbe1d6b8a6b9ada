package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Spoilt copies of the golden files: each loads whole or is refused; nothing else happens. */
class TestHostileFiles {
  private static final Path TORCH_SHARD =
      CheckpointFixtures.TORCH.resolve("pytorch_model-00002-of-00002.bin");
  private static final Path SAFETENSORS_SHARD =
      CheckpointFixtures.SAFETENSORS.resolve("model-00002-of-00002.safetensors");

  @TempDir Path dir;

  @Test
  void everyTruncatedTorchFileIsRefused() throws IOException {
    truncate(TORCH_SHARD, TorchZipFile::open, 4099);
  }

  @Test
  void everyTruncatedSafetensorsFileIsRefused() throws IOException {
    truncate(SAFETENSORS_SHARD, SafetensorsFile::open, 4099);
  }

  /** The last 8 KiB hold the zip's directory, the first 10 KiB the pickle. */
  @Test
  void aTorchFileWithFlippedBytesLoadsOrIsRefused() throws IOException {
    long size = Files.size(TORCH_SHARD);
    int refused =
        flip(TORCH_SHARD, TorchZipFile::open, 0, 10_000, 200)
            + flip(TORCH_SHARD, TorchZipFile::open, size - 8192, size, 200);
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  void aSafetensorsFileWithFlippedBytesLoadsOrIsRefused() throws IOException {
    int refused = flip(SAFETENSORS_SHARD, SafetensorsFile::open, 0, 6_000, 300);
    assertThat(refused).isGreaterThan(50);
  }

  @Test
  void filesOfNoiseAreRefused() {
    SplittableRandom random = new SplittableRandom(5);
    for (int i = 0; i < 200; i++) {
      byte[] noise = new byte[random.nextInt(4096)];
      random.nextBytes(noise);
      Path path = CheckpointFixtures.write(dir.resolve("noise"), noise);
      assertThatExceptionOfType(XComposerException.class).isThrownBy(() -> TorchZipFile.open(path));
      assertThatExceptionOfType(XComposerException.class)
          .isThrownBy(() -> SafetensorsFile.open(path));
    }
  }

  private void truncate(Path original, Function<Path, TensorFile> reader, int step)
      throws IOException {
    Path path = Files.copy(original, dir.resolve(original.getFileName()));
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (long size = file.size() - 1; size >= 0; size -= size < 12_000 ? 61 : step) {
        file.truncate(size);
        assertThatExceptionOfType(XComposerException.class)
            .as("cut to %s bytes", size)
            .isThrownBy(() -> load(path, reader));
      }
    }
  }

  /** Changes 1 to 3 bytes in [from, to), loads, puts them back; counts the refusals. */
  private int flip(Path original, Function<Path, TensorFile> reader, long from, long to, int times)
      throws IOException {
    Path path = Files.copy(original, Files.createTempDirectory(dir, "f").resolve("copy"));
    SplittableRandom random = new SplittableRandom(from + times);
    byte[] bytes = Files.readAllBytes(original);
    int refused = 0;
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
      for (int i = 0; i < times; i++) {
        int count = random.nextInt(1, 4);
        long at = random.nextLong(from, to - count);
        byte[] spoilt = new byte[count];
        random.nextBytes(spoilt);
        file.write(ByteBuffer.wrap(spoilt), at);
        refused += isRefused(path, reader) ? 1 : 0;
        file.write(ByteBuffer.wrap(bytes, (int) at, count), at);
      }
    }
    return refused;
  }

  private static boolean isRefused(Path path, Function<Path, TensorFile> reader) {
    try {
      load(path, reader);
      return false;
    } catch (XComposerException e) {
      return true;
    }
  }

  private static void load(Path path, Function<Path, TensorFile> reader) {
    try (TensorFile file = reader.apply(path)) {
      for (StoredTensor tensor : file.tensors().values()) {
        if (tensor.dtype().isWeight()) {
          assertThat(tensor.floats()).hasSize((int) tensor.shape().elements());
        }
      }
    }
  }
}
