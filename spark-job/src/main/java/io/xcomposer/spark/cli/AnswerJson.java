package io.xcomposer.spark.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Answer;
import java.util.Locale;

/** An answer as one line of JSON. */
final class AnswerJson {
  private final ObjectMapper mapper = new ObjectMapper();
  private final double loadSeconds;

  /**
   * The writer of a command.
   *
   * @param loadSeconds how long the model took to load, which all answers share
   */
  AnswerJson(double loadSeconds) {
    this.loadSeconds = loadSeconds;
  }

  /** {@code text}, {@code token_ids} and so on. */
  String line(Answer answer) {
    return write(fields(mapper.createObjectNode(), answer));
  }

  /** The same, behind the {@code question}. */
  String line(String question, Answer answer) {
    return write(fields(mapper.createObjectNode().put("question", question), answer));
  }

  /** A question without answer. */
  String line(String question, String error) {
    return write(mapper.createObjectNode().put("question", question).put("error", error));
  }

  private ObjectNode fields(ObjectNode node, Answer answer) {
    node.put("text", answer.text());
    ArrayNode ids = node.putArray("token_ids");
    answer.tokenIds().forEach(ids::add);
    node.put("prompt_tokens", answer.promptTokens());
    node.put("image_tokens", answer.imageTokens());
    ArrayNode grids = node.putArray("grid");
    answer.grids().forEach(grid -> grids.addArray().add(grid.height()).add(grid.width()));
    node.put("finish_reason", answer.finishReason().name().toLowerCase(Locale.ROOT));
    ObjectNode confidence = node.putObject("confidence");
    confidence.put("mean", answer.confidence().mean());
    confidence.put("min", answer.confidence().min());
    ObjectNode seconds = node.putObject("seconds");
    seconds.put("load", loadSeconds);
    seconds.put("queued", answer.seconds().queued());
    seconds.put("decode", answer.seconds().decode());
    seconds.put("vision", answer.seconds().vision());
    seconds.put("prefill", answer.seconds().prefill());
    seconds.put("generate", answer.seconds().generate());
    return node;
  }

  private String write(ObjectNode node) {
    try {
      return mapper.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("an answer is always JSON", e);
    }
  }
}
