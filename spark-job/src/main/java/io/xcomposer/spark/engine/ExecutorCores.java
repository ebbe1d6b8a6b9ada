package io.xcomposer.spark.engine;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

/** How many cores Spark gave to this executor. */
public final class ExecutorCores {
  private static final Pattern LOCAL = Pattern.compile("local\\[(\\d+)(,\\d+)?]");

  private static final Pattern LOCAL_CLUSTER =
      Pattern.compile("local-cluster\\[\\s*\\d+\\s*,\\s*(\\d+)\\s*,\\s*\\d+\\s*]");

  private ExecutorCores() {}

  /** Read on the executor. */
  public static int ofThisProcess() {
    return of(SparkEnv.get().conf(), Runtime.getRuntime().availableProcessors());
  }

  /**
   * The number in {@code local[n]} or {@code local-cluster[workers,n,memory]}, {@code
   * spark.executor.cores} where it is set, and otherwise Spark's own default: one core on YARN and
   * Kubernetes, elsewhere all processors that this process sees.
   */
  static int of(SparkConf conf, int processors) {
    String master = conf.get("spark.master", "");
    Matcher local = LOCAL.matcher(master);
    if (local.matches()) {
      return Integer.parseInt(local.group(1));
    }
    Matcher cluster = LOCAL_CLUSTER.matcher(master);
    if (cluster.matches()) {
      return Integer.parseInt(cluster.group(1));
    }
    if (master.startsWith("local")) {
      return master.equals("local") ? 1 : processors;
    }
    boolean oneByDefault = master.startsWith("yarn") || master.startsWith("k8s");
    return conf.getInt("spark.executor.cores", oneByDefault ? 1 : processors);
  }
}
