package io.xcomposer.model;

import static io.xcomposer.model.TinyRequests.GOLDEN;
import static io.xcomposer.model.TinyRequests.GREEDY;
import static io.xcomposer.model.TinyRequests.ask;
import static io.xcomposer.model.TinyRequests.image;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.xcomposer.model.Answer.Confidence;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine on the tiny checkpoint of the golden set, with no room for idle image tokens. */
@Timeout(120)
class XComposerEngineTest {
  private static final EngineOptions OPTIONS =
      new EngineOptions("cpu", DType.F32, 1, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0);

  private final CountingMemory memory = new CountingMemory();
  private final Queue<byte[]> decoded = new ConcurrentLinkedQueue<>();
  private final ImageDecoder decoder = new ImageDecoder(OPTIONS.maxImagePixels());
  private final XComposerEngine engine =
      XComposerEngine.open(
          GOLDEN.resolve("checkpoint"), OPTIONS, memory::backend, this::decode, 0L);

  private RgbImage decode(byte[] bytes) {
    decoded.add(bytes);
    return decoder.decode(bytes);
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private static List<List<Integer>> ids(List<Answer> answers) {
    return answers.stream().map(Answer::tokenIds).toList();
  }

  private List<Answer> together(Request... requests) {
    return engine.submitTogether(List.of(requests)).stream().map(CompletableFuture::join).toList();
  }

  // ---- requests that belong together

  @Test
  void questionsOnOnePageAreAnsweredAsByThemselves() {
    ImageSource page = image("chart_wide.png");
    ImageSource other = image("square_336.png");
    List<Request> requests =
        List.of(
            ask("What is shown?", 4, GREEDY, page),
            ask("How high?", 2, GREEDY, page),
            ask("Why?", 4, GenerationOptions.beams(2, 4), page, other),
            ask("And without?", 4, GREEDY));
    List<Answer> single = requests.stream().map(request -> engine.submit(request).join()).toList();
    List<Answer> together = together(requests.toArray(Request[]::new));
    assertThat(ids(together)).isEqualTo(ids(single));
    assertThat(together)
        .extracting(Answer::text)
        .isEqualTo(single.stream().map(Answer::text).toList());
    assertThat(together)
        .extracting(Answer::confidence)
        .isEqualTo(single.stream().map(Answer::confidence).toList());
  }

  @Test
  void aSharedPageIsDecodedAndEncodedOnceThoughTheCacheHasNoRoomForIt() {
    ImageSource page = image("chart_wide.png");
    ImageSource other = image("square_336.png");
    List<Answer> answers =
        together(
            ask("a", 2, GREEDY, page),
            ask("b", 2, GREEDY, other),
            ask("c", 2, GREEDY, page, other),
            ask("d", 2, GREEDY, page));
    assertThat(decoded).hasSize(2);
    assertThat(answers).extracting(Answer::imageCacheHits).containsExactly(0, 0, 2, 1);
    assertThat(answers).extracting(Answer::encodedViews).containsExactly(3, 1, 0, 0);
  }

  @Test
  void aPageIsForgottenWithItsGroup() {
    ImageSource page = image("square_336.png");
    together(ask("a", 1, GREEDY, page), ask("b", 1, GREEDY, page));
    Answer later = engine.submit(ask("c", 1, GREEDY, page)).join();
    assertThat(later.imageCacheHits()).isZero();
    assertThat(decoded).hasSize(2);
  }

  @Test
  void aPromptThatIsTooLongFailsAlone() {
    ImageSource page = image("square_336.png");
    List<CompletableFuture<Answer>> futures =
        engine.submitTogether(
            List.of(
                ask("a", 1, GREEDY, page),
                ask("word ".repeat(20_000), 1, GREEDY, page),
                ask("c", 1, GREEDY, page)));
    assertThat(futures.get(0).join().tokenIds()).isNotEmpty();
    assertThat(futures.get(2).join().imageCacheHits()).isEqualTo(1);
    assertThat(futures.get(1)).isCompletedExceptionally();
    assertThatThrownBy(futures.get(1)::join)
        .cause()
        .isInstanceOfSatisfying(
            XComposerException.class,
            e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.PROMPT));
  }

  @Test
  void aBrokenImageFailsAllItsRequestsAlikeAndIsReadOnce() {
    ImageSource page = image("square_336.png");
    ImageSource broken = new ImageSource.Encoded(new byte[] {1, 2, 3});
    List<CompletableFuture<Answer>> futures =
        engine.submitTogether(
            List.of(
                ask("a", 1, GREEDY, broken),
                ask("b", 1, GREEDY, page),
                ask("c", 2, GREEDY, page, broken)));
    Throwable first = catchThrowable(futures.get(0)::join).getCause();
    Throwable last = catchThrowable(futures.get(2)::join).getCause();
    assertThat(futures.get(1).join().tokenIds()).isNotEmpty();
    assertThat(first).isInstanceOf(XComposerException.class).isSameAs(last);
    assertThat(decoded).hasSize(2);
  }

  @Test
  void oneOfAGroupCanBeCancelled() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    CompletableFuture<Answer> first =
        engine.submit(
            ask("first", 1, GREEDY),
            text -> {
              running.countDown();
              await(cancelled);
            });
    ImageSource page = image("square_336.png");
    List<CompletableFuture<Answer>> futures =
        engine.submitTogether(
            List.of(
                ask("a", 1, GREEDY, page), ask("b", 1, GREEDY, page), ask("c", 1, GREEDY, page)));
    running.await();
    futures.get(0).cancel(false);
    cancelled.countDown();
    assertThat(first.join().tokenIds()).isNotEmpty();
    assertThat(futures.get(1).join().imageCacheHits()).isZero();
    assertThat(futures.get(2).join().imageCacheHits()).isEqualTo(1);
    assertThatThrownBy(futures.get(0)::join).isInstanceOf(CancellationException.class);
    assertThat(decoded).hasSize(1);
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- confidence

  @Test
  void theConfidenceOfOneTokenIsThePlainSoftmaxOfItsLogits() {
    Request request =
        ask("?", 1, new GenerationOptions(1, 1, 1f, 1, false, null), image("square_336.png"));
    double[][] logits = new double[1][];
    Answer answer =
        engine
            .submit(
                request,
                text -> {},
                (stage, tensor) -> {
                  if (stage.equals("logits_last")) {
                    ByteBuffer bytes =
                        ByteBuffer.allocateDirect((int) tensor.bytes())
                            .order(ByteOrder.LITTLE_ENDIAN);
                    engine.backend().download(tensor, bytes);
                    logits[0] =
                        IntStream.range(0, bytes.capacity() / Float.BYTES)
                            .mapToDouble(i -> bytes.getFloat(i * Float.BYTES))
                            .toArray();
                  }
                })
            .join();
    double sum =
        IntStream.range(0, logits[0].length).mapToDouble(i -> Math.exp(logits[0][i])).sum();
    double probability = Math.exp(logits[0][answer.tokenIds().get(0)]) / sum;
    assertThat(answer.confidence().mean()).isCloseTo(probability, within(1e-6));
    assertThat(answer.confidence().min()).isCloseTo(probability, within(1e-6));
  }

  /** Without penalties the recorded score is the sum of the answer's log-probabilities. */
  @Test
  void theMeanConfidenceOfBeamsFollowsFromTheRecordedScore() throws IOException {
    JsonNode golden =
        JsonMapper.builder().build().readTree(GOLDEN.resolve("cases.json").toFile()).get("cases");
    JsonNode round = named(golden, "id", "text_only").get("rounds").get(0);
    JsonNode run = named(round.get("runs"), "name", "beam3_lp0_es");
    int limit = run.get("max_new_tokens").asInt();
    Answer answer =
        engine
            .submit(
                ask(
                    round.get("query").asText(),
                    1,
                    new GenerationOptions(limit, 3, 1f, 0, true, null)))
            .join();
    double mean = Math.exp(run.get("sequence_score").asDouble() / run.get("output_ids").size());
    assertThat(answer.confidence().mean()).isCloseTo(mean, within(1e-5));
    assertThat(answer.confidence().min()).isLessThan(mean);
  }

  private static JsonNode named(JsonNode list, String field, String name) {
    return StreamSupport.stream(list.spliterator(), false)
        .filter(node -> node.get(field).asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aSampledAnswerHasAConfidenceToo() {
    GenerationOptions sampled =
        new GenerationOptions(
            8, 1, 1.005f, 1, false, new GenerationOptions.Sampling(1f, 50, 0.8f, 7));
    Confidence confidence = engine.submit(ask("?", 1, sampled)).join().confidence();
    assertThat(confidence.min()).isBetween(0.001, confidence.mean());
  }

  // ---- closing

  @Test
  void closingEndsWhatRunsAndWhatWaitsWithAnError() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch closing = new CountDownLatch(1);
    CompletableFuture<Answer> first =
        engine.submit(
            ask("long", 1, GenerationOptions.greedy(10_000)),
            text -> {
              running.countDown();
              await(closing); // or a fast machine has the whole answer before the close
            });
    List<CompletableFuture<Answer>> behind =
        engine.submitTogether(
            List.of(
                ask("a", 1, GenerationOptions.greedy(10_000)),
                ask("b", 1, GenerationOptions.beams(2, 10_000))));
    running.await();
    Thread closer = new Thread(engine::close, "closer");
    closer.start();
    while (!engine.submit(ask("c", 1, GREEDY)).isCompletedExceptionally()) {
      Thread.sleep(1); // until it takes no more requests
    }
    closing.countDown();
    closer.join();
    for (CompletableFuture<Answer> each : List.of(first, behind.get(0), behind.get(1))) {
      assertThatThrownBy(each::join)
          .cause()
          .isInstanceOf(XComposerException.class)
          .hasMessageContaining("closed");
    }
    assertThatThrownBy(engine.submit(ask("c", 1, GREEDY))::join).hasMessageContaining("closed");
  }

  @Test
  void closingFreesEveryTensor() {
    together(ask("a", 1, GREEDY, image("square_336.png")), ask("b", 1, GREEDY));
    assertThat(memory.openTensors()).isPositive();
    engine.close();
    assertThat(memory.openTensors()).isZero();
  }

  @Test
  void aRunningEngineHoldsNoMoreTensorsAfterManyRequestsThanAfterOne() {
    Request request = ask("a", 1, GREEDY, image("square_336.png"));
    engine.submit(request).join();
    engine.submit(ask("settle", 1, GREEDY)).join();
    int before = memory.openTensors();
    for (int i = 0; i < 5; i++) {
      engine.submit(request).join();
    }
    engine.submit(ask("settle", 1, GREEDY)).join();
    assertThat(memory.openTensors()).isEqualTo(before);
  }
}
