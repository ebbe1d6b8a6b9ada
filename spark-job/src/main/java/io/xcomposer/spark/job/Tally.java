package io.xcomposer.spark.job;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Answer.StageSeconds;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.util.DoubleAccumulator;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts of a job. Each is exact as long as the partition function runs in the last stage of an
 * action, because Spark then counts every partition once.
 */
record Tally(
    LongAccumulator rows,
    LongAccumulator errors,
    LongAccumulator newTokens,
    LongAccumulator tiles,
    LongAccumulator cacheHits,
    List<DoubleAccumulator> seconds)
    implements Serializable {

  static final String ROWS = "xcomposer rows";
  static final String ERRORS = "xcomposer rows with an error";
  static final String NEW_TOKENS = "xcomposer new tokens";

  static Tally register(SparkContext context) {
    return new Tally(
        context.longAccumulator(ROWS),
        context.longAccumulator(ERRORS),
        context.longAccumulator(NEW_TOKENS),
        context.longAccumulator("xcomposer tiles"),
        context.longAccumulator("xcomposer image cache hits"),
        List.of(
            context.doubleAccumulator("xcomposer decode seconds"),
            context.doubleAccumulator("xcomposer vision seconds"),
            context.doubleAccumulator("xcomposer prefill seconds"),
            context.doubleAccumulator("xcomposer generate seconds"),
            context.doubleAccumulator("xcomposer wait seconds")));
  }

  void answered(Answer answer) {
    rows.add(1L);
    newTokens.add((long) answer.tokenIds().size());
    tiles.add(answer.grids().stream().mapToLong(grid -> (long) grid.height() * grid.width()).sum());
    cacheHits.add((long) answer.imageCacheHits());
    StageSeconds stages = answer.seconds();
    seconds.get(0).add(stages.decode());
    seconds.get(1).add(stages.vision());
    seconds.get(2).add(stages.prefill());
    seconds.get(3).add(stages.generate());
    seconds.get(4).add(stages.queued());
  }

  void failed() {
    rows.add(1L);
    errors.add(1L);
  }

  EngineWork work() {
    return new EngineWork(
        tiles.sum(),
        cacheHits.sum(),
        new StageSeconds(
            seconds.get(0).sum(),
            seconds.get(1).sum(),
            seconds.get(2).sum(),
            seconds.get(3).sum(),
            seconds.get(4).sum()));
  }
}
