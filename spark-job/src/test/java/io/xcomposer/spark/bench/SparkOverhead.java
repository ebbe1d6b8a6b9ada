package io.xcomposer.spark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.PromptStyle;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Main;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.PromptSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * What Spark costs: the seconds of {@code run} on one executor over those of the engine that is fed
 * with the same pages directly, as many ahead. Both in this process and by turns, so that neither
 * has the warmer machine.
 *
 * <p>Arguments: checkpoint, Parquet table with {@code image} and {@code question}, copies of it to
 * answer, folder for the output.
 */
public final class SparkOverhead {
  private static final int ROUNDS = 3;
  private static final int NEW_TOKENS = 32;
  private static final int HD_NUM = 4;
  private static final int CORES = 2;

  private record Page(byte[] image, String question) {}

  private SparkOverhead() {}

  /** Prints a line a round. */
  public static void main(String[] args) throws Exception {
    Path checkpoint = Path.of(args[0]);
    Path work = Files.createTempDirectory(Path.of(args[3]), "overhead");
    Path table = work.resolve("pages");
    List<Page> pages = prepare(args[1], Integer.parseInt(args[2]), table);
    for (int round = 0; round < ROUNDS; round++) {
      double direct = feed(checkpoint, pages);
      double spark = run(checkpoint, table, work.resolve("answers-" + round));
      System.out.printf(
          Locale.ROOT,
          "round %d: %d pages, engine fed directly %.2f s, run %.2f s, ratio %.3f%n",
          round,
          pages.size(),
          direct,
          spark,
          spark / direct);
    }
  }

  /** Writes the table and gives back its rows; only those that can be answered. */
  private static List<Page> prepare(String input, int copies, Path table) {
    SparkSession spark = LocalSpark.session();
    spark
        .read()
        .parquet(input)
        .where("expected IS NOT NULL")
        .crossJoin(spark.range(copies).toDF("copy"))
        .coalesce(CORES)
        .write()
        .parquet(table.toString());
    List<Page> pages = new ArrayList<>();
    for (Row row :
        spark
            .read()
            .parquet(table.toString())
            .select(functions.col("image"), functions.col("question"))
            .collectAsList()) {
      pages.add(new Page(row.getAs("image"), row.getAs("question")));
    }
    spark.stop();
    return pages;
  }

  private static double feed(Path checkpoint, List<Page> pages) {
    EngineOptions options =
        new EngineOptions("cpu", DType.F32, CORES, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0);
    GenerationOptions generation =
        new GenerationOptions(NEW_TOKENS, 1, 1f, Defaults.LENGTH_PENALTY, false, null);
    PromptSettings prompt =
        new PromptSettings(
            PromptStyle.CHAT, SpecialText.NEUTRALIZED, Defaults.META_INSTRUCTION, HD_NUM);
    try (Engine engine = Engine.open(checkpoint, options)) {
      long start = System.nanoTime();
      Queue<CompletableFuture<Answer>> ahead = new ArrayDeque<>();
      for (Page page : pages) {
        if (ahead.size() == CORES * Defaults.LOOK_AHEAD_ROWS) {
          Answer unused = ahead.remove().join();
        }
        ahead.add(
            engine.submit(
                prompt.ask(
                    List.of(new ImageSource.Encoded(page.image())),
                    page.question(),
                    List.of(),
                    generation)));
      }
      ahead.forEach(CompletableFuture::join);
      return (System.nanoTime() - start) / 1e9;
    }
  }

  private static double run(Path checkpoint, Path table, Path output) throws IOException {
    LocalSpark.session();
    Path summary = output.resolveSibling(output.getFileName() + ".json");
    Main.main(
        new String[] {
          "run",
          "--model",
          checkpoint.toString(),
          "--input",
          table.toString(),
          "--question-column",
          "question",
          "--hd-num",
          "" + HD_NUM,
          "--repetition-penalty",
          "1.0",
          "--max-new-tokens",
          "" + NEW_TOKENS,
          "--output",
          output.toString(),
          "--progress",
          "none",
          "--summary-json",
          summary.toString()
        });
    return new ObjectMapper().readTree(summary.toFile()).path("seconds").get("total").asDouble();
  }
}
