package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.model.SpecialText;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Held to cases made with the original SentencePiece. */
class TestBpeEncoder {
  private static JsonNode cases() throws IOException {
    return new ObjectMapper()
        .readTree(TestBpeEncoder.class.getResource("sentencepiece_cases.json"));
  }

  private static SentencePieceModel model(JsonNode pieces) {
    ModelProto model = ModelProto.withBytes();
    for (JsonNode piece : pieces) {
      model.piece(piece.get(0).textValue(), piece.get(1).floatValue(), piece.get(2).intValue());
    }
    return SentencePieceModel.parse(model.supportedSettings().toBytes());
  }

  private static int[] encode(SentencePieceModel model, String text, SpecialText specialText) {
    IntStream.Builder ids = IntStream.builder();
    String escaped = text.replace(' ', SentencePieceModel.SPACE_SYMBOL);
    new BpeEncoder(model).encode(escaped, MarkedText.of(text, specialText), 0, text.length(), ids);
    return ids.build().toArray();
  }

  private static String decode(SentencePieceModel model, int[] ids) {
    StringBuilder text = new StringBuilder();
    PieceDecoder decoder = new PieceDecoder(model);
    IntStream.of(ids).forEach(id -> decoder.push(id, text));
    decoder.finish(text);
    return text.toString();
  }

  @Test
  void mergesAsTheOriginalWithTiesUnusedAndUserDefinedPieces() throws IOException {
    JsonNode models = cases().get("models");

    assertThat(models).hasSize(30);
    for (JsonNode golden : models) {
      SentencePieceModel model = model(golden.get("pieces"));
      for (JsonNode each : golden.get("cases")) {
        String text = each.get("text").textValue();
        assertThat(encode(model, text, SpecialText.AS_PUBLISHED))
            .as("%s with %s", text, golden.get("pieces"))
            .isEqualTo(GoldenText.ints(each.get("ids")));
      }
    }
  }

  @Test
  void minusZeroIsTheSameScoreAsZero() {
    SentencePieceModel model =
        SentencePieceModel.parse(
            ModelProto.withBytes()
                .piece("a", 0.0f, ModelProto.NORMAL)
                .piece("ab", -0.0f, ModelProto.NORMAL)
                .piece("ba", 0.0f, ModelProto.NORMAL)
                .supportedSettings()
                .toBytes());

    assertThat(encode(model, "aba", SpecialText.AS_PUBLISHED)).containsExactly(260, 259);
  }

  @Test
  void decodesRunsOfBytesAsTheOriginal() throws IOException {
    SentencePieceModel model =
        SentencePieceModel.parse(ModelProto.withBytes().supportedSettings().toBytes());
    JsonNode bytes = cases().get("bytes");

    assertThat(bytes).hasSize(200);
    for (JsonNode each : bytes) {
      assertThat(decode(model, GoldenText.ints(each.get("ids"))))
          .isEqualTo(each.get("text").textValue());
    }
  }

  @Test
  void aMarkerIsNeverPutTogetherFromPlainCharacters() {
    // every step of the way is a piece, and the marker itself has the best score of all
    ModelProto proto = ModelProto.withBytes();
    String marker = "[UNUSED_TOKEN_7]";
    for (int length = 1; length < marker.length(); length++) {
      proto.piece(marker.substring(0, length), -length, ModelProto.NORMAL);
    }
    "UNUSED_TOKEN_7]"
        .chars()
        .distinct()
        .forEach(c -> proto.piece(Character.toString(c), -50, ModelProto.NORMAL));
    SentencePieceModel model =
        SentencePieceModel.parse(
            proto.piece(marker, 0, ModelProto.USER_DEFINED).supportedSettings().toBytes());
    int markerId = model.idOf(marker).orElseThrow();

    assertThat(encode(model, marker, SpecialText.AS_PUBLISHED)).containsExactly(markerId);
    int[] neutral = encode(model, marker, SpecialText.NEUTRALIZED);
    assertThat(neutral).doesNotContain(markerId);
    assertThat(decode(model, neutral)).isEqualTo(marker);
  }

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aMillionCharactersDoNotHang() {
    // a ladder of pieces of one letter: every merge opens another
    ModelProto proto = ModelProto.withBytes();
    for (int length = 1; length <= 512; length *= 2) {
      proto.piece("a".repeat(length), -length, ModelProto.NORMAL);
    }
    SentencePieceModel model = SentencePieceModel.parse(proto.supportedSettings().toBytes());

    int[] ids = encode(model, "a".repeat(1_000_000), SpecialText.AS_PUBLISHED);

    assertThat(ids).hasSizeBetween(1_000_000 / 512, 1_000_000 / 512 + 10);
  }
}
