package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.conf.ProgressStyle;
import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.engine.ExecutorEngine;
import io.xcomposer.spark.sql.XComposerFunctions;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * The main job: a table of pages in, the same table with answers out. The input is cut into chunks
 * that are answered and committed one after the other, so that a job that is killed loses no more
 * than one of them and can be completed.
 */
public final class AnswerJob {
  private final SparkSession spark;
  private final PrintStream console;

  /**
   * A job of a session.
   *
   * @param console gets the progress
   */
  public AnswerJob(SparkSession spark, PrintStream console) {
    XComposerFunctions.register(spark);
    this.spark = spark;
    this.console = console;
  }

  /** What has been checked and is the same for all chunks. */
  private record Checked(
      AnswerPlan plan,
      JobConf conf,
      KeyedPages pages,
      AnswerRows answers,
      OutputTable output,
      EarlierAnswers earlier,
      StructType schema) {}

  /**
   * Checks the plan, then answers every row and writes the output.
   *
   * @throws io.xcomposer.model.XComposerException for what is wrong with the plan, before any page
   *     is answered; and at the end, should the output not have every row once
   */
  public JobSummary run(AnswerPlan plan) {
    try (SessionSettings unused = new SessionSettings(spark)) {
      OutputTable output = OutputTable.of(spark, plan.output());
      if (plan.output().mode() == OutputMode.IGNORE && output.exists()) {
        return JobSummary.ofNothing(plan.output().name());
      }
      StartCheck.requireUsable(plan, output, spark.sessionState().newHadoopConf());
      return run(check(plan, output));
    } finally {
      ExecutorEngine.ofThisProcess().closeIdle();
    }
  }

  private Checked check(AnswerPlan plan, OutputTable output) {
    JobConf conf = JobConf.of(spark, plan);
    String model = EngineChoice.of(conf.conf()).fingerprint();
    InputTable input = InputTable.read(spark, plan.input());
    StartCheck.requireNoInput(
        plan.output(), input.pages(), output, spark.sessionState().newHadoopConf());
    PageColumns columns = PageColumns.of(input, plan);
    String image = columns.image().name();
    RowKeys keys = RowKeys.of(columns.pages(), plan.keyColumns(), columns.image(), plan.question());
    KeyedPages pages = new KeyedPages(columns.pages(), keys);
    JobSettings settings = JobSettings.of(plan, conf.conf(), model, image);
    AnswerRows answers =
        new AnswerRows(
            new SqlAnswering(image, plan.question(), conf.own()),
            columns.kept(),
            settings.fingerprint(),
            conf.conf().get(ConfKeys.MODE));
    StructType schema = answers.of(empty(pages.schema()), new Observation()).schema();
    output.format().requireColumns(schema, plan.output());
    EarlierAnswers earlier = new EarlierAnswers(spark, plan.output(), output, settings);
    return new Checked(plan, conf, pages, answers, output, earlier, schema);
  }

  private Dataset<Row> empty(StructType schema) {
    return spark.createDataFrame(List.of(), schema);
  }

  private JobSummary run(Checked job) {
    OutputPlan target = job.plan().output();
    Optional<Dataset<Row>> before =
        target.mode() == OutputMode.OVERWRITE ? Optional.empty() : job.earlier().find(job.schema());
    long rowsBefore = before.map(Dataset::count).orElse(0L);
    Dataset<Row> done = target.continuation() == Continuation.NONE ? null : before.orElse(null);
    long limit = job.plan().input().limit();
    Set<Integer> partitions = ChunkPlan.partitions(job.pages(), limit);
    try (KeyIndex index = new KeyIndex(spark, job.pages(), partitions, done)) {
      ChunkPlan cut = ChunkPlan.of(target.chunkRows(), spark.sparkContext().defaultParallelism());
      List<Unit> units = index.units(cut.chunkRows());
      if (limit > 0) {
        units = ChunkPlan.first(units, done == null ? limit : limit - rowsBefore);
      }
      if (target.mode() == OutputMode.OVERWRITE && job.output().exists()) {
        job.output().remove();
      }
      job.output().prepare(job.schema());
      job.earlier().recordSettings();
      JobSummary summary = write(job, index, Chunk.pack(units, cut.chunkRows()), cut, rowsBefore);
      verify(job, summary);
      job.output().complete();
      return summary;
    }
  }

  private JobSummary write(
      Checked job, KeyIndex index, List<Chunk> chunks, ChunkPlan cut, long rowsBefore) {
    long rows = chunks.stream().mapToLong(Chunk::open).sum();
    JobCounts counts = JobCounts.NONE;
    EngineWork work = EngineWork.NONE;
    int written = 0;
    long start = System.nanoTime();
    ProgressStyle style = job.conf().conf().get(ConfKeys.PROGRESS);
    try (OperatorWatch watch = new OperatorWatch(spark);
        ProgressView view = ProgressView.of(style, console, rows);
        JobProgress progress = new JobProgress(spark.sparkContext(), view, rows)) {
      ChunkWriter writer = writer(job, watch);
      for (Chunk chunk : chunks) {
        String name = "chunk " + (written + 1) + " of " + chunks.size();
        ChunkWriter.Written added =
            writer.write(chunk, index.selection(chunk), cut.slices(chunk), name);
        counts = counts.plus(added.counts());
        work = work.plus(added.work());
        written++;
      }
      if (chunks.isEmpty() && job.output().read(job.schema()).isEmpty()) {
        job.output().append(empty(job.schema())); // a table all the same
      }
      return new JobSummary(
          job.plan().output().name(),
          job.answers().fingerprint(),
          false,
          rowsBefore,
          counts,
          job.answers().errorMode() == ErrorMode.DROPMALFORMED ? counts.failed() : 0,
          written,
          work,
          progress.rowsOfExecutors(),
          (System.nanoTime() - start) / 1e9);
    } finally {
      if (written < chunks.size()) {
        console.printf(
            "%d of %d chunks are in %s; --resume continues behind them%n",
            written, chunks.size(), job.plan().output().name());
      }
    }
  }

  private ChunkWriter writer(Checked job, OperatorWatch watch) {
    JobConf conf = job.output().notes().map(job.conf()::withJournalIn).orElse(job.conf());
    AnswerRows answers = job.answers().with(conf.own());
    return new ChunkWriter(
        spark, job.pages(), answers, job.output(), conf.quarantine(spark), watch, console);
  }

  /** Looks at the keys of the whole output. */
  private static void verify(Checked job, JobSummary summary) {
    Row found =
        job.output()
            .read(job.schema())
            .orElseThrow(() -> new IllegalStateException("an output that was written is not there"))
            .agg(
                functions.count(functions.lit(1)),
                functions.count_distinct(functions.col(RowKeys.KEY)))
            .head();
    long expected = summary.rowsBefore() + summary.rows() - summary.dropped();
    boolean keysMayRepeat = job.plan().output().mode() == OutputMode.APPEND;
    if (found.getLong(0) != expected || (found.getLong(1) != expected && !keysMayRepeat)) {
      throw Errors.input(
          "%s has %d rows with %d different keys where %d were expected"
              .formatted(summary.output(), found.getLong(0), found.getLong(1), expected),
          "make sure that neither the input nor the output is changed by another job meanwhile, and"
              + " write to another output");
    }
  }
}
