package io.xcomposer.spark.sql;

import io.xcomposer.model.Answer;
import io.xcomposer.spark.rows.Outcome;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.execution.metric.SQLMetrics;
import scala.Tuple2;
import scala.collection.immutable.Map$;

/** What the operator's node shows in the SQL tab. */
final class AnswerMetrics implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final double NANOS = 1e9;

  /** Sums, by key; the text is what is shown. */
  private static final Map<String, String> COUNTS =
      ordered(
          "pages", AnswerPagesExec.PAGES,
          "questions", "questions",
          "tiles", "tiles encoded",
          "imageTokens", "image tokens in",
          "promptTokens", "prompt tokens in",
          "tokens", AnswerPagesExec.TOKENS,
          "imageCacheHits", "image cache hits",
          "reusedViews", "tiles not encoded again",
          "cachedPromptTokens", "prompt tokens not read again",
          "errors", AnswerPagesExec.ERRORS,
          "retries", "retries",
          "dropped", "rows dropped");

  private static final Map<String, String> TIMES =
      ordered(
          "decode", "time decoding images",
          "vision", "time in the vision tower",
          "prefill", "time in prefill",
          "generate", "time generating",
          "wait", "time waiting for answers");

  private final Map<String, SQLMetric> metrics;

  private AnswerMetrics(Map<String, SQLMetric> metrics) {
    this.metrics = metrics;
  }

  static AnswerMetrics register(SparkContext context) {
    Map<String, SQLMetric> metrics = new LinkedHashMap<>();
    COUNTS.forEach((key, text) -> metrics.put(key, SQLMetrics.createMetric(context, text)));
    TIMES.forEach(
        (key, text) -> metrics.put(key, SQLMetrics.createNanoTimingMetric(context, text, -1L)));
    return new AnswerMetrics(metrics);
  }

  private static Map<String, String> ordered(String... keysAndTexts) {
    Map<String, String> map = new LinkedHashMap<>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      map.put(keysAndTexts[i], keysAndTexts[i + 1]);
    }
    return map;
  }

  /** In the form that Spark wants. */
  scala.collection.immutable.Map<String, SQLMetric> asScala() {
    List<Tuple2<String, SQLMetric>> pairs = new ArrayList<>();
    metrics.forEach((key, metric) -> pairs.add(new Tuple2<>(key, metric)));
    return Map$.MODULE$.from(ScalaSeq.of(pairs));
  }

  /** Counts a row, on the task's thread. */
  void answered(List<Outcome> outcomes) {
    add("pages", outcomes.stream().anyMatch(each -> !(each instanceof Outcome.NotAsked)) ? 1 : 0);
    for (Outcome outcome : outcomes) {
      if (outcome instanceof Outcome.Answered answered) {
        add("questions", 1);
        add("retries", answered.retries());
        add(answered.answer());
      } else if (outcome instanceof Outcome.Failed failed) {
        add("questions", 1);
        add("errors", 1);
        add("retries", failed.retries());
      }
    }
  }

  private void add(Answer answer) {
    add("tiles", answer.encodedViews());
    add("imageTokens", answer.imageTokens());
    add("promptTokens", answer.promptTokens());
    add("tokens", answer.tokenIds().size());
    add("imageCacheHits", answer.imageCacheHits());
    add("reusedViews", answer.reusedViews());
    add("cachedPromptTokens", answer.cachedPromptTokens());
    addSeconds("decode", answer, Answer.StageSeconds::decode);
    addSeconds("vision", answer, Answer.StageSeconds::vision);
    addSeconds("prefill", answer, Answer.StageSeconds::prefill);
    addSeconds("generate", answer, Answer.StageSeconds::generate);
  }

  private void addSeconds(
      String key, Answer answer, Function<Answer.StageSeconds, Double> seconds) {
    add(key, (long) (seconds.apply(answer.seconds()) * NANOS));
  }

  void dropped() {
    add("dropped", 1);
  }

  void waited(long nanos) {
    add("wait", nanos);
  }

  private void add(String key, long value) {
    if (value > 0) {
      metrics.get(key).add(value);
    }
  }
}
