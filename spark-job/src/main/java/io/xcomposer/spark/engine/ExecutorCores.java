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

  /** How the processes of executors are started, whatever the cluster manager. */
  private static final Pattern EXECUTOR_COMMAND =
      Pattern.compile("\\S*ExecutorBackend .*--cores (\\d{1,4})( .*)?");

  private ExecutorCores() {}

  /** Read on the executor; outside of Spark, all processors. */
  public static int ofThisProcess() {
    int processors = Runtime.getRuntime().availableProcessors();
    SparkEnv env = SparkEnv.get();
    return env == null
        ? processors
        : of(env.conf(), System.getProperty("sun.java.command", ""), processors);
  }

  /**
   * What the command says that started the executor: a standalone worker gives all cores that it
   * has left where {@code spark.executor.cores} is not set, and only the command knows how many.
   * Otherwise the number in {@code local[n]} or {@code local-cluster[workers,n,memory]}, {@code
   * spark.executor.cores}, and Spark's own default: one core on YARN and Kubernetes, elsewhere all
   * processors that this process sees.
   */
  static int of(SparkConf conf, String command, int processors) {
    Matcher executor = EXECUTOR_COMMAND.matcher(command);
    if (executor.matches()) {
      return Math.max(1, Integer.parseInt(executor.group(1)));
    }
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
