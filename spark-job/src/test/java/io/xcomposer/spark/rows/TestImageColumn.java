package io.xcomposer.spark.rows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Request.ImageSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.GenericRowWithSchema;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestImageColumn {
  private static final StructType SPARK_IMAGE =
      new StructType()
          .add("origin", DataTypes.StringType)
          .add("height", DataTypes.IntegerType)
          .add("width", DataTypes.IntegerType)
          .add("nChannels", DataTypes.IntegerType)
          .add("mode", DataTypes.IntegerType)
          .add("data", DataTypes.BinaryType);

  @TempDir private Path folder;

  private static ImageColumn column(DataType type) {
    return ImageColumn.of(new StructField("page", type, true, null), 100, new Configuration(false));
  }

  private static Row struct(Object... values) {
    return new GenericRowWithSchema(values, SPARK_IMAGE);
  }

  @Test
  void binaryIsTheContentOfAFile() {
    byte[] bytes = {1, 2, 3};

    assertThat(column(DataTypes.BinaryType).read(bytes)).isEqualTo(new ImageSource.Encoded(bytes));
  }

  @Test
  void aStringIsThePathOfAFile() throws IOException {
    Path file = Files.write(folder.resolve("a b.png"), new byte[] {4, 5});

    ImageSource source = column(DataTypes.StringType).read(file.toString());

    assertThat(((ImageSource.Encoded) source).bytes()).containsExactly(4, 5);
  }

  @Test
  void aPathOfNothingIsAnErrorThatNamesIt() {
    ImageColumn column = column(DataTypes.StringType);

    assertThatThrownBy(() -> column.read(folder.resolve("none.png").toString()))
        .hasMessageContaining("none.png does not exist");
  }

  @Test
  void aPathOfAFolderIsAnError() {
    ImageColumn column = column(DataTypes.StringType);

    assertThatThrownBy(() -> column.read(folder.toString())).hasMessageContaining("is a folder");
  }

  @Test
  void aPathOfAnUnknownFileSystemIsAnError() {
    ImageColumn column = column(DataTypes.StringType);

    assertThatThrownBy(() -> column.read("nowhere://host/a.png"))
        .hasMessageContaining("nowhere://host/a.png cannot be read");
  }

  @Test
  void blueGreenRedBecomesRedGreenBlue() {
    ImageSource source =
        column(SPARK_IMAGE).read(struct("", 1, 2, 3, 16, new byte[] {1, 2, 3, 4, 5, 6}));

    assertThat(((ImageSource.Decoded) source).image().pixels()).containsExactly(3, 2, 1, 6, 5, 4);
  }

  @Test
  void alphaIsDropped() {
    ImageSource source = column(SPARK_IMAGE).read(struct("", 1, 1, 4, 24, new byte[] {1, 2, 3, 9}));

    assertThat(((ImageSource.Decoded) source).image().pixels()).containsExactly(3, 2, 1);
  }

  @Test
  void greyIsReplicated() {
    ImageSource source = column(SPARK_IMAGE).read(struct("", 1, 2, 1, 0, new byte[] {7, 8}));

    assertThat(((ImageSource.Decoded) source).image().pixels()).containsExactly(7, 7, 7, 8, 8, 8);
  }

  @Test
  void sizesThatDoNotFitTheDataAreAnError() {
    ImageColumn column = column(SPARK_IMAGE);

    assertThatThrownBy(() -> column.read(struct("", 65536, 65536, 3, 16, new byte[12])))
        .hasMessageContaining("[65536, 65536, 3]")
        .hasMessageContaining("12 bytes");
  }

  @Test
  void sizesWhoseProductOverflowsAreAnError() {
    ImageColumn column = column(SPARK_IMAGE);

    assertThatThrownBy(() -> column.read(struct("", 1 << 30, 1 << 30, 4, 24, new byte[0])))
        .hasMessageContaining("has 0 bytes of data");
  }

  @Test
  void pixelsOverTheLimitAreAnError() {
    ImageColumn column = column(SPARK_IMAGE);

    assertThat(column.read(struct("", 10, 10, 1, 0, new byte[100]))).isNotNull();
    assertThatThrownBy(() -> column.read(struct("", 1, 101, 1, 0, new byte[101])))
        .hasMessageContaining("101x1 pixels is over the limit max-image-pixels = 100");
  }

  @Test
  void anInvalidImageOfSparksDataSourceIsAnError() {
    ImageColumn column = column(SPARK_IMAGE);

    assertThatThrownBy(() -> column.read(struct("x.png", -1, -1, -1, -1, new byte[0])))
        .hasMessageContaining("has 0 bytes of data");
  }
}
