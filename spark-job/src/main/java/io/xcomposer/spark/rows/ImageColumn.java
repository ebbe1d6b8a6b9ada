package io.xcomposer.spark.rows;

import io.xcomposer.model.Errors;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.image.RgbImage;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;

/** How the value of an image column becomes the image of a request. */
public sealed interface ImageColumn extends Serializable {

  /**
   * The image of a cell.
   *
   * @param value not null
   * @throws io.xcomposer.model.XComposerException when there is none to be had
   */
  ImageSource read(Object value);

  /**
   * The reader for a column's type.
   *
   * @param maxPixels images that come as pixels with more than these are refused
   * @param hadoop configuration of the file systems that a path column points to
   * @throws io.xcomposer.model.XComposerException for a type that holds no image
   */
  static ImageColumn of(StructField field, long maxPixels, Configuration hadoop) {
    DataType type = field.dataType();
    if (type instanceof BinaryType) {
      return new FileBytes();
    }
    if (type instanceof StringType) {
      return new FilePath(new SerializableConfiguration(hadoop));
    }
    if (isStruct(type)) {
      return new DecodedStruct(maxPixels);
    }
    throw Errors.input(
        "image column '" + field.name() + "' has type " + type.simpleString(),
        "give a column of file contents (binary), of paths (string), or of Spark's image type"
            + " (struct with "
            + String.join(", ", DecodedStruct.FIELDS)
            + ")");
  }

  /** Whether a column of this type can hold images. */
  static boolean isImage(DataType type) {
    return type instanceof BinaryType || type instanceof StringType || isStruct(type);
  }

  private static boolean isStruct(DataType type) {
    return type instanceof StructType struct
        && Set.of(struct.fieldNames()).containsAll(DecodedStruct.FIELDS);
  }

  /** The content of an image file. */
  record FileBytes() implements ImageColumn {
    @Override
    public ImageSource read(Object value) {
      return new ImageSource.Encoded((byte[]) value);
    }
  }

  /** The path of an image file, in any file system that Hadoop knows. */
  record FilePath(SerializableConfiguration hadoop) implements ImageColumn {
    /** Above this no page is meant: the file would only fill the heap. */
    static final long MAX_FILE_BYTES = 512L << 20;

    @Override
    public ImageSource read(Object value) {
      String text = (String) value;
      try {
        Path path = new Path(text);
        FileSystem files = path.getFileSystem(hadoop.value());
        FileStatus status = files.getFileStatus(path);
        if (status.isDirectory() || status.getLen() > MAX_FILE_BYTES) {
          throw Errors.image(
              text + " is " + (status.isDirectory() ? "a folder" : status.getLen() + " bytes long"),
              "give the path of an image file of at most " + MAX_FILE_BYTES + " bytes");
        }
        try (InputStream in = files.open(path)) {
          return new ImageSource.Encoded(in.readNBytes((int) MAX_FILE_BYTES));
        }
      } catch (FileNotFoundException e) {
        throw Errors.image(text + " does not exist", "correct the path in this row", e);
      } catch (IOException | IllegalArgumentException e) {
        throw Errors.image(
            text + " cannot be read: " + e.getMessage(),
            "check the path and that the executors may read it",
            e);
      }
    }
  }

  /**
   * Pixels as in Spark's image data source: rows from the top, OpenCV channel order (BGR, BGRA), 8
   * bits. Alpha is dropped, grey is replicated, as the published code does.
   */
  record DecodedStruct(long maxPixels) implements ImageColumn {
    /** What an array of RGB bytes holds. */
    private static final long ARRAY_PIXELS = (Integer.MAX_VALUE - 8) / 3;

    static final List<String> FIELDS = List.of("height", "width", "nChannels", "data");

    @Override
    public ImageSource read(Object value) {
      Row row = (Row) value;
      int[] sizes = new int[3];
      for (int i = 0; i < sizes.length; i++) {
        int at = row.fieldIndex(FIELDS.get(i));
        sizes[i] = row.isNullAt(at) ? -1 : row.getInt(at);
      }
      byte[] data = row.getAs(FIELDS.get(3));
      int channels = sizes[2];
      long pixels = (long) sizes[0] * sizes[1];
      if (sizes[0] < 1
          || sizes[1] < 1
          || !Set.of(1, 3, 4).contains(channels)
          || data == null
          || data.length % channels != 0
          || data.length / channels != pixels) {
        throw Errors.image(
            "image struct of height, width, nChannels "
                + Arrays.toString(sizes)
                + " has "
                + (data == null ? "no data" : data.length + " bytes of data"),
            "give 8-bit pixels of 1, 3 or 4 channels, height * width * nChannels bytes");
      }
      long limit = Math.min(maxPixels, ARRAY_PIXELS);
      if (pixels > limit) {
        throw Errors.image(
            "image struct of %dx%d pixels is over the limit max-image-pixels = %d"
                .formatted(sizes[1], sizes[0], limit),
            "give a smaller image, or raise max-image-pixels");
      }
      return new ImageSource.Decoded(
          new RgbImage(sizes[1], sizes[0], rgb(data, channels, (int) pixels)));
    }

    private static byte[] rgb(byte[] data, int channels, int pixels) {
      byte[] rgb = new byte[Math.multiplyExact(3, pixels)];
      int red = channels == 1 ? 0 : 2;
      int green = channels == 1 ? 0 : 1;
      for (int i = 0; i < pixels; i++) {
        rgb[3 * i] = data[channels * i + red];
        rgb[3 * i + 1] = data[channels * i + green];
        rgb[3 * i + 2] = data[channels * i];
      }
      return rgb;
    }
  }
}
