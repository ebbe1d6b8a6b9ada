package io.xcomposer.spark.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.ChildJvm;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Launcher;
import io.xcomposer.spark.cli.Main;
import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Images of 20 MB, more of them than fit the heap, through the real engine. */
class LargeImagesIT {
  private static final StructType PAGES =
      new StructType()
          .add("id", DataTypes.IntegerType, false)
          .add("image", DataTypes.BinaryType, false);

  private static final int IMAGES = 60;
  private static final int FILES = 2;

  /** A side of an image, RGB: 20 MB, which noise does not compress to less. */
  private static final int PIXELS = 2600;

  @Test
  void aTableLargerThanTheHeapOfItsExecutorIsAnswered(@TempDir Path folder) throws Exception {
    Path pages = folder.resolve("pages");
    write(pages);
    assertThat(bytes(pages)).isGreaterThan(1L << 30);

    new ChildJvm(folder, "1g", List.of("-Dspark.master=local[2]", "-Dspark.ui.enabled=false"))
        .run(
            Main.class,
            "run",
            "--model",
            Launcher.ROOT.resolve("golden/checkpoint").toString(),
            "--input",
            pages.toString(),
            "--question",
            "What is this?",
            "--key",
            "id",
            "--columns",
            "id",
            "--hd-num",
            "1",
            "--max-new-tokens",
            "1",
            "--output",
            folder.resolve("answers").toString());

    List<Row> answers =
        LocalSpark.session().read().parquet(folder.resolve("answers").toString()).collectAsList();
    assertThat(answers).extracting(row -> row.getAs("id")).doesNotHaveDuplicates().hasSize(IMAGES);
    assertThat(answers).allSatisfy(row -> assertThat(row.<String>getAs("error")).isNull());
  }

  /** As a table of large images has to be written: a page of the file for each. */
  private static void write(Path folder) {
    SparkSession spark = LocalSpark.session();
    List<Integer> ids = new ArrayList<>();
    for (int id = 0; id < IMAGES; id++) {
      ids.add(id);
    }
    FlatMapFunction<java.util.Iterator<Integer>, Row> drawn = LargeImagesIT::drawn;
    spark
        .createDataFrame(
            JavaSparkContext.fromSparkContext(spark.sparkContext())
                .parallelize(ids, FILES)
                .mapPartitions(drawn),
            PAGES)
        .write()
        .option("parquet.page.size.row.check.min", "1")
        .parquet(folder.toString());
  }

  private static java.util.Iterator<Row> drawn(java.util.Iterator<Integer> ids) {
    return new java.util.Iterator<>() {
      @Override
      public boolean hasNext() {
        return ids.hasNext();
      }

      @Override
      public Row next() {
        int id = ids.next();
        return RowFactory.create(id, noise(id));
      }
    };
  }

  private static byte[] noise(int seed) {
    BufferedImage image = new BufferedImage(PIXELS, PIXELS, BufferedImage.TYPE_3BYTE_BGR);
    new Random(seed).nextBytes(((DataBufferByte) image.getRaster().getDataBuffer()).getData());
    ByteArrayOutputStream png = new ByteArrayOutputStream(4 * PIXELS * PIXELS);
    ImageWriter writer = ImageIO.getImageWritersByFormatName("png").next();
    ImageWriteParam stored = writer.getDefaultWriteParam();
    stored.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
    stored.setCompressionQuality(1);
    try (ImageOutputStream out = ImageIO.createImageOutputStream(png)) {
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), stored);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      writer.dispose();
    }
    return png.toByteArray();
  }

  private static long bytes(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }
}
