package io.xcomposer.model;

import io.xcomposer.model.Answer.Grid;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.PromptAssembler;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * The stages before the model, on threads of their own and ahead of it: images to pages, question
 * to prompt. Groups are taken in the order of their submission; the requests of a group come one
 * behind the other. Pixels that the model has not looked at are bounded by bytes.
 */
final class Preparation implements AutoCloseable {
  /** Pixels of the pages that are ready: fourteen of 55 tiles. */
  private static final long LOOK_AHEAD_BYTES = 256L << 20;

  /** The model needs the cores more: a second thread where there are this many. */
  private static final int CORES_FOR_TWO_THREADS = 4;

  private final PromptAssembler promptAssembler;
  private final LookAhead lookAhead = new LookAhead(LOOK_AHEAD_BYTES);
  private final ExecutorService threads;

  /**
   * A request whose images and text are ready for the model.
   *
   * @param pages of its images
   * @param forget gives the pages' memory back to the look-ahead, once
   */
  record Prepared(Inputs inputs, List<Page> pages, Runnable forget) {
    Submission submission() {
      return inputs.submission();
    }
  }

  /**
   * What is needed of a request when its pixels have been looked at.
   *
   * @param pages what its images are known by
   * @param promptTokens positions of the prompt
   * @param imageTokens image positions among them
   * @param seconds that the preparation took
   */
  record Inputs(
      Submission submission,
      Prompt prompt,
      List<PixelHash> pages,
      List<Grid> grids,
      int promptTokens,
      int imageTokens,
      double seconds) {}

  /**
   * Threads that wait for work.
   *
   * @param cores of the engine
   */
  Preparation(PromptAssembler promptAssembler, int cores) {
    this.promptAssembler = promptAssembler;
    AtomicInteger number = new AtomicInteger();
    threads =
        Executors.newFixedThreadPool(
            cores < CORES_FOR_TWO_THREADS ? 1 : 2,
            task -> {
              Thread thread = new Thread(task, "xcomposer-prepare-" + number.getAndIncrement());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Prepares the requests of a group; an error fails that request alone.
   *
   * @param ready gets each, in their order, on a thread of this class
   * @param afterwards runs behind the last
   */
  void submit(
      PageGroup group,
      List<Submission> submissions,
      Consumer<Prepared> ready,
      Runnable afterwards) {
    try {
      threads.execute(
          () -> {
            submissions.forEach(submission -> prepare(group, submission, ready));
            afterwards.run();
          });
    } catch (RejectedExecutionException e) {
      submissions.forEach(submission -> submission.fail(Errors.closed()));
    }
  }

  private void prepare(PageGroup group, Submission submission, Consumer<Prepared> ready) {
    try {
      ready.accept(prepared(group, submission));
    } catch (RuntimeException | Error e) {
      submission.fail(e);
    } finally {
      group.leave(submission.member());
    }
  }

  private Prepared prepared(PageGroup group, Submission submission) {
    submission.requireWanted();
    long start = System.nanoTime();
    Prompt prompt = promptAssembler.assemble(submission.request());
    List<HdPlan> plans = group.plans(submission.member());
    int[] imageTokens = plans.stream().mapToInt(HdPlan::imageTokens).toArray();
    int promptTokens = promptAssembler.lengthWithinLimit(prompt, imageTokens);
    double seconds = secondsSince(start);
    Runnable forget = lookAhead.acquire(plans.stream().mapToLong(HdPlan::paddedBytes).sum());
    try {
      submission.requireWanted();
      start = System.nanoTime();
      List<Page> pages = group.pages(submission.member());
      Inputs inputs =
          new Inputs(
              submission,
              prompt,
              pages.stream().map(Page::hash).toList(),
              pages.stream().map(Page::grid).toList(),
              promptTokens,
              Arrays.stream(imageTokens).sum(),
              seconds + secondsSince(start));
      return new Prepared(inputs, pages, forget);
    } catch (RuntimeException | Error e) {
      forget.run();
      throw e;
    }
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Waits for the request that is being prepared; those behind it fail. */
  @Override
  public void close() {
    lookAhead.close();
    threads.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (threads.awaitTermination(1, TimeUnit.HOURS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true; // what is prepared goes to a thread that must be there still
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
