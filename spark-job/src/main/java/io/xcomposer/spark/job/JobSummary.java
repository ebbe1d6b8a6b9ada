package io.xcomposer.spark.job;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Answer.StageSeconds;
import io.xcomposer.spark.engine.EngineReport;
import java.util.Map;

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
 * @param rowsOfExecutors rows that each executor answered, by its id
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
    Map<String, Long> rowsOfExecutors,
    double seconds) {

  private static final double MILLION_PER_HOUR = 1e6 / 3600;

  public JobSummary {
    rowsOfExecutors = Map.copyOf(rowsOfExecutors);
  }

  static JobSummary ofNothing(String output) {
    return new JobSummary(output, "", true, 0, JobCounts.NONE, 0, 0, EngineWork.NONE, Map.of(), 0);
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
   * The share of time in which the engines' models were at work for answers: the seconds of vision,
   * prefill and generation of all answers, by the job's seconds times the number of engines. Where
   * answers shared the model's steps each counts with its share, so that this is 1 at most.
   */
  public double deviceUtilisation() {
    int engines = work.engines().size();
    return engines == 0 || seconds <= 0 ? 0 : Math.min(1, work.busySeconds() / (seconds * engines));
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
    json.put("tiles", work.views());
    json.put("reused_tiles", work.reusedViews());
    json.put("image_cache_hits", work.imageCacheHits());
    json.put("cached_prompt_tokens", work.cachedPromptTokens());
    putSeconds(json.putObject("seconds"));
    json.put("pages_per_second", pagesPerSecond());
    json.put("tokens_per_second", tokensPerSecond());
    json.put("device_utilisation", deviceUtilisation());
    ArrayNode executors = json.putArray("executors");
    work.engines().forEach(engine -> put(executors.addObject(), engine));
    if (pricePerHour != null) {
      json.put("price_per_hour", pricePerHour);
      json.put("cost_per_million_pages", costPerMillionPages(pricePerHour));
    }
    return json.toPrettyString();
  }

  private void put(ObjectNode json, EngineReport engine) {
    json.put("id", engine.executorId());
    json.put("host", engine.host());
    json.put("device", engine.device());
    json.put("assigned_address", engine.assignedAddress());
    json.put("model_loads", engine.modelLoads());
    json.put("open_seconds", engine.openSeconds());
    json.put("rows", rowsOfExecutors.getOrDefault(engine.executorId(), 0L));
  }

  private void putSeconds(ObjectNode json) {
    StageSeconds stages = work.seconds();
    json.put("total", seconds);
    json.put("decode", stages.decode());
    json.put("vision", stages.vision());
    json.put("prefill", stages.prefill());
    json.put("generate", stages.generate());
    json.put("wait", stages.queued());
  }
}
