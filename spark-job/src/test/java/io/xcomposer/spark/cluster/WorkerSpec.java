package io.xcomposer.spark.cluster;

import java.util.List;

/**
 * A worker to start.
 *
 * @param cores task slots that it offers
 * @param memory that it offers, as Spark writes sizes
 * @param gpus addresses that its discovery script finds; none for a worker without GPUs
 */
public record WorkerSpec(int cores, String memory, List<String> gpus) {}
