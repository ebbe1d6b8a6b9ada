package io.xcomposer.spark.conf;

/** What {@code spark.xcomposer.device} asks for. */
public enum DeviceChoice {
  /** The GPU that Spark assigned to the task; the CPU where it assigned none. */
  AUTO,
  /** The CPU, whatever was assigned. */
  CPU,
  /** The GPU that Spark assigned to the task; an error where it assigned none. */
  CUDA
}
