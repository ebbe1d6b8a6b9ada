package io.xcomposer.spark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.hex;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sha2;
import static org.apache.spark.sql.functions.to_json;
import static org.apache.spark.sql.functions.xxhash64;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.CallArguments;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampType;

/**
 * What rows are known by, as column expressions.
 *
 * <p>A key that is given is the text of its column, or of several as a JSON array. Otherwise it is
 * the SHA-256, in hexadecimal digits, of the hashes of image, question and all other columns, so
 * that only rows that are alike in every column have the same one:
 *
 * <pre>sha2(concat(sha2(image, 256), ':', sha2(question, 256), ':', xxhash64(others)), 256)</pre>
 *
 * with {@code 'null'} for the hash of what is NULL, of the path for an image that is a path, and of
 * the question's text without prompt settings.
 *
 * @param key text, NULL where a given key is
 * @param given whether the key is from columns of the input
 */
record RowKeys(Column key, boolean given) {
  /** The key's column in the output. */
  static final String KEY = "xc_key";

  private static final String NULL = "null";
  private static final int SHA_BITS = 256;

  /**
   * Keys of a table.
   *
   * @param keyColumns names as given, empty for a hash
   * @throws io.xcomposer.model.XComposerException when a column is not there or has a type that
   *     makes no key
   */
  static RowKeys of(
      Dataset<Row> pages, List<String> keyColumns, StructField image, Question question) {
    if (keyColumns.isEmpty()) {
      return hashed(pages.schema(), image, question);
    }
    List<Column> parts = new ArrayList<>();
    for (String name : keyColumns) {
      parts.add(text(Columns.named(pages.schema(), name, "--key")));
    }
    Column key = parts.get(0);
    if (parts.size() > 1) {
      Column all = to_json(functions.array(parts.toArray(Column[]::new)));
      Column anyNull = parts.stream().map(Column::isNull).reduce(Column::or).orElseThrow();
      key = functions.when(anyNull, lit(null)).otherwise(all);
    }
    return new RowKeys(key.cast(DataTypes.StringType), true);
  }

  /** The same text for the same value, whatever the session's settings are. */
  private static Column text(StructField field) {
    Column column = CallArguments.column(field.name());
    DataType type = field.dataType();
    if (type instanceof StringType
        || type instanceof IntegralType
        || type instanceof BooleanType
        || type instanceof DecimalType
        || type instanceof DateType) {
      return column.cast(DataTypes.StringType);
    }
    if (type instanceof BinaryType) {
      return hex(column);
    }
    if (type instanceof TimestampType) {
      return functions.unix_micros(column).cast(DataTypes.StringType);
    }
    throw Errors.input(
        "key column '" + field.name() + "' has type " + type.simpleString(),
        "give columns of text, whole or decimal numbers, dates, timestamps or binary values");
  }

  private static RowKeys hashed(StructType schema, StructField image, Question question) {
    Column questionText =
        question instanceof Question.Constant constant
            ? lit(constant.text())
            : CallArguments.column(((Question.Column) question).name());
    Column key =
        sha2(
            concat(imageHash(image), lit(":"), hash(questionText), lit(":"), others(schema, image))
                .cast(DataTypes.BinaryType),
            SHA_BITS);
    return new RowKeys(key, false);
  }

  private static Column imageHash(StructField image) {
    Column column = CallArguments.column(image.name());
    if (!(image.dataType() instanceof StructType)) {
      return hash(column);
    }
    Column shape =
        to_json(
            functions.struct(
                column.getField("height"), column.getField("width"), column.getField("nChannels")));
    return functions
        .when(column.isNull(), lit(NULL))
        .otherwise(hash(concat(shape, hash(column.getField("data")))));
  }

  private static Column hash(Column value) {
    return coalesce(sha2(value.cast(DataTypes.BinaryType), SHA_BITS), lit(NULL));
  }

  /**
   * Over everything but the image's bytes, by names in their order. With each column whether it is
   * NULL, because Spark's hash passes over those.
   */
  private static Column others(StructType schema, StructField image) {
    List<Column> others = new ArrayList<>();
    Arrays.stream(schema.fields())
        .sorted(Comparator.comparing(StructField::name))
        .filter(field -> !field.name().equals(image.name()) && !isTimeOfFile(field, image))
        .map(RowKeys::hashable)
        .forEach(column -> others.addAll(List.of(column, column.isNull())));
    if (image.dataType() instanceof StructType struct) {
      Arrays.stream(struct.fieldNames())
          .filter(name -> !name.equals("data"))
          .forEach(name -> others.add(CallArguments.column(image.name()).getField(name)));
    }
    return others.isEmpty() ? lit("0") : xxhash64(others.toArray(Column[]::new)).cast("string");
  }

  /** In a table of files: a file that is copied or touched is the same page. */
  private static boolean isTimeOfFile(StructField field, StructField image) {
    return field.name().equals("modificationTime") && image.name().equals("content");
  }

  /** As JSON where a column holds others: Spark hashes no maps, and passes over NULL inside. */
  private static Column hashable(StructField field) {
    Column column = CallArguments.column(field.name());
    DataType type = field.dataType();
    boolean nested =
        type instanceof ArrayType || type instanceof StructType || type instanceof MapType;
    return nested ? to_json(functions.struct(column), Map.of("timeZone", "UTC")) : column;
  }
}
