package io.xcomposer.spark.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Errors;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import io.xcomposer.spark.conf.PromptSettings;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestRowCodec {
  private static final StructType PAGES =
      new StructType()
          .add("id", DataTypes.LongType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType);

  private static final Question COLUMN = new Question.Column("question");

  private static RowCodec codec(StructType schema, String image, Question question) {
    return new RowCodec(
        schema,
        image,
        question,
        new PromptSettings(PromptStyle.CHAT, SpecialText.NEUTRALIZED, "system", 9),
        GenerationOptions.greedy(8),
        1_000_000,
        new Configuration(false));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void aRowBecomesARequestWithTheImageInFrontOfItsQuestion() {
    Request request =
        codec(PAGES, "image", COLUMN).request(RowFactory.create(1L, bytes("page"), "Why?"));

    assertThat(request.query()).isEqualTo("<ImageHere>Why?");
    assertThat(request.images()).hasSize(1);
    assertThat(request.metaInstruction()).isEqualTo("system");
    assertThat(request.hdNum()).isEqualTo(9);
    assertThat(request.specialText()).isEqualTo(SpecialText.NEUTRALIZED);
  }

  @Test
  void aConstantQuestionIsAskedOfEveryRow() {
    RowCodec codec = codec(PAGES, "image", new Question.Constant("What?"));

    assertThat(codec.request(RowFactory.create(1L, bytes("page"), null)).query())
        .isEqualTo("<ImageHere>What?");
  }

  @Test
  void columnNamesMatchWithoutRegardToCase() {
    RowCodec codec = codec(PAGES, "IMAGE", new Question.Column("Question"));

    assertThat(codec.request(RowFactory.create(1L, bytes("page"), "Why?")).query())
        .isEqualTo("<ImageHere>Why?");
  }

  @Test
  void aNullImageIsAnErrorOfItsRow() {
    RowCodec codec = codec(PAGES, "image", COLUMN);

    assertThatThrownBy(() -> codec.request(RowFactory.create(1L, null, "Why?")))
        .hasMessageContaining("image column 'image' is null");
  }

  @Test
  void aNullQuestionIsAnErrorOfItsRow() {
    RowCodec codec = codec(PAGES, "image", COLUMN);

    assertThatThrownBy(() -> codec.request(RowFactory.create(1L, bytes("page"), null)))
        .hasMessageContaining("question column 'question' is null");
  }

  @Test
  void anAnswerFillsAllColumnsButTheError() {
    Answer answer =
        new Answer(
            "Because.",
            List.of(5, 6, 2),
            50,
            42,
            List.of(new Answer.Grid(3, 2)),
            Answer.FinishReason.LENGTH,
            Double.NaN,
            new Answer.Confidence(0.75, 0.5),
            0,
            7,
            new Answer.StageSeconds(0, 0, 0, 0, 0));

    assertThat(codec(PAGES, "image", COLUMN).answered(RowFactory.create(7L, null, "Why?"), answer))
        .isEqualTo(
            RowFactory.create(
                7L, null, "Why?", "Because.", "length", 50, 42, 3, 0.75, null, null, 0));
  }

  @Test
  void anErrorLeavesTheOtherColumnsNull() {
    assertThat(
            codec(PAGES, "image", COLUMN)
                .failed(
                    RowFactory.create(7L, null, "Why?"), Errors.image("no pixels", "give some")))
        .isEqualTo(
            RowFactory.create(
                7L,
                null,
                "Why?",
                null,
                null,
                null,
                null,
                null,
                null,
                "IMAGE: no pixels. To fix: give some.",
                "io.xcomposer.model.XComposerException",
                0));
  }

  @Test
  void anUnexpectedErrorSaysItsClass() {
    var row =
        codec(PAGES, "image", COLUMN)
            .failed(RowFactory.create(7L, null, "Why?"), new IllegalStateException("odd"));

    assertThat(row.getString(9)).isEqualTo("INTERNAL: java.lang.IllegalStateException: odd");
  }

  @ParameterizedTest
  @ValueSource(strings = {"answer", "Error", "NEW_TOKENS"})
  void anInputWithAnOutputColumnIsRefused(String name) {
    assertThatThrownBy(() -> codec(PAGES.add(name, DataTypes.StringType), "image", COLUMN))
        .hasMessageContaining("already has the output's columns " + name)
        .hasMessageContaining("rename or drop");
  }

  @Test
  void aMissingColumnIsRefusedWithTheNamesThatThereAre() {
    assertThatThrownBy(() -> codec(PAGES, "page", COLUMN))
        .hasMessageContaining("no column 'page'")
        .hasMessageContaining("give image-column one of id, image, question");
  }

  @Test
  void aQuestionColumnOfNumbersIsRefused() {
    assertThatThrownBy(() -> codec(PAGES, "image", new Question.Column("id")))
        .hasMessageContaining("question column 'id' has type bigint");
  }

  @Test
  void anImageColumnOfNumbersIsRefused() {
    assertThatThrownBy(() -> codec(PAGES, "id", COLUMN))
        .hasMessageContaining("image column 'id' has type bigint");
  }

  @Test
  void harnessQuestionsMayBeNeutralized() {
    PromptSettings prompt = new PromptSettings(PromptStyle.HARNESS, SpecialText.NEUTRALIZED, "", 9);

    Request request = prompt.ask(List.of(), "Why?", List.of(), GenerationOptions.greedy(8));

    assertThat(request.style()).isEqualTo(PromptStyle.HARNESS);
    assertThat(request.specialText()).isEqualTo(SpecialText.NEUTRALIZED);
  }
}
