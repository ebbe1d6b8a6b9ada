package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The timeouts guard against hangs. */
@Timeout(60)
class RequestPipelineTest {
  private final RequestPipeline pipeline = new RequestPipeline();

  @Test
  void requestsAreAnsweredInTheirOrder() {
    StringBuffer order = new StringBuffer();
    List<CompletableFuture<Integer>> futures =
        IntStream.range(0, 5)
            .mapToObj(
                i ->
                    pipeline.submit(
                        () -> i,
                        (prepared, stopped) -> {
                          order.append(prepared);
                          return prepared;
                        }))
            .toList();
    assertThat(futures.stream().map(CompletableFuture::join)).containsExactly(0, 1, 2, 3, 4);
    assertThat(order).hasToString("01234");
    pipeline.close();
  }

  @Test
  void anErrorOfEitherStageIsThatRequestsAlone() {
    CompletableFuture<String> unprepared =
        pipeline.submit(
            () -> {
              throw Errors.image("no bytes", "give an image");
            },
            (prepared, stopped) -> "never");
    CompletableFuture<String> failed =
        pipeline.submit(
            () -> 1,
            (prepared, stopped) -> {
              throw new IllegalStateException("broken");
            });
    CompletableFuture<String> whole = pipeline.submit(() -> 1, (prepared, stopped) -> "answer");
    assertThatThrownBy(unprepared::join)
        .isInstanceOf(CompletionException.class)
        .hasCauseInstanceOf(XComposerException.class);
    assertThatThrownBy(failed::join).hasCauseInstanceOf(IllegalStateException.class);
    assertThat(whole.join()).isEqualTo("answer");
    pipeline.close();
  }

  @Test
  void aCancelledRequestIsToldToStopAndTheNextOneIsAnswered() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CompletableFuture<String> cancelled =
        pipeline.submit(
            () -> 1,
            (prepared, stopped) -> {
              running.countDown();
              while (!stopped.getAsBoolean()) {
                Thread.onSpinWait();
              }
              throw new CancellationException("stopped");
            });
    running.await();
    cancelled.cancel(false);
    assertThat(pipeline.submit(() -> 1, (prepared, stopped) -> "next").join()).isEqualTo("next");
    pipeline.close();
  }

  @Test
  void closingStopsWhatRunsAndFailsWhatWaits() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    AtomicBoolean ran = new AtomicBoolean();
    CompletableFuture<String> first =
        pipeline.submit(
            () -> 1,
            (prepared, stopped) -> {
              running.countDown();
              while (!stopped.getAsBoolean()) {
                Thread.onSpinWait();
              }
              throw new CancellationException("stopped");
            });
    CompletableFuture<String> second =
        pipeline.submit(
            () -> 2,
            (prepared, stopped) -> {
              ran.set(true);
              return "never";
            });
    running.await();
    pipeline.close();
    assertThatThrownBy(first::join).hasMessageContaining("closed");
    assertThatThrownBy(second::join).hasMessageContaining("closed");
    assertThat(ran).isFalse();
  }

  @Test
  void aClosedPipelineTakesNothingMore() {
    pipeline.close();
    assertThatThrownBy(pipeline.submit(() -> 1, (prepared, stopped) -> "never")::join)
        .hasMessageContaining("closed");
  }

  private static RequestPipeline.Work<String, String> recorded(String name, StringBuffer order) {
    return new RequestPipeline.Work<>(
        () -> name,
        (prepared, stopped) -> {
          order.append(prepared);
          return prepared;
        });
  }

  @Test
  void requestsThatBelongTogetherRunBehindEachOtherThenWhatComesAfterwards() {
    StringBuffer order = new StringBuffer();
    List<RequestPipeline.Work<String, String>> works =
        IntStream.range(0, 5).mapToObj(i -> recorded("a" + i, order)).toList();
    List<CompletableFuture<String>> together =
        pipeline.submitTogether(works, () -> order.append("end"));
    assertThat(pipeline.submit(() -> "b", recorded("b", order).run()).join()).isEqualTo("b");
    assertThat(together.stream().map(CompletableFuture::join))
        .containsExactly("a0", "a1", "a2", "a3", "a4");
    assertThat(order).hasToString("a0a1a2a3a4endb");
    pipeline.close();
  }

  @Test
  void oneOfThemCanBeCancelledAndTheOthersAreAnswered() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    CountDownLatch cancelled = new CountDownLatch(1);
    StringBuffer order = new StringBuffer();
    RequestPipeline.Work<String, String> waiting =
        new RequestPipeline.Work<>(
            () -> "a",
            (prepared, stopped) -> {
              running.countDown();
              awaitUninterruptibly(cancelled);
              return prepared;
            });
    List<CompletableFuture<String>> together =
        pipeline.submitTogether(
            List.of(waiting, recorded("b", order), recorded("c", order), recorded("d", order)),
            () -> {});
    running.await();
    together.get(2).cancel(false);
    cancelled.countDown();
    assertThat(together.get(0).join()).isEqualTo("a");
    assertThat(together.get(3).join()).isEqualTo("d");
    assertThat(order).hasToString("bd");
    pipeline.close();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatComesAfterwardsRunsEvenWhenNoneOfThemCouldBePrepared() throws InterruptedException {
    RequestPipeline.Work<String, String> broken =
        new RequestPipeline.Work<>(
            () -> {
              throw Errors.image("no bytes", "give an image");
            },
            (prepared, stopped) -> "never");
    CountDownLatch afterwards = new CountDownLatch(1);
    List<CompletableFuture<String>> together =
        pipeline.submitTogether(List.of(broken, broken, broken), afterwards::countDown);
    afterwards.await();
    assertThat(together).allMatch(CompletableFuture::isCompletedExceptionally);
    pipeline.close();
  }

  @Test
  void closingFailsAllThatBelongTogetherAndAreNotAnswered() throws InterruptedException {
    CountDownLatch running = new CountDownLatch(1);
    RequestPipeline.Work<String, String> endless =
        new RequestPipeline.Work<>(
            () -> "a",
            (prepared, stopped) -> {
              running.countDown();
              while (!stopped.getAsBoolean()) {
                Thread.onSpinWait();
              }
              throw new CancellationException("stopped");
            });
    List<CompletableFuture<String>> together =
        pipeline.submitTogether(List.of(endless, endless, endless, endless), () -> {});
    running.await();
    pipeline.close();
    for (CompletableFuture<String> each : together) {
      assertThatThrownBy(each::join).hasMessageContaining("closed");
    }
  }
}
