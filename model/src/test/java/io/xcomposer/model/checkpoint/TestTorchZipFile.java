package io.xcomposer.model.checkpoint;

import static io.xcomposer.model.checkpoint.CheckpointFixtures.oneTensor;
import static io.xcomposer.model.checkpoint.CheckpointFixtures.sizes;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.WeightSource;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestTorchZipFile {
  private static final byte[] PICKLE = oneTensor("FloatStorage", 6, 0, sizes(2, 3), sizes(3, 1));

  @TempDir Path dir;

  @Test
  void aTransposedViewWithAnOffsetIsGathered() {
    byte[] pickle = oneTensor("FloatStorage", 7, 1, sizes(3, 2), sizes(1, 3));
    try (TorchZipFile file = open(torchZip(pickle, 0, 1, 2, 3, 4, 5, 6))) {
      assertThat(file.tensors().get("w").floats()).containsExactly(1, 4, 2, 5, 3, 6);
    }
  }

  @Test
  void tensorsMayShareAStorage() {
    byte[] pickle =
        PickleWriter.begin()
            .emptyDict()
            .mark()
            .text("a")
            .tensor("FloatStorage", "0", 5, 0, sizes(3), sizes(1))
            .text("b")
            .tensor("FloatStorage", "0", 5, 2, sizes(3), sizes(1))
            .op('u')
            .stop();
    try (TorchZipFile file = open(torchZip(pickle, 10, 11, 12, 13, 14))) {
      assertThat(file.tensors().get("a").floats()).containsExactly(10, 11, 12);
      assertThat(file.tensors().get("b").floats()).containsExactly(12, 13, 14);
    }
  }

  @Test
  void zip64FieldsAreRead() throws IOException {
    Path path = dir.resolve("wide.bin");
    try (StoredZipWriter zip = StoredZipWriter.createZip64(path)) {
      zip.entry("w/data.pkl", PICKLE);
      zip.entry("w/data/0", floats(1, 2, 3, 4, 5, 6));
    }
    try (TorchZipFile file = open(path)) {
      assertThat(file.tensors().get("w").floats()).containsExactly(1, 2, 3, 4, 5, 6);
    }
  }

  /** A sparse file: 5 GiB long, a few pages on disk. */
  @Test
  void aTensorOfMoreThan4GibIsReadRowByRow() throws IOException {
    long rows = 5 << 20;
    Path path = dir.resolve("large.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry(
          "w/data.pkl",
          oneTensor("FloatStorage", rows * 256 + 2, 0, sizes(rows, 256), sizes(256, 1)));
      zip.hole("w/data/0", (rows * 256 + 2) * 4);
      zip.entry("w/version", "3\n".getBytes(StandardCharsets.UTF_8));
    }
    long data = contentStart(path, "w/data/0");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(data + (rows * 256 - 1) * 4);
      file.write(floats(42));
    }
    try (TorchZipFile file = open(path);
        WeightSource matrix = file.tensors().get("w").matrix()) {
      assertThat(matrix.out()).isEqualTo(rows);
      assertThat(matrix.rows(rows - 1, 1).getFloat(255 * 4)).isEqualTo(42);
      assertThat(matrix.rows(0, 1).getFloat(0)).isZero();
    }
  }

  @Test
  void aCompressedEntryIsRefused() throws IOException {
    Path path = dir.resolve("small.bin");
    try (OutputStream out = Files.newOutputStream(path);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      zip.putNextEntry(new ZipEntry("w/data.pkl"));
      zip.write(new byte[1 << 20]);
      zip.closeEntry();
    }
    assertRefused(path, "the zip entry w/data.pkl is compressed or encrypted");
  }

  /** Two directory entries that point at the same content. */
  @Test
  void overlappingEntriesAreRefused() {
    byte[] bytes = CheckpointFixtures.read(torchZip(PICKLE, 1, 2, 3, 4, 5, 6));
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int directory = zip.getInt(bytes.length - 6);
    int second = directory + 46 + zip.getShort(directory + 28) + zip.getShort(directory + 30);
    zip.putInt(second + 42, zip.getInt(directory + 42));
    assertRefused(
        CheckpointFixtures.write(dir.resolve("x.bin"), bytes), "overlaps another or is not");
  }

  @Test
  void anEntryThatReachesIntoTheNextIsRefused() {
    byte[] bytes = CheckpointFixtures.read(torchZip(PICKLE, 1, 2, 3, 4, 5, 6));
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    int directory = zip.getInt(bytes.length - 6);
    zip.putInt(directory + 20, zip.getInt(directory + 20) + 64);
    zip.putInt(directory + 24, zip.getInt(directory + 24) + 64);
    assertRefused(
        CheckpointFixtures.write(dir.resolve("x.bin"), bytes), "overlaps another or is not");
  }

  @Test
  void twoEntriesOfOneNameAreRefused() throws IOException {
    Path path = dir.resolve("x.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("w/data.pkl", PICKLE);
      zip.entry("w/data.pkl", PICKLE);
    }
    assertRefused(path, "two zip entries w/data.pkl");
  }

  @Test
  void aDirectoryOfMillionsIsRefused() {
    byte[] bytes = CheckpointFixtures.read(torchZip(PICKLE, 1, 2, 3, 4, 5, 6));
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    zip.putInt(bytes.length - 10, Integer.MAX_VALUE);
    assertRefused(CheckpointFixtures.write(dir.resolve("x.bin"), bytes), "a zip directory of");
  }

  @Test
  void moreEntriesThanTheDirectoryHoldsAreRefused() {
    byte[] bytes = CheckpointFixtures.read(torchZip(PICKLE, 1, 2, 3, 4, 5, 6));
    ByteBuffer zip = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    zip.putShort(bytes.length - 12, (short) -1);
    assertRefused(
        CheckpointFixtures.write(dir.resolve("x.bin"), bytes), "its zip directory is damaged");
  }

  @Test
  void anEmptyFileIsRefused() {
    assertRefused(CheckpointFixtures.write(dir.resolve("x.bin"), new byte[0]), "not a zip");
  }

  @Test
  void thePlainPickleOfOldTorchIsRefused() {
    assertRefused(CheckpointFixtures.write(dir.resolve("x.bin"), PICKLE), "older plain pickle");
  }

  @Test
  void aPointerOfGitLfsIsNamed() {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
            .getBytes(StandardCharsets.UTF_8);
    assertRefused(CheckpointFixtures.write(dir.resolve("x.bin"), pointer), "git lfs pull");
  }

  @Test
  void aZipWithoutPickleIsRefused() throws IOException {
    Path path = dir.resolve("x.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("data.pkl", PICKLE);
      zip.entry("a/b/data.pkl", PICKLE);
    }
    assertRefused(path, "0 entries <folder>/data.pkl");
  }

  @Test
  void twoPicklesAreRefused() throws IOException {
    Path path = dir.resolve("x.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("a/data.pkl", PICKLE);
      zip.entry("b/data.pkl", PICKLE);
    }
    assertRefused(path, "2 entries <folder>/data.pkl");
  }

  @Test
  void bigEndianStoragesAreRefused() throws IOException {
    Path path = dir.resolve("x.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("w/data.pkl", PICKLE);
      zip.entry("w/byteorder", "big".getBytes(StandardCharsets.UTF_8));
      zip.entry("w/data/0", new byte[24]);
    }
    assertRefused(path, "byte order is not little");
  }

  @Test
  void aMissingStorageIsRefused() throws IOException {
    Path path = dir.resolve("x.bin");
    try (StoredZipWriter zip = StoredZipWriter.create(path)) {
      zip.entry("w/data.pkl", PICKLE);
      zip.entry("w/data/1", new byte[24]);
    }
    assertRefused(path, "the storage 0 of w is missing");
  }

  @Test
  void aStorageOfAnotherLengthIsRefused() {
    assertRefused(
        CheckpointFixtures.torchZip(dir, PICKLE, 20),
        "the storage of w has 20 bytes, not 6 elements of F32");
  }

  @Test
  void aStorageLengthThatOverflowsIsRefused() {
    byte[] pickle = oneTensor("FloatStorage", (1L << 62) + 6, 0, sizes(2, 3), sizes(3, 1));
    assertRefused(CheckpointFixtures.torchZip(dir, pickle, 24), "the storage of w has 24 bytes");
  }

  /** A key is only looked up among the entries; it never becomes a path. */
  @Test
  void aKeyThatLooksLikeAPathFindsNothing() {
    byte[] pickle =
        PickleWriter.begin()
            .emptyDict()
            .text("w")
            .tensor("FloatStorage", "../../../etc/passwd", 1, 0, sizes(1), sizes(1))
            .op('s')
            .stop();
    assertRefused(CheckpointFixtures.torchZip(dir, pickle, 4), "of w is missing");
  }

  private Path torchZip(byte[] pickle, float... values) {
    return CheckpointFixtures.torchZip(dir, pickle, java.util.List.of(floats(values)));
  }

  private static TorchZipFile open(Path path) {
    return TorchZipFile.open(path);
  }

  private static long contentStart(Path path, String entry) {
    try (DataFile file = DataFile.open(path)) {
      Map<String, ZipDirectory.Entry> entries = ZipDirectory.read(file);
      return entries.get(entry).offset();
    }
  }

  private static byte[] floats(float... values) {
    byte[] bytes = new byte[values.length * Float.BYTES];
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().put(values);
    return bytes;
  }

  private static void assertRefused(Path path, String reason) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> open(path).close())
        .withMessageStartingWith(path.getFileName() + ": ")
        .withMessageContaining(reason)
        .withMessageContaining("To fix: ");
  }
}
