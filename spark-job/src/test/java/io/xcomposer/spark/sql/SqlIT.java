package io.xcomposer.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.GoldenPages;
import io.xcomposer.spark.cli.Launcher;
import java.io.IOException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The functions in {@code bin/xcomposer sql}, with the Spark of the build, over the demo table. */
class SqlIT {
  private static final Path ROOT = Launcher.ROOT;

  @Test
  void answersOfTheDemoTableAreThoseOfThePublishedCode(@TempDir Path folder)
      throws IOException, InterruptedException {
    String pages = "parquet.`" + ROOT.resolve("demo/pages.parquet") + "`";
    Launcher.Outcome outcome =
        Launcher.inFolder(folder)
            .run(
                "sql",
                "--model",
                ROOT.resolve("golden/checkpoint").toString(),
                "--master",
                "local[2]",
                "--conf",
                "spark.xcomposer.hdNum=" + GoldenPages.HD_NUM,
                "--conf",
                "spark.xcomposer.repetitionPenalty=1.0",
                "--conf",
                "spark.xcomposer.maxNewTokens=32",
                "-e",
                "DESCRIBE FUNCTION EXTENDED ask",
                "-e",
                "EXPLAIN SELECT ask(image, 'a'), ask(image, 'b'), caption(image) FROM " + pages,
                "-e",
                "SELECT concat(count(*), ' asked, ', count_if(a = expected), ' as expected, ',"
                    + " count_if(a IS NULL), ' without') AS summary FROM"
                    + " (SELECT ask(image, question) a, expected FROM "
                    + pages
                    + ")");

    assertThat(outcome.code()).as(outcome.err()).isZero();
    assertThat(outcome.out())
        .contains("Usage: ask(image, question [, options])")
        .contains("35 asked, 31 as expected, 4 without");
    assertThat(Pattern.compile("AnswerPages \\[").matcher(outcome.out()).results()).hasSize(1);
  }
}
