package io.xcomposer.spark.job;

import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.conf.XComposerOptions;
import java.util.List;

/**
 * What a job answers, how, and where it puts the answers.
 *
 * @param keyColumns columns that name a row, empty for a hash of image and question
 * @param errorMode what becomes of a row that cannot be answered
 * @param build version of this program: another may answer otherwise
 */
public record AnswerPlan(
    InputPlan input,
    Question question,
    List<String> keyColumns,
    OutputPlan output,
    ErrorMode errorMode,
    XComposerOptions options,
    String build) {

  public AnswerPlan {
    keyColumns = List.copyOf(keyColumns);
  }
}
