package io.xcomposer.spark;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** How many cores Spark gave to this executor. */
final class ExecutorCores {
  private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+)(,\\d+)?]");

  private ExecutorCores() {}

  /** Read on the executor. */
  static int ofThisProcess() {
    return of(SparkEnv.get().conf(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * {@code spark.executor.cores} where it is set, the number in {@code local[n]}, and otherwise the
   * processors that this process sees.
   */
  static int of(SparkConf conf, int processors) {
    String master = conf.get("spark.master", "");
    Matcher local = LOCAL.matcher(master);
    if (local.matches()) {
      return Integer.parseInt(local.group(1));
    }
    if (master.startsWith("local")) {
      return master.equals("local") ? 1 : processors;
    }
    return conf.getInt("spark.executor.cores", processors);
  }
}
