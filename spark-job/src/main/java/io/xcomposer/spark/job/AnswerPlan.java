package io.xcomposer.spark.job;

import java.util.List;
import java.util.Map;

/**
 * What a job answers, how, and where it puts the answers.
 *
 * @param keyColumns columns that name a row, empty for a hash of image and question
 * @param settings of model, prompt, search and rows, by the short names of docs/configuration.md;
 *     the session's keys hold for all others
 * @param build version of this program: another may answer otherwise
 */
public record AnswerPlan(
    InputPlan input,
    Question question,
    List<String> keyColumns,
    OutputPlan output,
    Map<String, String> settings,
    String build) {

  public AnswerPlan {
    keyColumns = List.copyOf(keyColumns);
    settings = Map.copyOf(settings);
  }
}
