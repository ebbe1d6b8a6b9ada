package io.xcomposer.spark.engine;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request;
import io.xcomposer.model.SpecialText;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** Answers nothing by itself: a test takes each question and says what becomes of it. */
final class ManualEngine implements Engine {
  /** A question that the engine was asked. */
  record Asked(String query, CompletableFuture<Answer> future) {
    void answer() {
      future.complete(answerOf(query));
    }
  }

  private final BlockingQueue<Asked> asked = new LinkedBlockingQueue<>();
  volatile boolean closed;

  /** Gives this one engine. */
  EngineOpener opener() {
    return new AnyCheckpointOpener() {
      private static final long serialVersionUID = 1L;

      @Override
      public Engine open(Path checkpoint, EngineOptions options) {
        return ManualEngine.this;
      }
    };
  }

  static Request request(String query) {
    return new Request(
        List.of(),
        query,
        List.of(),
        PromptStyle.CHAT,
        SpecialText.NEUTRALIZED,
        "",
        1,
        new GenerationOptions(8, 1, 1, 1, false, null));
  }

  static Answer answerOf(String query) {
    return new Answer(
        "answer to " + query,
        List.of(5, 2),
        10,
        4,
        List.of(),
        Answer.FinishReason.EOS,
        Double.NaN,
        new Answer.Confidence(1, 1),
        1,
        3,
        0,
        new Answer.StageSeconds(1, 2, 3, 4, 5));
  }

  @Override
  public CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
    CompletableFuture<Answer> future = new CompletableFuture<>();
    asked.add(new Asked(request.query(), future));
    return future;
  }

  /** The question that was asked next; waits for it. */
  Asked next() throws InterruptedException {
    Asked next = asked.poll(60, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("nothing was asked");
    }
    return next;
  }

  boolean nothingAsked() {
    return asked.isEmpty();
  }

  @Override
  public void close() {
    closed = true;
  }
}
