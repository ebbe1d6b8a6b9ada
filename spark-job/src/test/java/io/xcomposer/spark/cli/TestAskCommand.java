package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.conf.Defaults;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestAskCommand {
  @TempDir private Path model;
  private Path page;

  @BeforeEach
  void writePage() throws IOException {
    page = Files.writeString(model.resolve("page.png"), "page");
  }

  private CommandRun ask(String... more) {
    List<String> args = new ArrayList<>(List.of("ask", "--model", model.toString()));
    args.addAll(List.of(more));
    return CommandRun.of(args.toArray(String[]::new));
  }

  private FakeEngine engine() {
    return FakeEngine.of(model.toString());
  }

  private Request request() {
    return engine().requests.element();
  }

  @Test
  void theAnswerIsALineOnStandardOutputAndNothingElse() {
    CommandRun run = ask("--image", page.toString(), "--question", "Was ist das – 什么?");

    assertThat(run).isEqualTo(new CommandRun(0, "page|<ImageHere>Was ist das – 什么?\n", ""));
    assertThat(engine().closed).isTrue();
  }

  @Test
  void defaultsAreThoseOfTheModelCardsChat() {
    ask("--image", page.toString(), "--question", "Why?");

    assertThat(request().hdNum()).isEqualTo(25);
    assertThat(request().generation()).isEqualTo(GenerationOptions.greedy(1024));
    assertThat(request().style()).isEqualTo(PromptStyle.CHAT);
    assertThat(request().specialText()).isEqualTo(SpecialText.AS_PUBLISHED);
    assertThat(request().metaInstruction())
        .startsWith("You are an AI assistant")
        .endsWith("based on the provided image.");
    assertThat(engine().options.dtype()).isEqualTo(DType.F32);
    assertThat(engine().options.threads()).isEqualTo(Runtime.getRuntime().availableProcessors());
  }

  @Test
  void everyFlagReachesTheEngine() {
    ask(
        "--question=Why?",
        "--hd-num=55",
        "--num-beams=3",
        "--max-new-tokens=7",
        "--repetition-penalty=1.5",
        "--length-penalty=0.5",
        "--early-stopping",
        "--meta-instruction=",
        "--special-text=neutralized",
        "--dtype=bf16",
        "--threads=3",
        "--device=cpu",
        "--max-image-pixels=1000",
        "--kv-cache-tokens=2000",
        "--memory=3g");

    assertThat(request())
        .isEqualTo(
            new Request(
                List.of(),
                "Why?",
                List.of(),
                PromptStyle.CHAT,
                SpecialText.NEUTRALIZED,
                "",
                55,
                new GenerationOptions(7, 3, 1.5f, 0.5, true, null)));
    assertThat(engine().options)
        .isEqualTo(new EngineOptions("cpu", DType.BF16, 3, 1000, 2000, 3L << 30));
  }

  @Test
  void theHarnessStyleReachesTheEngine() {
    ask("--question=Why?", "--prompt-style=harness");

    assertThat(request().style()).isEqualTo(PromptStyle.HARNESS);
    assertThat(request().query()).isEqualTo("Why?");
  }

  @ParameterizedTest
  @CsvSource({
    "--length-penalty=0.5, --num-beams=1, --length-penalty only works with --num-beams above 1",
    "--early-stopping, --num-beams=1, --early-stopping only works with --num-beams above 1",
    "--meta-instruction=x, --prompt-style=harness, --meta-instruction only works with --prompt-style chat"
  })
  void aFlagThatWouldDoNothingIsAUsageError(String flag, String other, String problem) {
    CommandRun run = ask("--question=Why?", flag, other);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("xcomposer ask: " + problem);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cuda", "cuda:0"})
  void aDeviceOfAnotherBuildIsNamedBeforeTheModelIsOpened(String device) {
    CommandRun run = ask("--question=Why?", "--device", device);

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("device " + device + ": this build has no CUDA backend");
  }

  @Test
  void ofSeveralImagesTheBrokenOneIsNamed() throws IOException {
    Path whole = model.resolve("whole.gif");
    Files.write(
        whole,
        HexFormat.of()
            .parseHex(
                "47494638396101000100800000000000ffffff2c000000000100010000020244010" + "03b"));
    Path broken = Files.writeString(model.resolve("h.png"), "broken");

    CommandRun run =
        ask("--image", whole.toString(), "--image", broken.toString(), "--question", "Same?");

    assertThat(run.err())
        .isEqualTo(
            "xcomposer ask: --image "
                + broken
                + " (number 2): the image is not one. To fix: give a picture.\n");
  }

  @Test
  void aShortageOfMemoryNamesTheHeapAndHowToRaiseIt() throws IOException {
    Files.writeString(page, "memory");

    CommandRun run = ask("--image", page.toString(), "--question", "Why?");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("Java heap space").contains("XCOMPOSER_HEAP");
  }

  @Test
  void aBugIsShownAsItIsAndNotAsWhatCarriedIt() throws IOException {
    Files.writeString(page, "bug");

    CommandRun run = ask("--image", page.toString(), "--question", "Why?");

    assertThat(run.err())
        .startsWith("xcomposer ask: java.lang.IndexOutOfBoundsException: index 7\n");
  }

  @Test
  void samplingTakesItsFlags() {
    ask(
        "--question=Why?",
        "--do-sample",
        "--temperature=0.5",
        "--top-p=0.9",
        "--top-k=3",
        "--seed=9");

    assertThat(request().generation().sampling())
        .isEqualTo(new GenerationOptions.Sampling(0.5f, 3, 0.9f, 9));
  }

  @Test
  void samplingHasTheDefaultsOfTheModelCardsChat() {
    ask("--question=Why?", "--do-sample");

    assertThat(request().generation().sampling())
        .isEqualTo(new GenerationOptions.Sampling(1.0f, 50, 0.8f, 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"--temperature=0.5", "--top-p=0.9", "--top-k=3", "--seed=9"})
  void aFlagOfSamplingWithoutSamplingIsAUsageError(String flag) {
    CommandRun run = ask("--question=Why?", flag);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .startsWith(
            "xcomposer ask: "
                + flag.substring(0, flag.indexOf('='))
                + " only works with --do-sample")
        .hasLineCount(2);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--hd-num=0",
        "--hd-num=many",
        "--num-beams=-1",
        "--max-new-tokens=0",
        "--repetition-penalty=0",
        "--length-penalty=NaN",
        "--dtype=f16",
        "--prompt-style=poem",
        "--threads=-2",
        "--threads=0",
        "--special-text=kept",
        "--device=tpu",
        "--max-image-pixels=0",
        "--kv-cache-tokens=-1",
        "--no-such-flag",
        "--question=twice"
      })
  void aValueThatIsNotAllowedIsAUsageError(String flag) {
    CommandRun run = ask("--question=Why?", flag);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("xcomposer ask: ").doesNotContain("\tat ");
  }

  @Test
  void jsonIsOneObjectWithEverythingAboutTheAnswer() throws IOException {
    CommandRun run = ask("--image", page.toString(), "--question", "Why?", "--json");

    assertThat(run.out()).hasLineCount(1);
    JsonNode json = new ObjectMapper().readTree(run.out());
    ((ObjectNode) json.get("seconds")).remove("load");
    assertThat(json)
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"text": "page|<ImageHere>Why?", "token_ids": [11, 12, 2],
                     "prompt_tokens": 40, "image_tokens": 30, "grid": [[2, 1]],
                     "finish_reason": "eos", "confidence": {"mean": 0.75, "min": 0.5},
                     "seconds": {"queued": 0.5, "decode": 0.1, "vision": 0.2, "prefill": 0.3,
                                 "generate": 0.4}}
                    """));
  }

  @Test
  void severalImagesGetAMarkerEach() {
    ask("--image", page.toString(), "--image", page.toString(), "--question", "Same?");

    assertThat(request().images()).hasSize(2);
    assertThat(request().query()).isEqualTo("<ImageHere><ImageHere>Same?");
  }

  @Test
  void aQuestionWithItsOwnMarkerStaysAsItIs() {
    ask("--image", page.toString(), "--question", "What is <ImageHere>?");

    assertThat(request().query()).isEqualTo("What is <ImageHere>?");
  }

  @Test
  void aQuestionMayStartWithAnAtSign() {
    ask("--question", "@me?");

    assertThat(request().query()).isEqualTo("@me?");
  }

  @Test
  void historyWithTheMarkerKeepsTheQuestionFree() throws IOException {
    Path history =
        Files.writeString(
            model.resolve("h.json"),
            "[[\"<ImageHere>Hi\", \"Hello\"], {\"question\": \"q\", \"answer\": \"a\"}]");

    ask("--image", page.toString(), "--question", "Why?", "--history", history.toString());

    assertThat(request().history())
        .containsExactly(new Turn("<ImageHere>Hi", "Hello"), new Turn("q", "a"));
    assertThat(request().query()).isEqualTo("Why?");
  }

  @Test
  void aFileOfQuestionsGetsALineEach() throws IOException {
    Path questions = Files.writeString(model.resolve("q.txt"), "\uFEFFone\r\n\n  two\\n\n");

    CommandRun run = ask("--image", page.toString(), "--questions", questions.toString());

    assertThat(run)
        .isEqualTo(new CommandRun(0, "page|<ImageHere>one\npage|<ImageHere>  two\\\\n\n", ""));
  }

  @Test
  void aFileOfQuestionsInJsonHasAnObjectALine() throws IOException {
    Path questions = Files.writeString(model.resolve("q.txt"), "one\ntwo\n");

    CommandRun run = ask("--questions", questions.toString(), "--json");

    List<String> texts = new ArrayList<>();
    for (String line : run.out().lines().toList()) {
      JsonNode json = new ObjectMapper().readTree(line);
      texts.add(json.get("question").textValue() + json.get("text").textValue());
    }
    assertThat(texts).containsExactly("one|one", "two|two");
  }

  @Test
  void everyQuestionWithoutAnswerHasItsLineAndItsError() throws IOException {
    Files.writeString(page, "broken");
    Path questions = Files.writeString(model.resolve("q.txt"), "one\ntwo\n");

    CommandRun run = ask("--image", page.toString(), "--questions", questions.toString());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).isEqualTo("\n\n");
    assertThat(run.err()).hasLineCount(2).contains("No answer to 'two': ");
  }

  @Test
  void anImageErrorNamesItsFileInOneLine() throws IOException {
    Files.writeString(page, "broken");

    CommandRun run = ask("--image", page.toString(), "--question", "Why?");

    assertThat(run)
        .isEqualTo(
            new CommandRun(
                1,
                "",
                "xcomposer ask: --image "
                    + page
                    + ": the image is not one. To fix: give a picture.\n"));
  }

  @Test
  void verboseShowsWhereAnErrorComesFrom() throws IOException {
    Files.writeString(page, "broken");

    assertThat(ask("--image", page.toString(), "--question", "Why?", "--verbose").err())
        .contains("\tat io.xcomposer.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--image", "--questions", "--history"})
  void aFileThatIsNotThereIsNamed(String option) {
    CommandRun run =
        option.equals("--questions")
            ? ask(option, "nowhere")
            : ask("--question=Why?", option, "nowhere");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .isEqualTo(
            "xcomposer ask: "
                + option
                + " nowhere does not exist. To fix: give an existing file.\n");
  }

  @Test
  void aModelThatIsNotThereIsNamed() {
    CommandRun run = CommandRun.of("ask", "--model", "nowhere", "--question", "Why?");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).startsWith("xcomposer ask: --model nowhere does not exist");
  }

  @Test
  void aQuestionIsNeeded() {
    CommandRun run = ask();

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--question");
  }

  @Test
  void aFileWithoutQuestionIsAnError() throws IOException {
    Path questions = Files.writeString(model.resolve("q.txt"), "\n \n");

    assertThat(ask("--questions", questions.toString()).err()).contains("has no question");
  }

  @Test
  void captionAsksADefaultQuestion() {
    CommandRun run =
        CommandRun.of("caption", "--model", model.toString(), "--image", page.toString());

    assertThat(run.code()).isZero();
    assertThat(request().query()).isEqualTo("<ImageHere>" + Defaults.CAPTION_PROMPT);
  }
}
