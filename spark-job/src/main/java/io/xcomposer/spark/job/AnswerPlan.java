package io.xcomposer.spark.job;

import io.xcomposer.spark.conf.XComposerOptions;

/**
 * What a job answers and where it puts the answers.
 *
 * @param input Parquet file or folder, or folder of images; on any Hadoop file system
 * @param format how the input is stored, null to find out
 * @param imageColumn null for the usual one of the format
 * @param output folder of the Parquet files to write
 */
public record AnswerPlan(
    String input,
    InputFormat format,
    String imageColumn,
    Question question,
    String output,
    OutputMode mode,
    XComposerOptions options) {}
