package io.xcomposer.spark.job;

import io.xcomposer.model.Answer.StageSeconds;
import io.xcomposer.spark.engine.EngineReport;
import io.xcomposer.spark.sql.AnswerPagesExec;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the engines of a job have done, summed over its executors: the sums that the operator's node
 * shows in Spark's SQL tab.
 *
 * @param views that the vision tower ran: tiles and global views
 * @param reusedViews that it did not run, as they were found or equal to others
 * @param imageCacheHits images that were found already encoded
 * @param cachedPromptTokens positions of prompts that were not read, as an earlier one started
 *     alike
 * @param seconds of each stage; {@code queued} is the time that tasks waited for answers
 * @param engines those that answered, one for each executor and device
 */
public record EngineWork(
    long views,
    long reusedViews,
    long imageCacheHits,
    long cachedPromptTokens,
    StageSeconds seconds,
    List<EngineReport> engines) {

  static final EngineWork NONE =
      new EngineWork(0, 0, 0, 0, new StageSeconds(0, 0, 0, 0, 0), List.of());

  private static final double NANOS = 1e9;

  public EngineWork {
    engines = List.copyOf(engines);
  }

  /** The work of an operator that has run. */
  static EngineWork of(AnswerPagesExec operator) {
    return new EngineWork(
        operator.total("tiles"),
        operator.total("reusedViews"),
        operator.total("imageCacheHits"),
        operator.total("cachedPromptTokens"),
        new StageSeconds(
            operator.total("decode") / NANOS,
            operator.total("vision") / NANOS,
            operator.total("prefill") / NANOS,
            operator.total("generate") / NANOS,
            operator.total("wait") / NANOS),
        operator.reports().value());
  }

  EngineWork plus(EngineWork other) {
    Map<List<String>, EngineReport> all = new LinkedHashMap<>();
    engines.forEach(engine -> all.put(place(engine), engine));
    other.engines.forEach(engine -> all.put(place(engine), engine));
    StageSeconds a = seconds;
    StageSeconds b = other.seconds;
    return new EngineWork(
        views + other.views,
        reusedViews + other.reusedViews,
        imageCacheHits + other.imageCacheHits,
        cachedPromptTokens + other.cachedPromptTokens,
        new StageSeconds(
            a.decode() + b.decode(),
            a.vision() + b.vision(),
            a.prefill() + b.prefill(),
            a.generate() + b.generate(),
            a.queued() + b.queued()),
        List.copyOf(all.values()));
  }

  private static List<String> place(EngineReport engine) {
    return List.of(engine.executorId(), engine.device());
  }

  /**
   * Time in which the engines' models were at work for the answers, whose stages are shares of it:
   * image decoding runs beside it.
   */
  public double busySeconds() {
    return seconds.vision() + seconds.prefill() + seconds.generate();
  }
}
