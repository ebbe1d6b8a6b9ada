package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.sql.AnswerPagesExec;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.CommandResultExec;
import org.apache.spark.sql.execution.QueryExecution;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.util.QueryExecutionListener;
import scala.jdk.javaapi.CollectionConverters;

/** Finds the operators of the queries that a session has finished, until closed. */
final class OperatorWatch implements QueryExecutionListener, AutoCloseable {
  private static final int PATIENCE_SECONDS = 60;

  private final SparkSession spark;
  private final BlockingQueue<AnswerPagesExec> finished = new LinkedBlockingQueue<>();

  /** Watches from now on. */
  OperatorWatch(SparkSession spark) {
    this.spark = spark;
    spark.listenerManager().register(this);
  }

  @Override
  public void onSuccess(String function, QueryExecution query, long nanos) {
    operator(query.executedPlan()).ifPresent(finished::add);
  }

  @Override
  public void onFailure(String function, QueryExecution query, Exception error) {
    // Whoever ran the query has the error.
  }

  /** The operator of a query that has ended; Spark tells of it a moment later. */
  AnswerPagesExec next() {
    try {
      AnswerPagesExec operator = finished.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      if (operator == null) {
        throw Errors.input(
            "Spark has not told of a chunk that it has written for " + PATIENCE_SECONDS + " s",
            "see whether its driver has dropped events, and run again with --resume");
      }
      return operator;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the counts of a chunk", e);
    }
  }

  private static Optional<AnswerPagesExec> operator(SparkPlan plan) {
    if (plan instanceof AnswerPagesExec found) {
      return Optional.of(found);
    }
    if (plan instanceof CommandResultExec command) {
      return operator(command.commandPhysicalPlan());
    }
    return CollectionConverters.asJava(plan.children()).stream()
        .map(OperatorWatch::operator)
        .flatMap(Optional::stream)
        .findFirst();
  }

  @Override
  public void close() {
    spark.listenerManager().unregister(this);
  }
}
