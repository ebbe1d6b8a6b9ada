package io.xcomposer.spark.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.GoldenPages;
import io.xcomposer.spark.GoldenPages.Page;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Launcher;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The main job as a user runs it, {@code bin/xcomposer run} with the Spark of the build, over a
 * Parquet table of pages in all formats, some of them broken. The whole answers are compared with
 * those of the published code.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunIT {
  private static final StructType SCHEMA =
      new StructType()
          .add("name", DataTypes.StringType)
          .add("page", DataTypes.BinaryType)
          .add("ask", DataTypes.StringType);

  private List<Page> pages;
  private Launcher.Outcome outcome;
  private Map<String, Row> rows;

  @BeforeAll
  void runTheJobOnce(@TempDir Path folder) throws IOException, InterruptedException {
    Path golden = Launcher.ROOT.resolve("golden");
    pages = new GoldenPages(golden).read();
    List<Row> table = new ArrayList<>();
    for (Page page : pages) {
      table.add(RowFactory.create(page.name(), page.image(), page.question()));
    }
    brokenImages(pages.get(0).image(), jpeg())
        .forEach((name, bytes) -> table.add(RowFactory.create(name, bytes, "What is this?")));
    table.add(RowFactory.create("no question", pages.get(0).image(), null));
    SparkSession spark = LocalSpark.session();
    String input = folder.resolve("pages.parquet").toString();
    spark.createDataFrame(table, SCHEMA).repartition(3).write().parquet(input);

    outcome =
        Launcher.inFolder(folder)
            .run(
                "run",
                "--master",
                "local[2]",
                "--model",
                golden.resolve("checkpoint").toString(),
                "--input",
                input,
                "--output",
                "answers",
                "--image-column",
                "page",
                "--question-column",
                "ask",
                "--hd-num",
                "" + GoldenPages.HD_NUM,
                "--repetition-penalty",
                "1.0",
                "--max-new-tokens",
                "32");
    assertThat(outcome.code()).as(outcome.err()).isZero();

    List<Row> answers = spark.read().parquet(folder.resolve("answers").toString()).collectAsList();
    assertThat(answers).hasSize(table.size());
    rows = answers.stream().collect(Collectors.toMap(row -> row.getString(0), row -> row));
  }

  private byte[] jpeg() {
    return pages.stream()
        .filter(page -> page.name().endsWith("photo_420.jpg"))
        .findFirst()
        .orElseThrow()
        .image();
  }

  private static Map<String, byte[]> brokenImages(byte[] png, byte[] jpeg) {
    Map<String, byte[]> broken = new LinkedHashMap<>();
    broken.put("truncated png", Arrays.copyOf(png, png.length / 2));
    broken.put("truncated jpeg", Arrays.copyOf(jpeg, jpeg.length / 2));
    broken.put("zero bytes", new byte[0]);
    broken.put("a text", "This is no image, it is a text.".getBytes(UTF_8));
    broken.put("a bomb", pngHeader(60_000, 60_000));
    broken.put("null", null);
    return broken;
  }

  /** Signature, IHDR of an RGB image of that size, and nothing behind it. */
  private static byte[] pngHeader(int width, int height) {
    ByteBuffer png = ByteBuffer.allocate(8 + 4 + 4 + 13 + 4);
    png.put(new byte[] {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}).putInt(13);
    png.put("IHDR".getBytes(UTF_8)).putInt(width).putInt(height).put(new byte[] {8, 2, 0, 0, 0});
    CRC32 crc = new CRC32();
    crc.update(png.array(), 12, 4 + 13);
    return png.putInt((int) crc.getValue()).array();
  }

  private String error(String name) {
    return rows.get(name).getAs("error");
  }

  @Test
  void pagesInAllFormatsHaveTheAnswersOfThePublishedCode() {
    assertThat(pages).hasSizeGreaterThanOrEqualTo(30);
    assertThat(pages)
        .extracting(page -> page.name().substring(page.name().lastIndexOf('.') + 1))
        .contains("png", "jpg", "webp", "tiff", "bmp", "gif");
    for (Page page : pages) {
      Row row = rows.get(page.name());
      assertThat(row.<Double>getAs("confidence")).isGreaterThan(0).isLessThanOrEqualTo(1);
      assertThat(row.<String>getAs("xc_key")).matches("[0-9a-f]{64}(-\\d+)?");
      assertThat(RowFactory.create(firstColumns(row)))
          .as(page.name())
          .isEqualTo(
              RowFactory.create(
                  page.name(),
                  page.image(),
                  page.question(),
                  page.answer(),
                  page.finishReason(),
                  page.promptTokens(),
                  page.imageTokens(),
                  page.newTokens()));
      assertThat(row.<String>getAs("error")).isNull();
    }
  }

  /** Those of the input and of the answer. */
  private static Object[] firstColumns(Row row) {
    return IntStream.range(0, SCHEMA.size() + 5).mapToObj(row::get).toArray();
  }

  @Test
  void brokenImagesSayWhatIsWrongAndHaveNoAnswer() {
    assertThat(error("truncated png"))
        .matches("IMAGE: the PNG image of \\d+ bytes cannot be read: i\\w+ .+\\. To fix: .+");
    assertThat(error("truncated jpeg"))
        .matches("IMAGE: the JPEG image of \\d+ bytes cannot be read: i\\w+ .+\\. To fix: .+");
    assertThat(error("zero bytes")).startsWith("IMAGE: the image has no bytes");
    assertThat(error("a text"))
        .startsWith("IMAGE: the image of 31 bytes does not start like an image file");
    assertThat(error("a bomb"))
        .startsWith("IMAGE: the PNG image of 60000x60000 pixels is over the limit");
    assertThat(error("null")).startsWith("IMAGE: image column 'page' is null");
    assertThat(error("no question")).startsWith("PROMPT: question column 'ask' is null");
    rows.values().stream()
        .filter(row -> row.getAs("error") != null)
        .forEach(
            row -> {
              assertThat(row.<String>getAs("error")).contains(". To fix: ");
              assertThat(row.<String>getAs("answer")).isNull();
              assertThat(row.<Integer>getAs("new_tokens")).isNull();
            });
  }

  @Test
  void theConsoleShowsTheSummaryAndNoLog() {
    assertThat(outcome.out()).isEmpty();
    assertThat(outcome.err())
        .contains(
            "Answered " + pages.size() + " of " + (pages.size() + 7) + " rows (7 with an error)")
        .contains("The answers are in answers")
        .doesNotContain("INFO")
        .doesNotContain("WARN");
  }
}
