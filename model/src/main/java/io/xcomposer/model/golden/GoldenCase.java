package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import io.xcomposer.model.text.PromptAssembler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;

/**
 * A case of {@code cases.json}.
 *
 * @param stageFile safetensors file with stage tensors of the first round, or null
 * @param expectError text that the error must contain, or null; such a case has a single round
 *     without runs
 */
record GoldenCase(
    String id,
    List<String> images,
    int hdNum,
    String metaInstruction,
    PromptStyle style,
    List<Round> rounds,
    List<JsonNode> imageInfo,
    String stageFile,
    String expectError) {

  /**
   * One question of the conversation.
   *
   * @param promptSegments text ids and images, or null
   * @param promptLength positions, 0 when not recorded
   * @param firstStepTopLogits pairs of id and logit after the prompt, or null
   */
  record Round(
      String query,
      List<Turn> history,
      JsonNode promptSegments,
      int promptLength,
      JsonNode firstStepTopLogits,
      List<Run> runs) {}

  /**
   * One way to search the answer.
   *
   * @param stoppedBy null when not recorded
   * @param sequenceScore NaN without beams
   */
  record Run(
      String name,
      GenerationOptions options,
      int[] outputIds,
      String text,
      FinishReason stoppedBy,
      double sequenceScore) {}

  static GoldenCase of(JsonNode node) {
    String meta = node.path("meta_instruction").asText("default");
    List<Round> rounds = new ArrayList<>();
    if (node.has("expect_error")) {
      rounds.add(
          new Round(
              node.get("query").asText(), turns(node.path("history")), null, 0, null, List.of()));
    } else {
      node.get("rounds").forEach(round -> rounds.add(round(round)));
    }
    return new GoldenCase(
        node.get("id").asText(),
        list(node.path("images")).stream().map(JsonNode::asText).toList(),
        node.path("hd_num").asInt(Request.DEFAULT_HD_NUM),
        meta.equals("default") ? PromptAssembler.DEFAULT_META_INSTRUCTION : meta,
        node.path("style").asText("").equals("eval") ? PromptStyle.HARNESS : PromptStyle.CHAT,
        rounds,
        list(node.path("image_info")),
        node.hasNonNull("stage_file") ? node.get("stage_file").asText() : null,
        node.hasNonNull("expect_error") ? node.get("expect_error").asText() : null);
  }

  /**
   * A question of this case.
   *
   * @param dir the golden folder
   */
  Request request(Path dir, Round round, GenerationOptions options) {
    List<Request.ImageSource> sources = new ArrayList<>();
    for (String image : images) {
      sources.add(new Request.ImageSource.Encoded(image(dir, image)));
    }
    return new Request(
        sources,
        round.query(),
        round.history(),
        style,
        SpecialText.AS_PUBLISHED,
        metaInstruction,
        hdNum,
        options);
  }

  /** Bytes of an image file. */
  static byte[] image(Path dir, String name) {
    try {
      return Files.readAllBytes(dir.resolve("images").resolve(name));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Round round(JsonNode node) {
    return new Round(
        node.get("query").asText(),
        turns(node.path("history")),
        node.get("prompt_segments"),
        node.path("prompt_length").asInt(0),
        node.get("first_step_top_logits"),
        list(node.path("runs")).stream().map(GoldenCase::run).toList());
  }

  private static Run run(JsonNode node) {
    if (node.path("do_sample").asBoolean(false)) {
      throw new IllegalArgumentException("a run that samples has no answer to be held to");
    }
    GenerationOptions options =
        new GenerationOptions(
            node.get("max_new_tokens").asInt(),
            node.path("num_beams").asInt(1),
            (float) node.path("repetition_penalty").asDouble(1),
            node.path("length_penalty").asDouble(1),
            node.path("early_stopping").asBoolean(false),
            null);
    return new Run(
        node.path("name").asText("run"),
        options,
        ints(node.get("output_ids")),
        node.get("text").asText(),
        node.has("stopped_by") ? finishReason(node.get("stopped_by").asText()) : null,
        node.path("sequence_score").asDouble(Double.NaN));
  }

  private static FinishReason finishReason(String stoppedBy) {
    return stoppedBy.equals("eos") ? FinishReason.EOS : FinishReason.LENGTH;
  }

  private static List<Turn> turns(JsonNode pairs) {
    return list(pairs).stream()
        .map(pair -> new Turn(pair.get(0).asText(), pair.get(1).asText()))
        .toList();
  }

  static List<JsonNode> list(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).toList();
  }

  static int[] ints(JsonNode array) {
    int[] values = new int[array.size()];
    Arrays.setAll(values, i -> array.get(i).asInt());
    return values;
  }
}
