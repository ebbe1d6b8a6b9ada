package io.xcomposer.spark.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Answer.StageSeconds;
import java.util.List;

/**
 * What a job did.
 *
 * @param output as the command line names it
 * @param fingerprint of the settings
 * @param ignored whether it did nothing, because there was an output and it was to be left alone
 * @param rowsBefore rows that were in the output already
 * @param counts of the rows of this job
 * @param dropped rows that were left out of the output because they have an error
 * @param chunks commits
 * @param work null when no row went through an engine
 * @param executors those that answered
 * @param seconds from the first chunk's start to the last one's commit
 */
public record JobSummary(
    String output,
    String fingerprint,
    boolean ignored,
    long rowsBefore,
    JobCounts counts,
    long dropped,
    int chunks,
    EngineWork work,
    List<ExecutorShare> executors,
    double seconds) {

  private static final double MILLION_PER_HOUR = 1e6 / 3600;

  /**
   * What an executor did.
   *
   * @param rows that it answered in tasks that count
   */
  public record ExecutorShare(String id, String host, long rows) {}

  public JobSummary {
    executors = List.copyOf(executors);
  }

  static JobSummary ofNothing(String output) {
    return new JobSummary(output, "", true, 0, JobCounts.NONE, 0, 0, null, List.of(), 0);
  }

  /** Rows of this job. */
  public long rows() {
    return counts.rows();
  }

  /** Rows of this job without an answer. */
  public long errors() {
    return counts.failed();
  }

  public long newTokens() {
    return counts.newTokens();
  }

  /** Whether there were rows and none has an answer. */
  public boolean failed() {
    return rows() > 0 && errors() == rows();
  }

  /** Rows in a second, 0 when there were none. */
  public double pagesPerSecond() {
    return perSecond(rows());
  }

  /** New tokens in a second, 0 when there were none. */
  public double tokensPerSecond() {
    return perSecond(newTokens());
  }

  private double perSecond(long count) {
    return seconds > 0 ? count / seconds : 0;
  }

  /**
   * The share of time in which the engines' models were at work: the seconds of vision, prefill and
   * generation of all answers, by the job's seconds times the number of executors.
   */
  public double deviceUtilisation() {
    return work == null || executors.isEmpty() || seconds <= 0
        ? 0
        : work.busySeconds() / (seconds * executors.size());
  }

  /**
   * What a million pages cost at this speed.
   *
   * @param pricePerHour of the whole cluster
   */
  public double costPerMillionPages(double pricePerHour) {
    return rows() == 0 ? 0 : pricePerHour * seconds * MILLION_PER_HOUR / rows();
  }

  /**
   * The summary for programs.
   *
   * @param pricePerHour of the whole cluster, null when it is not known
   */
  public String toJson(Double pricePerHour) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("output", output);
    json.put("fingerprint", fingerprint);
    json.put("ignored", ignored);
    json.put("rows_before", rowsBefore);
    json.put("rows", rows());
    json.put("answered", rows() - errors());
    json.put("errors", errors());
    counts.errors().forEach(json.putObject("errors_by_class")::put);
    json.put("dropped", dropped);
    json.put("retries", counts.retries());
    json.put("chunks", chunks);
    json.put("prompt_tokens", counts.promptTokens());
    json.put("image_tokens", counts.imageTokens());
    json.put("new_tokens", newTokens());
    json.put("tiles", work == null ? 0 : work.tiles());
    json.put("image_cache_hits", work == null ? 0 : work.imageCacheHits());
    putSeconds(json.putObject("seconds"));
    json.put("pages_per_second", pagesPerSecond());
    json.put("tokens_per_second", tokensPerSecond());
    json.put("device_utilisation", deviceUtilisation());
    for (ExecutorShare executor : executors) {
      json.withArray("executors")
          .addObject()
          .put("id", executor.id())
          .put("host", executor.host())
          .put("rows", executor.rows());
    }
    if (pricePerHour != null) {
      json.put("price_per_hour", pricePerHour);
      json.put("cost_per_million_pages", costPerMillionPages(pricePerHour));
    }
    return json.toPrettyString();
  }

  private void putSeconds(ObjectNode json) {
    StageSeconds stages = work == null ? new StageSeconds(0, 0, 0, 0, 0) : work.seconds();
    json.put("total", seconds);
    json.put("decode", stages.decode());
    json.put("vision", stages.vision());
    json.put("prefill", stages.prefill());
    json.put("generate", stages.generate());
    json.put("wait", stages.queued());
  }
}
