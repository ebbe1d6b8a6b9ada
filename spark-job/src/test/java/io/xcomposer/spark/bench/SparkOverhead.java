package io.xcomposer.spark.bench;

import io.xcomposer.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;

/**
 * What Spark costs: the seconds of {@code run} on one executor over those of the engine that is fed
 * with the same pages from memory. Both in this process, warm, and by turns, so that neither has
 * the warmer machine; medians of the rounds.
 *
 * <p>A job has a cost of its own, however many pages there are (plans, jobs, the commit), and one
 * with each page (reading, keys, copies, the output). Both sides answer few and many pages: the
 * difference is the pages', what is left the job's.
 *
 * <p>Arguments: checkpoint, Parquet table with {@code image} and {@code question}, few pages, many
 * pages, rounds, folder for tables and outputs.
 */
public final class SparkOverhead {
  private static final int FILES = 2;
  private static final int WARM_ROUNDS = 3;

  private SparkOverhead() {}

  private record Table(Path path, List<DirectFeed.Page> pages) {}

  /** Seconds of one side, a number a round. */
  private record Side(List<Double> few, List<Double> many) {
    Side() {
      this(new ArrayList<>(), new ArrayList<>());
    }

    double medianFew() {
      return median(few);
    }

    double medianMany() {
      return median(many);
    }

    private static double median(List<Double> values) {
      double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
      return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }
  }

  /** Prints a line a round and what follows from them. */
  public static void main(String[] args) throws IOException {
    Path checkpoint = Path.of(args[0]);
    Path work = Files.createTempDirectory(Path.of(args[5]), "overhead");
    List<Row> rows = rows(args[1]);
    Table few = table(rows, Integer.parseInt(args[2]), work.resolve("few"));
    Table many = table(rows, Integer.parseInt(args[3]), work.resolve("many"));
    DirectFeed direct = new DirectFeed(checkpoint);
    SparkFeed spark = new SparkFeed(checkpoint, work);
    warm(direct, spark, few);
    Side fed = new Side();
    Side run = new Side();
    for (int round = 0; round < Integer.parseInt(args[4]); round++) {
      fed.few().add(direct.seconds(few.pages()));
      run.few().add(spark.seconds(few.path()));
      fed.many().add(direct.seconds(many.pages()));
      run.many().add(spark.seconds(many.path()));
      print(
          "round %d: directly %.2f s and %.2f s, run %.2f s and %.2f s",
          round, last(fed.few()), last(fed.many()), last(run.few()), last(run.many()));
    }
    report(few.pages().size(), many.pages().size(), fed, run);
  }

  /** So that the code of both sides is compiled. */
  private static void warm(DirectFeed direct, SparkFeed spark, Table few) throws IOException {
    for (int i = 0; i < WARM_ROUNDS; i++) {
      double fed = direct.seconds(few.pages());
      double run = spark.seconds(few.path());
      print("warming: directly %.2f s, run %.2f s", fed, run);
    }
  }

  private static void report(int few, int many, Side fed, Side run) {
    double direct = fed.medianMany();
    double whole = run.medianMany();
    double fedPage = (direct - fed.medianFew()) / (many - few);
    double runPage = (whole - run.medianFew()) / (many - few);
    double job = run.medianFew() - fed.medianFew() - few * (runPage - fedPage);
    print("pages                 %d and %d", few, many);
    print("engine fed directly   %.2f s and %.2f s", fed.medianFew(), direct);
    print("run                   %.2f s and %.2f s", run.medianFew(), whole);
    print("a page                directly %.1f ms, run %.1f ms", 1e3 * fedPage, 1e3 * runPage);
    print("overhead of a page    %.1f %%", 100 * (runPage / fedPage - 1));
    print("overhead of a job     %.2f s, however many pages", job);
    print("of %d pages in all   %.1f %%", many, 100 * (whole / direct - 1));
  }

  private static void print(String format, Object... values) {
    System.out.println(String.format(Locale.ROOT, format, values));
  }

  private static double last(List<Double> values) {
    return values.get(values.size() - 1);
  }

  /** Only those that can be answered. */
  private static List<Row> rows(String input) {
    return LocalSpark.session()
        .read()
        .parquet(input)
        .where("expected IS NOT NULL")
        .orderBy("name", "question")
        .select("image", "question")
        .collectAsList();
  }

  /** The rows again and again, numbered. */
  private static Table table(List<Row> rows, int count, Path path) {
    SparkSession spark = LocalSpark.session();
    List<DirectFeed.Page> pages = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Row row = rows.get(i % rows.size());
      pages.add(new DirectFeed.Page(row.getAs("image"), row.getAs("question")));
    }
    for (int file = 0; file < FILES; file++) {
      int first = file;
      List<Row> part =
          IntStream.range(0, count)
              .filter(i -> i % FILES == first)
              .mapToObj(i -> numbered(i, pages.get(i)))
              .toList();
      spark
          .createDataFrame(part, SparkFeed.SCHEMA)
          .coalesce(1)
          .write()
          .mode(SaveMode.Append)
          .parquet(path.toString());
    }
    return new Table(path, pages);
  }

  private static Row numbered(int id, DirectFeed.Page page) {
    return RowFactory.create((Object[]) Arrays.asList(id, page.image(), page.question()).toArray());
  }
}
