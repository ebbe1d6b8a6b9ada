package io.xcomposer.spark;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.spark.GoldenPages.Page;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Writes the table of the quick start: golden pages in all formats with their recorded answers, and
 * some that are broken. Run once, when the golden data changes.
 */
final class DemoPages {
  private static final StructType SCHEMA =
      new StructType()
          .add("name", DataTypes.StringType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType)
          .add("expected", DataTypes.StringType);

  private DemoPages() {}

  /** Arguments: the golden folder and the folder to write the table to. */
  public static void main(String[] args) throws IOException {
    List<Page> pages = new GoldenPages(Path.of(args[0])).read();
    List<Row> rows = new ArrayList<>();
    for (Page page : pages) {
      rows.add(RowFactory.create(page.name(), page.image(), page.question(), page.answer()));
    }
    byte[] whole = pages.get(0).image();
    String question = "What is this?";
    rows.add(RowFactory.create("truncated", Arrays.copyOf(whole, 999), question, null));
    rows.add(RowFactory.create("zero bytes", new byte[0], question, null));
    rows.add(RowFactory.create("a text", "No image.".getBytes(UTF_8), question, null));
    rows.add(RowFactory.create("no image", null, question, null));
    SparkSession spark = LocalSpark.session();
    spark
        .createDataFrame(rows, SCHEMA)
        .coalesce(1)
        .write()
        .option("compression", "zstd")
        .parquet(args[1]);
    spark.stop();
  }
}
