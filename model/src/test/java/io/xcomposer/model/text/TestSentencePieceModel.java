package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestSentencePieceModel {
  @TempDir Path folder;

  private static byte[] golden() throws IOException {
    return Files.readAllBytes(GoldenText.SMALL.resolve("tokenizer.model"));
  }

  private static void refused(ModelProto model, String reason) {
    assertThatThrownBy(() -> SentencePieceModel.parse(model.toBytes()))
        .isInstanceOf(XComposerException.class)
        .hasMessageStartingWith("tokenizer.model: ")
        .hasMessageContaining(reason)
        .hasMessageContaining("To fix: ");
  }

  @Test
  void readsTheTableOfPieces() throws IOException {
    SentencePieceModel model = SentencePieceModel.parse(golden());

    assertThat(model.size()).isEqualTo(1522);
    assertThat(model.piece(0).type()).isEqualTo(SentencePieceModel.PieceType.UNKNOWN);
    assertThat(model.piece(13).text()).isEqualTo("<0x0A>");
    assertThat(model.byteId(10)).isEqualTo(13);
    assertThat(model.byteOf(13)).isEqualTo(10);
    assertThat(model.idOf("[UNUSED_TOKEN_145]")).hasValue(1520);
    assertThat(model.idOf("no such piece")).isEmpty();
  }

  @Test
  void aFileCutAnywhereIsRefused() throws IOException {
    byte[] whole = golden();
    for (int length = 0; length < whole.length; length += length < 300 ? 1 : 97) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> SentencePieceModel.parse(cut))
          .isInstanceOf(XComposerException.class)
          .hasMessageStartingWith("tokenizer.model: ");
    }
  }

  @Test
  void changedBytesGiveAModelOrAnErrorButNothingElse() throws IOException {
    byte[] whole = golden();
    Random random = new Random(20240409);
    int refused = 0;
    for (int round = 0; round < 800; round++) {
      byte[] changed = whole.clone();
      for (int flips = 0; flips <= round % 4; flips++) {
        changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        new BpeEncoder(SentencePieceModel.parse(changed));
      } catch (XComposerException e) {
        refused++;
        assertThat(e).hasMessageStartingWith("tokenizer.model: ");
      }
    }
    assertThat(refused).isBetween(1, 799);
  }

  @Test
  void aLengthBeyondTheFileIsRefusedBeforeAllocation() {
    refused(
        new ModelProto().raw(0x0a, 0xff, 0xff, 0xff, 0xff, 0x07),
        "field 1 says it has 2147483647 bytes but 0 are left");
    refused(
        new ModelProto().raw(0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01),
        "18446744073709551615 bytes");
  }

  @Test
  void anEndlessNumberIsRefused() {
    refused(
        new ModelProto().raw(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff),
        "more than 10 bytes");
  }

  @Test
  void anUnknownWireTypeIsRefused() {
    refused(new ModelProto().raw(0x53, 0x54), "wire type 3 of field 10");
  }

  @Test
  void unknownFieldsOfEveryKindArePassedOver() {
    byte[] model =
        ModelProto.withBytes()
            .number(200, 1)
            .bytes(201, new byte[9])
            .float32(202, 1)
            .raw(0x79, 1, 2, 3, 4, 5, 6, 7, 8)
            .supportedSettings()
            .toBytes();

    assertThat(SentencePieceModel.parse(model).size()).isEqualTo(259);
  }

  @Test
  void settingsGivenTwiceMergeFieldByField() {
    byte[] model =
        ModelProto.withBytes().normalizer(1, 1, 1).trainer(1, 1).supportedSettings().toBytes();

    assertThat(SentencePieceModel.parse(model).size()).isEqualTo(259);
  }

  @Test
  void anotherKindOfModelIsRefused() {
    refused(ModelProto.withBytes().trainer(1, 1).normalizer(0, 0, 1), "model_type is 1");
    refused(ModelProto.withBytes().trainer(2, 0).normalizer(0, 0, 1), "byte_fallback is false");
    refused(ModelProto.withBytes().trainer(2, 1).normalizer(1, 0, 1), "add_dummy_prefix is true");
    refused(
        ModelProto.withBytes().trainer(2, 1).normalizer(0, 1, 1),
        "remove_extra_whitespaces is true");
    refused(
        ModelProto.withBytes().trainer(2, 1).normalizer(0, 0, 0), "escape_whitespaces is false");
    refused(ModelProto.withBytes().trainer(2, 1), "add_dummy_prefix is true");
    refused(
        ModelProto.withBytes()
            .supportedSettings()
            .message(3, new ModelProto().bytes(2, new byte[7])),
        "precompiled_charsmap is 7 bytes");
    refused(
        ModelProto.withBytes()
            .supportedSettings()
            .message(5, new ModelProto().bytes(2, new byte[7])),
        "denormalizer_spec.precompiled_charsmap is 7 bytes");
  }

  @Test
  void aBrokenTableOfPiecesIsRefused() {
    refused(new ModelProto().supportedSettings(), "no pieces");
    refused(
        new ModelProto().piece("<unk>", 0, ModelProto.UNKNOWN).supportedSettings(),
        "byte piece <0x00> is missing");
    refused(
        ModelProto.withBytes().piece("x", 0, 1).piece("x", 0, 1).supportedSettings(),
        "pieces 259 and 260 are both \"x\"");
    refused(ModelProto.withBytes().piece("", 0, 1), "piece 259 is empty");
    refused(ModelProto.withBytes().piece("x", Float.NaN, 1), "score of piece 259 is NaN");
    refused(ModelProto.withBytes().piece("x", 0, 7), "type of piece 259 is 7");
    refused(ModelProto.withBytes().piece("x", 0, 6).supportedSettings(), "byte piece \"x\"");
    refused(
        ModelProto.withBytes().piece("x", 0, ModelProto.UNKNOWN).supportedSettings(),
        "2 unknown pieces");
    refused(ModelProto.withBytes().piece("x".repeat(513), 0, 1), "piece 259 has 513 characters");
    refused(
        ModelProto.withBytes().message(1, new ModelProto().bytes(1, new byte[] {(byte) 0xc3})),
        "not UTF-8");
  }

  @Test
  void moreThanAMillionPiecesAreRefused() {
    // an empty message a piece would be refused at once, so each has a text of its own
    ModelProto model = ModelProto.withBytes();
    for (int i = 0; i <= 1 << 20; i++) {
      model.piece("p" + i, 0, 1);
    }
    refused(model, "more than 1048576 pieces");
  }

  @Test
  void aFileThatIsNotThereOrTooLargeIsNamed() throws IOException {
    Path file = folder.resolve("tokenizer.model");

    assertThatThrownBy(() -> SentencePieceModel.read(file))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("cannot be read");

    try (SeekableByteChannel channel =
        Files.newByteChannel(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.position(65L << 20);
      channel.write(ByteBuffer.wrap(new byte[1]));
    }
    assertThatThrownBy(() -> SentencePieceModel.read(file))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("more than the limit of 67108864");
  }
}
