package io.xcomposer.spark.job;

import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.quarantine.QuarantineFolder;
import java.util.HashMap;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The session's configuration with a plan's settings over it.
 *
 * @param own keys that a job gives to its calls, whole
 */
record JobConf(XComposerConf conf, Map<String, String> own) {
  JobConf {
    own = Map.copyOf(own);
  }

  /**
   * Reads and checks it.
   *
   * @throws io.xcomposer.model.XComposerException naming the key that is wrong
   */
  static JobConf of(SparkSession spark, AnswerPlan plan) {
    Map<String, String> own = new HashMap<>();
    plan.settings().forEach((name, value) -> own.put(ConfEntry.PREFIX + name, value));
    Map<String, String> all = new HashMap<>(CollectionConverters.asJava(spark.conf().getAll()));
    all.putAll(own);
    XComposerConf conf = XComposerConf.read(all);
    if (conf.get(ConfKeys.MODE) == ErrorMode.DROPMALFORMED) {
      // The job leaves the rows out itself, once they are counted.
      own.put(ConfKeys.MODE.key(), ErrorMode.PERMISSIVE.name());
    }
    return new JobConf(conf, own);
  }

  /** With the journal of rows that take executors down beside the output, if it is nowhere else. */
  JobConf withJournalIn(Path notes) {
    Map<String, String> more = new HashMap<>(own);
    if (conf.find(ConfKeys.QUARANTINE_DIR).isEmpty()) {
      more.put(ConfKeys.QUARANTINE_DIR.key(), new Path(notes, "quarantine").toString());
    }
    return new JobConf(conf, more);
  }

  /** Null for none. */
  QuarantineFolder quarantine(SparkSession spark) {
    String folder =
        own.getOrDefault(
            ConfKeys.QUARANTINE_DIR.key(), conf.find(ConfKeys.QUARANTINE_DIR).orElse(null));
    return folder == null
        ? null
        : QuarantineFolder.at(folder, spark.sessionState().newHadoopConf());
  }
}
