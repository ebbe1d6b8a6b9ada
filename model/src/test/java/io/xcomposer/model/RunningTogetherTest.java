package io.xcomposer.model;

import static io.xcomposer.model.TinyRequests.GOLDEN;
import static io.xcomposer.model.TinyRequests.GREEDY;
import static io.xcomposer.model.TinyRequests.ask;
import static io.xcomposer.model.TinyRequests.image;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.RgbImage;
import io.xcomposer.model.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that run together, on the tiny checkpoint of the golden set. */
@Timeout(120)
class RunningTogetherTest {
  private static final int MANY_TEXTS = 2000;

  private final XComposerEngine engine = open(0);

  private static XComposerEngine open(int kvCacheTokens) {
    return XComposerEngine.open(
        GOLDEN.resolve("checkpoint"),
        new EngineOptions(
            "cpu", DType.F32, 1, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, kvCacheTokens));
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private List<Answer> together(Request... requests) {
    return engine.submitTogether(List.of(requests)).stream().map(CompletableFuture::join).toList();
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A page of 2x2 tiles of which the lower two are white, the upper two of the seed's noise. */
  private static ImageSource halfWhite(long seed) {
    int side = 2 * 336;
    byte[] pixels = new byte[3 * side * side];
    Arrays.fill(pixels, (byte) 255);
    Random random = new Random(seed);
    for (int i = 0; i < pixels.length / 2; i++) {
      pixels[i] = (byte) random.nextInt(256);
    }
    return new ImageSource.Decoded(new RgbImage(side, side, pixels));
  }

  /** Every stage runs for an answer that is watched. */
  private Answer watched(Request request) {
    return engine.submit(request, text -> {}, (stage, tensor) -> {}).join();
  }

  private static void assertSame(Answer expected, Answer found) {
    assertThat(found.tokenIds()).isEqualTo(expected.tokenIds());
    assertThat(found.confidence()).isEqualTo(expected.confidence());
  }

  @Test
  void equalViewsRunOnceWithinAPageAndForAllPagesThatWait() {
    List<Request> requests =
        LongStream.range(0, 3).mapToObj(seed -> ask("What?", 4, GREEDY, halfWhite(seed))).toList();
    List<Answer> expected = requests.stream().map(this::watched).toList();
    assertThat(expected).extracting(Answer::encodedViews).containsOnly(5);
    List<Answer> answers = together(requests.toArray(Request[]::new));
    for (int i = 0; i < answers.size(); i++) {
      assertSame(expected.get(i), answers.get(i));
    }
    // which pages meet in the tower depends on when they are prepared
    assertThat(answers.get(0).encodedViews()).isEqualTo(4);
    assertThat(answers.stream().mapToInt(Answer::encodedViews).sum()).isBetween(10, 12);
    assertThat(engine.statistics().sharedViews()).isBetween(3L, 5L);
  }

  @Test
  void aLaterQuestionOnAPageReadsOnlyWhatIsNew() {
    ImageSource page = image("square_336.png");
    Request first = ask("What is shown?", 1, GREEDY, page);
    Request second = ask("How many are there?", 1, GenerationOptions.beams(3, 4), page);
    Answer expected = watched(second);
    try (XComposerEngine other = open(0)) {
      assertThat(other.submit(first).join().cachedPromptTokens()).isZero();
      Answer answer = other.submit(second).join();
      assertSame(expected, answer);
      assertThat(answer.cachedPromptTokens()).isBetween(answer.imageTokens(), 660);
      assertThat(answer.imageCacheHits()).isEqualTo(1);
      assertThat(other.statistics().cachedPromptTokens()).isEqualTo(answer.cachedPromptTokens());
      assertThat(other.statistics().answers()).isEqualTo(2);
    }
  }

  // ---- deadlines, closing, turns

  /** The first text of an answer waits until it is over. */
  private CompletableFuture<Answer> held(CountDownLatch over) {
    return engine.submit(ask("a", 1, GenerationOptions.greedy(16_000)), text -> await(over));
  }

  private static void assertTimesOut(CompletableFuture<Answer> late) {
    assertThatThrownBy(late.orTimeout(50, TimeUnit.MILLISECONDS)::join)
        .hasCauseInstanceOf(TimeoutException.class);
  }

  @Test
  void anAnswerThatIsBeingGeneratedCanTimeOut() {
    CountDownLatch over = new CountDownLatch(1);
    assertTimesOut(held(over));
    over.countDown();
    assertThat(engine.submit(ask("b", 1, GREEDY)).join().tokenIds()).isNotEmpty();
    assertThat(engine.statistics().steps()).isLessThan(2 + 2L * GREEDY.maxNewTokens());
    assertThat(engine.statistics().answers()).isEqualTo(1);
  }

  @Test
  void aRequestThatWaitsBehindOthersCanTimeOut() {
    CountDownLatch over = new CountDownLatch(1);
    CompletableFuture<Answer> first = held(over);
    assertTimesOut(engine.submit(ask("What?", 4, GREEDY, halfWhite(1))));
    first.cancel(false);
    over.countDown();
    assertThat(engine.submit(ask("b", 1, GREEDY)).join().tokenIds()).isNotEmpty();
    assertThat(engine.statistics().encodedViews()).isZero();
    assertThat(engine.statistics().answers()).isEqualTo(1);
  }

  @Test
  void theSecondsOfAnswersAddUpToTheTimeThatTheModelWasAtWork() {
    List<Request> requests = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      requests.add(ask("What?", 4, GREEDY, halfWhite(i)));
      requests.add(ask("And " + i + "?", 4, GenerationOptions.beams(2, 6), halfWhite(i)));
      requests.add(ask("Text " + i, 1, GREEDY));
    }
    List<Answer> answers = together(requests.toArray(Request[]::new));
    double sum =
        answers.stream()
            .map(Answer::seconds)
            .mapToDouble(each -> each.vision() + each.prefill() + each.generate())
            .sum();
    assertThat(sum).isPositive().isCloseTo(engine.statistics().busySeconds(), withinPercentage(1));
  }

  @Test
  void anEngineIsNotClosedFromTheThreadOfItsAnswers() {
    CountDownLatch attached = new CountDownLatch(1);
    CompletableFuture<Void> closing =
        engine.submit(ask("a", 1, GREEDY), text -> await(attached)).thenRun(engine::close);
    attached.countDown();
    assertThatThrownBy(closing::join).hasMessageContaining("cannot be closed");
    assertThat(engine.submit(ask("b", 1, GREEDY)).join().tokenIds()).isNotEmpty();
  }

  /** Texts come as fast as they are answered; the page has to get its turn among them. */
  @Test
  void aPageIsNotStarvedByTextsThatKeepComing() {
    try (XComposerEngine busy = open(1024)) {
      AtomicInteger texts = new AtomicInteger();
      CompletableFuture<Answer> page = new CompletableFuture<>();
      for (int i = 0; i < 40; i++) {
        keepAsking(busy, texts, page);
      }
      busy.submit(ask("What?", 1, GREEDY, image("square_336.png"))).thenAccept(page::complete);
      assertThat(page.join().tokenIds()).isNotEmpty();
      assertThat(texts).hasValueLessThan(MANY_TEXTS);
    }
  }

  private static void keepAsking(Engine engine, AtomicInteger texts, CompletableFuture<?> until) {
    int number = texts.incrementAndGet();
    if (number < MANY_TEXTS && !until.isDone()) {
      var unused =
          engine
              .submit(ask("Text " + number + " ?", 1, GREEDY))
              .thenRun(() -> keepAsking(engine, texts, until));
    }
  }
}
