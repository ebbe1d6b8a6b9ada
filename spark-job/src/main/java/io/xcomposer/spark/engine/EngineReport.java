package io.xcomposer.spark.engine;

import java.io.Serializable;

/**
 * An engine of an executor.
 *
 * @param host the executor's
 * @param device {@code "cpu"} or {@code "cuda:N"}
 * @param assignedAddress of the GPU that Spark assigned to the task that opened the engine; null
 *     when it assigned none
 * @param modelLoads models that the process had loaded when this one was there: 1 as long as all
 *     tasks share one
 * @param openSeconds that opening took
 */
public record EngineReport(
    String executorId,
    String host,
    String device,
    String assignedAddress,
    int modelLoads,
    double openSeconds)
    implements Serializable {}
