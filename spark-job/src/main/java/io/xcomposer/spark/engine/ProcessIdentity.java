package io.xcomposer.spark.engine;

import org.apache.spark.SparkEnv;
import org.apache.spark.storage.BlockManagerId;

/** Which executor this process is. */
record ProcessIdentity(String executorId, String host) {

  /** As Spark knows it; {@code "none"} outside of Spark. */
  static ProcessIdentity ofThisProcess() {
    SparkEnv env = SparkEnv.get();
    if (env == null) {
      return new ProcessIdentity("none", "localhost");
    }
    BlockManagerId id = env.blockManager().blockManagerId();
    return new ProcessIdentity(env.executorId(), id == null ? "unknown" : id.host());
  }
}
