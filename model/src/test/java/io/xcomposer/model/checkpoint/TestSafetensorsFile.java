package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestSafetensorsFile {
  @TempDir Path dir;

  @Test
  void halfPrecisionIsWidenedExactly() {
    ByteBuffer data = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    for (int bits : new int[] {0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000, 0xfc00}) {
      data.putShort((short) bits);
    }
    Path path = CheckpointFixtures.safetensors(dir, header("F16", "[6]", "[0,12]"), data.array());
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertThat(file.tensors().get("w").floats())
          .containsExactly(1, -2, 65504, 0x1p-24f, -0f, Float.NEGATIVE_INFINITY);
    }
  }

  @Test
  void anOddHeaderLengthStillReads() {
    ByteBuffer data = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    data.putFloat(1.5f).putFloat(-7);
    for (String padding : new String[] {"", " ", "  ", "   "}) {
      Path path =
          CheckpointFixtures.safetensors(
              dir, header("F32", "[2]", "[0,8]") + padding, data.array());
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        assertThat(file.tensors().get("w").floats()).containsExactly(1.5f, -7);
      }
    }
  }

  @Test
  void scalarsAndEmptyTensorsAreTensors() {
    String header =
        "{\"s\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
            + "\"e\":{\"dtype\":\"F32\",\"shape\":[3,0],\"data_offsets\":[4,4]}}";
    try (SafetensorsFile file =
        SafetensorsFile.open(CheckpointFixtures.safetensors(dir, header, 4))) {
      assertThat(file.tensors().get("s").floats()).containsExactly(0);
      assertThat(file.tensors().get("s").shape()).isEqualTo(Shape.of());
      assertThat(file.tensors().get("e").floats()).isEmpty();
    }
  }

  @Test
  void integersAreListedButAreNoWeights() {
    Path path = CheckpointFixtures.safetensors(dir, header("I64", "[2]", "[0,16]"), 16);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      StoredTensor tensor = file.tensors().get("w");
      assertThat(tensor.dtype()).isEqualTo(StoredDType.I64);
      assertThatExceptionOfType(XComposerException.class)
          .isThrownBy(tensor::matrix)
          .withMessageContaining("tensor w is stored as I64");
    }
  }

  @Test
  void aPointerOfGitLfsIsNamed() {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"
            .getBytes(StandardCharsets.UTF_8);
    assertRefused(
        CheckpointFixtures.write(dir.resolve("model.safetensors"), pointer), "git lfs pull");
  }

  @Test
  void aFileTooShortForALengthIsRefused() {
    CheckpointFixtures.write(dir.resolve("model.safetensors"), new byte[7]);
    assertRefused(dir.resolve("model.safetensors"), "a file of 7 bytes has no header");
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3, 100_000_001, Long.MAX_VALUE, -1, Long.MIN_VALUE})
  void anImpossibleHeaderLengthIsRefused(long length) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, length, new byte[] {'{', '}'}, new byte[0]),
        "a header of " + Long.toUnsignedString(length) + " bytes is impossible");
  }

  @Test
  void aTruncatedHeaderIsRefused() {
    byte[] json = "{\"w\":{\"dtype\":".getBytes(StandardCharsets.UTF_8);
    assertRefused(
        CheckpointFixtures.safetensors(dir, json.length, json, new byte[0]), "not valid JSON");
  }

  @Test
  void aHeaderThatIsNotUtf8IsRefused() {
    byte[] json = header("F32", "[1]", "[0,4]").getBytes(StandardCharsets.UTF_8);
    json[2] = (byte) 0xff;
    assertRefused(
        CheckpointFixtures.safetensors(dir, json.length, json, new byte[4]), "not valid UTF-8");
  }

  @Test
  void aHeaderThatIsNoObjectIsRefused() {
    assertRefused(CheckpointFixtures.safetensors(dir, "[1,2]", 0), "does not start with {");
  }

  @Test
  void textBehindTheHeaderIsRefused() {
    assertRefused(CheckpointFixtures.safetensors(dir, "{} {}", 0), "text follows the JSON");
  }

  @Test
  void twoTensorsOfOneNameAreRefused() {
    String entry = header("F32", "[1]", "[0,4]");
    String twice = entry.substring(0, entry.length() - 1) + "," + entry.substring(1);
    assertRefused(CheckpointFixtures.safetensors(dir, twice, 4), "Duplicate field 'w'");
  }

  @Test
  void aFieldGivenTwiceIsRefused() {
    String header =
        "{\"w\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}";
    assertRefused(CheckpointFixtures.safetensors(dir, header, 4), "Duplicate field 'dtype'");
  }

  @ParameterizedTest
  @ValueSource(strings = {"F128", "f32", "", "__import__"})
  void anUnknownDtypeIsRefused(String dtype) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header(dtype, "[1]", "[0,4]"), 4),
        "tensor w has the unknown dtype " + dtype);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[-1]",
        "[1.0]",
        "[\"1\"]",
        "[[1]]",
        "[null]",
        "1",
        "null",
        "[99999999999999999999]"
      })
  void aShapeThatIsNoListOfSizesIsRefused(String shape) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", shape, "[0,4]"), 4), "tensor w has");
  }

  @Test
  void aShapeOfTooManyAxesIsRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4),
        "a shape that is not up to 8 integers");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[4294967296,4294967296]", "[9223372036854775807]", "[3037000500,3037000500,0]"})
  void aShapeThatOverflowsIsRefused(String shape) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", shape, "[0,4]"), 4), "tensor w");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"[0,3]", "[0,8]", "[4,0]", "[-4,0]", "[9223372036854775804,9223372036854775807]"})
  void bytesThatDoNotFitTheShapeAreRefused(String offsets) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", "[1]", offsets), 4), "tensor w");
  }

  @ParameterizedTest
  @ValueSource(strings = {"[]", "[0]", "[0,4,4]", "{}", "0"})
  void offsetsThatAreNoPairAreRefused(String offsets) {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", "[1]", offsets), 4), "tensor w");
  }

  @Test
  void aTensorBehindTheEndIsRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, header("F32", "[2]", "[0,8]"), 7),
        "tensor w ends at byte 8 of 7 bytes of data");
  }

  @Test
  void overlappingTensorsAreRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, twoTensors("[0,4]", "[2,6]"), 6),
        "tensor b overlaps the tensor before it");
  }

  @Test
  void aHoleBetweenTensorsIsRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, twoTensors("[0,4]", "[8,12]"), 12),
        "tensor b leaves a hole behind");
  }

  @Test
  void bytesOfNoTensorAreRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, twoTensors("[0,4]", "[4,8]"), 9),
        "1 bytes at the end belong to no tensor");
  }

  @Test
  void aMissingFieldIsRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, "{\"w\":{\"dtype\":\"F32\",\"shape\":[1]}}", 4),
        "tensor w needs dtype, shape and two data_offsets");
  }

  @Test
  void anUnknownFieldIsRefused() {
    assertRefused(
        CheckpointFixtures.safetensors(dir, "{\"w\":{\"dtyp\":\"F32\"}}", 0), "unknown field dtyp");
  }

  @Test
  void deepNestingIsRefused() {
    String deep = "{\"__metadata__\":{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}}";
    assertRefused(CheckpointFixtures.safetensors(dir, deep, 0), "not valid JSON");
  }

  @Test
  void moreTensorsThanAnyModelHasAreRefused() {
    String many =
        IntStream.range(0, 70_000)
            .mapToObj(i -> "\"" + i + "\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0]}")
            .collect(Collectors.joining(",", "{", "}"));
    assertRefused(CheckpointFixtures.safetensors(dir, many, 0), "more than 65536 tensors");
  }

  private static String header(String dtype, String shape, String offsets) {
    return String.format(
        "{\"w\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}", dtype, shape, offsets);
  }

  private static String twoTensors(String first, String second) {
    String entry = "\"%s\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":%s}";
    return "{" + String.format(entry, "a", first) + "," + String.format(entry, "b", second) + "}";
  }

  private static void assertRefused(Path path, String reason) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> SafetensorsFile.open(path).close())
        .withMessageStartingWith("model.safetensors: ")
        .withMessageContaining(reason)
        .withMessageContaining("To fix: ");
  }
}
