package io.xcomposer.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Answers questions about images with one model on one device. Thread-safe: many tasks share one.
 * Whoever opened it closes it; what is running then ends with an error.
 */
public interface Engine extends AutoCloseable {

  /**
   * Loads a checkpoint in the layout of the hub.
   *
   * @throws XComposerException when the checkpoint does not fit what the model needs (all
   *     differences at once), the device is not there, or the memory does not suffice
   */
  static Engine open(Path checkpoint, EngineOptions options) {
    return XComposerEngine.open(checkpoint, options);
  }

  /**
   * Answers a request. Errors of the request (an image that cannot be read, a prompt that is too
   * long) complete the future exceptionally with {@link XComposerException} and touch no other
   * request. A future that is completed from outside, by {@code cancel} or {@code orTimeout}, is
   * not worked for any more, wherever it stands. What is attached to a future runs on the engine's
   * thread: it must neither wait for another answer nor close the engine. Requests run together, in
   * the order in which there is memory for them; an answer does not depend on the others.
   *
   * @param onText gets each piece of a greedy answer's text as it is known, on the engine's thread;
   *     of a beam search the whole text at its end
   */
  CompletableFuture<Answer> submit(Request request, Consumer<String> onText);

  /** {@link #submit(Request, Consumer)} without streaming. */
  default CompletableFuture<Answer> submit(Request request) {
    return submit(request, text -> {});
  }

  /**
   * Submits requests that belong together, such as the questions of one row, to be prepared one
   * behind the other. An {@link Request.ImageSource} that several of them share, as the same
   * instance or over the same array, is decoded, resized (for each {@code hd_num}) and encoded
   * once. One that cannot be read fails every request that has it, with the same error; any other
   * failure is that request's alone. Each future can be cancelled by itself.
   *
   * @return a future for each request, in their order
   */
  default List<CompletableFuture<Answer>> submitTogether(List<Request> requests) {
    return requests.stream().map(this::submit).toList();
  }

  /** Answers all requests, in their order; the first failure is thrown. */
  default List<Answer> answer(List<Request> requests) {
    List<CompletableFuture<Answer>> futures = new ArrayList<>();
    for (Request request : requests) {
      futures.add(submit(request));
    }
    List<Answer> answers = new ArrayList<>();
    for (CompletableFuture<Answer> future : futures) {
      answers.add(future.join());
    }
    return answers;
  }

  /** What has been done so far. */
  default EngineStatistics statistics() {
    return EngineStatistics.NONE;
  }

  @Override
  void close();
}
