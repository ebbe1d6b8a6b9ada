package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.text.Prompt.Segment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TestPromptAssembler {
  private static final Tokenizer TOKENIZER = GoldenText.smallTokenizer();
  private static final PromptAssembler ASSEMBLER = new PromptAssembler(TOKENIZER, 1522, 16384);

  static Stream<Arguments> goldenRounds() {
    return GoldenText.each(cases())
        .filter(golden -> golden.has("rounds"))
        .flatMap(
            golden ->
                GoldenText.each(golden.get("rounds"))
                    .map(round -> Arguments.of(golden.get("id").textValue(), golden, round)));
  }

  static Stream<JsonNode> goldenErrors() {
    return GoldenText.each(cases()).filter(golden -> golden.has("expect_error"));
  }

  private static JsonNode cases() {
    return GoldenText.json(GoldenText.GOLDEN.resolve("cases.json")).get("cases");
  }

  private static PromptStyle style(JsonNode golden) {
    return golden.has("style") ? PromptStyle.HARNESS : PromptStyle.CHAT;
  }

  private static Request request(JsonNode golden, JsonNode round) {
    List<Turn> history = new ArrayList<>();
    round
        .get("history")
        .forEach(pair -> history.add(new Turn(pair.get(0).textValue(), pair.get(1).textValue())));
    String meta = golden.get("meta_instruction").textValue();
    return request(
        golden.get("images").size(),
        round.get("query").textValue(),
        history,
        style(golden),
        SpecialText.AS_PUBLISHED,
        meta.equals("default") ? PromptAssembler.DEFAULT_META_INSTRUCTION : meta);
  }

  private static Request request(
      int images,
      String query,
      List<Turn> history,
      PromptStyle style,
      SpecialText specialText,
      String meta) {
    return new Request(
        Collections.nCopies(images, new ImageSource.Encoded(new byte[0])),
        query,
        history,
        style,
        specialText,
        meta,
        Request.DEFAULT_HD_NUM,
        GenerationOptions.greedy(1));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("goldenRounds")
  void assemblesTheGoldenPrompts(String id, JsonNode golden, JsonNode round) {
    Prompt prompt = ASSEMBLER.assemble(request(golden, round));

    int[] imageTokens = new int[golden.get("images").size()];
    List<Segment> expected = new ArrayList<>();
    for (JsonNode segment : round.get("prompt_segments")) {
      if (segment.get("type").textValue().equals("text")) {
        expected.add(new Segment.Text(GoldenText.ints(segment.get("ids"))));
      } else {
        int index = segment.get("index").intValue();
        imageTokens[index] = segment.get("count").intValue();
        expected.add(new Segment.Image(index));
      }
    }
    assertThat(prompt.segments()).usingRecursiveComparison().isEqualTo(expected);
    assertThat(ASSEMBLER.lengthWithinLimit(prompt, imageTokens))
        .isEqualTo(round.get("prompt_length").intValue());
    assertThat(prompt.startsFromEmbeddings()).isEqualTo(imageTokens.length > 0);
  }

  @ParameterizedTest
  @MethodSource("goldenErrors")
  void refusesAWrongNumberOfMarkersInThePublishedWords(JsonNode golden) {
    assertThatThrownBy(() -> ASSEMBLER.assemble(request(golden, golden)))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining(golden.get("expect_error").textValue())
        .hasMessageContaining("for 1 images");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("goldenRounds")
  void givesTheGoldenAnswerTexts(String id, JsonNode golden, JsonNode round) {
    AnswerText answer = new AnswerText(TOKENIZER, style(golden));

    for (JsonNode run : round.get("runs")) {
      int[] ids = GoldenText.ints(run.get("output_ids"));
      String text = run.get("text").textValue();
      assertThat(answer.of(ids)).isEqualTo(text);
      assertThat(streamed(answer.stream(), ids)).isEqualTo(text);
    }
  }

  static String streamed(TextStream stream, int[] ids) {
    StringBuilder text = new StringBuilder();
    for (int id : ids) {
      text.append(stream.push(id));
    }
    return text.append(stream.finish()).toString();
  }
}
