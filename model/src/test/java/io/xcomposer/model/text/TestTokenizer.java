package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TestTokenizer {
  private static final Tokenizer TOKENIZER = GoldenText.smallTokenizer();

  @TempDir Path folder;

  static Stream<JsonNode> smallEncode() {
    return GoldenText.each(smallCases().get("encode"));
  }

  static Stream<JsonNode> smallDecode() {
    return GoldenText.each(smallCases().get("decode"));
  }

  private static JsonNode smallCases() {
    return GoldenText.json(GoldenText.GOLDEN.resolve("tokenizer_small_cases.json"));
  }

  @ParameterizedTest
  @MethodSource("smallEncode")
  void encodesAndDecodesAsPublished(JsonNode golden) {
    check(TOKENIZER, golden);
  }

  @ParameterizedTest
  @MethodSource("smallDecode")
  void decodesAnyIdsAsPublished(JsonNode golden) {
    int[] ids = GoldenText.ints(golden.get("ids"));

    assertThat(TOKENIZER.decode(ids)).isEqualTo(golden.get("decoded").textValue());
    assertThat(TOKENIZER.decodeKeepSpecial(ids))
        .isEqualTo(golden.get("decoded_keep_special").textValue());
  }

  @Test
  void equalsThePublishedTokenizerOfTheRealModel() throws IOException {
    Tokenizer tokenizer = Tokenizer.read(realTokenizer());
    JsonNode cases = GoldenText.json(GoldenText.GOLDEN.resolve("tokenizer_7b/cases.json"));

    assertThat(cases.get("encode")).hasSizeGreaterThan(100);
    cases.get("encode").forEach(golden -> check(tokenizer, golden));
    for (JsonNode golden : cases.get("decode")) {
      int[] ids = GoldenText.ints(golden.get("ids"));
      assertThat(tokenizer.decode(ids)).isEqualTo(golden.get("decoded").textValue());
      assertThat(tokenizer.decodeKeepSpecial(ids))
          .isEqualTo(golden.get("decoded_keep_special").textValue());
    }
    assertThat(tokenizer.pieces()).isEqualTo(92544);
    assertThat(tokenizer.endOfTurnId()).isEqualTo(92542);
    assertThat(tokenizer.startOfTurnId()).isEqualTo(92543);
  }

  private static void check(Tokenizer tokenizer, JsonNode golden) {
    String text = golden.get("text").textValue();
    int[] ids = GoldenText.ints(golden.get("ids_without_bos"));
    int[] withBos = IntStream.concat(IntStream.of(tokenizer.bosId()), IntStream.of(ids)).toArray();

    assertThat(tokenizer.encodeWithoutBos(text)).as(text).isEqualTo(ids);
    assertThat(tokenizer.encode(text)).as(text).isEqualTo(withBos);
    assertThat(tokenizer.decode(ids)).isEqualTo(golden.get("decoded").textValue());
    assertThat(tokenizer.decodeKeepSpecial(withBos))
        .isEqualTo(golden.get("decoded_keep_special").textValue());
  }

  /** The real model file is not ours to ship: JSON files of the golden set, model where found. */
  private Path realTokenizer() throws IOException {
    List<Path> places = new ArrayList<>();
    places.add(GoldenText.GOLDEN.resolve("tokenizer_7b/tokenizer.model"));
    places.add(GoldenText.ROOT.resolve("../shared/golden/tokenizer_7b/tokenizer.model"));
    String given = System.getProperty("xcomposer.tokenizer7b");
    if (given != null) {
      places.add(Path.of(given));
    }
    Path model = places.stream().filter(Files::exists).findFirst().orElse(null);
    assumeTrue(
        model != null,
        "skipped: the tokenizer.model of the 7B model is not part of the project; put it into"
            + " golden/tokenizer_7b/ or give its path as -Dxcomposer.tokenizer7b=…");
    Files.copy(model, folder.resolve("tokenizer.model"));
    copyJson(GoldenText.GOLDEN.resolve("tokenizer_7b"), folder);
    return folder;
  }

  private static void copyJson(Path from, Path to) throws IOException {
    for (String name :
        List.of("added_tokens.json", "special_tokens_map.json", "tokenizer_config.json")) {
      Files.copy(from.resolve(name), to.resolve(name));
    }
  }

  @Test
  void knowsItsSpecialIds() {
    assertThat(TOKENIZER.bosId()).isEqualTo(1);
    assertThat(TOKENIZER.eosId()).isEqualTo(2);
    assertThat(TOKENIZER.endOfTurnId()).isEqualTo(1520);
    assertThat(TOKENIZER.startOfTurnId()).isEqualTo(1521);
    assertThat(TOKENIZER.pieces()).isEqualTo(1522);
  }

  @Test
  void trimsWhiteSpaceAroundAddedNamesOnly() {
    int[] trimmed = TOKENIZER.encodeWithoutBos("a \u3000<|im_start|>\n b");

    assertThat(trimmed).containsExactly(concat(TOKENIZER.encodeWithoutBos("a"), 1522, "b"));
    assertThat(TOKENIZER.encodeWithoutBos("a <s> b"))
        .containsExactly(concat(TOKENIZER.encodeWithoutBos("a "), 1, " b"));
  }

  private static int[] concat(int[] left, int id, String right) {
    return IntStream.concat(
            IntStream.concat(IntStream.of(left), IntStream.of(id)),
            IntStream.of(TOKENIZER.encodeWithoutBos(right)))
        .toArray();
  }

  @Test
  void keepsAddedNamesApartWhenTheyAreKept() {
    int[] ids = {1522, 1220, 1523, 1520, 1};

    assertThat(TOKENIZER.decode(ids)).isEqualTo("a[UNUSED_TOKEN_145]");
    assertThat(TOKENIZER.decodeKeepSpecial(ids))
        .isEqualTo("<|im_start|> a <|im_end|>  [UNUSED_TOKEN_145]<s>");
  }

  @Test
  void anIdWithoutAPieceDecodesToAReplacementCharacter() {
    assertThat(TOKENIZER.decode(new int[] {1220, 1528})).isEqualTo("a\uFFFD");
    assertThat(TOKENIZER.decodeKeepSpecial(new int[] {1220, 1528})).isEqualTo("a\uFFFD");
  }
}
