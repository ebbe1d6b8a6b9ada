package io.xcomposer.spark.job;

import io.xcomposer.spark.engine.EngineOpener;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Answers with a function over partitions. */
final class PartitionAnswering implements Answering {
  private final SparkSession spark;
  private final AnswerPlan plan;
  private final String imageColumn;
  private final EngineOpener opener;
  private final Tally tally;

  PartitionAnswering(SparkSession spark, AnswerPlan plan, String imageColumn, EngineOpener opener) {
    this.spark = spark;
    this.plan = plan;
    this.imageColumn = imageColumn;
    this.opener = opener;
    tally = Tally.register(spark.sparkContext());
  }

  @Override
  public Dataset<Row> answer(Dataset<Row> pages) {
    RowCodec codec =
        new RowCodec(
            pages.schema(),
            imageColumn,
            plan.question(),
            plan.options().prompt(),
            plan.options().generation(),
            plan.options().engine().maxImagePixels(),
            spark.sessionState().newHadoopConf());
    MapPartitionsFunction<Row, Row> answer =
        new AnswerPartition(plan.options(), codec, opener, tally);
    return pages.mapPartitions(answer, Encoders.row(codec.outputSchema()));
  }

  @Override
  public EngineWork work() {
    return tally.work();
  }
}
