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
}
