package io.xcomposer.spark.ml;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.XComposer;
import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.rows.ImageColumn;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.ml.Transformer;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.DefaultParamsWritable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * A stage that adds a column with what the model says about the image of a row.
 *
 * <p>The params of the model have the names, meanings and checks of docs/configuration.md. One that
 * is not set is left to the session's {@code spark.xcomposer.*} key.
 *
 * @param <T> the stage itself, which setters give back
 */
public abstract class DocumentTransformer<T extends DocumentTransformer<T>> extends Transformer
    implements DefaultParamsWritable {
  private static final long serialVersionUID = 1L;
  private static final String RESULT = "__xcomposer_result";

  private final String uid;

  DocumentTransformer(String uid) {
    this.uid = uid;
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The column with file contents (binary), paths (string) or Spark's image type. */
  public final Param<String> imageCol() {
    return own("imageCol", "column of file contents, of paths, or of Spark's image type");
  }

  /** The column that the stage adds. */
  public final Param<String> outputCol() {
    return own("outputCol", "column for the answer");
  }

  /** The column for errors, as {@code KIND: message}; without it errors are seen as NULL only. */
  public final Param<String> errorCol() {
    return own("errorCol", "column for the reason why a row has no answer; not added if not set");
  }

  /** {@code model} of docs/configuration.md. */
  public final Param<String> model() {
    return text(ConfKeys.MODEL);
  }

  /** {@code device} of docs/configuration.md. */
  public final Param<String> device() {
    return text(ConfKeys.DEVICE);
  }

  /** {@code dtype} of docs/configuration.md. */
  public final Param<String> dtype() {
    return text(ConfKeys.DTYPE);
  }

  /** {@code mode} of docs/configuration.md. */
  public final Param<String> mode() {
    return text(ConfKeys.MODE);
  }

  /** {@code hdNum} of docs/configuration.md. */
  public final IntParam hdNum() {
    return number(ConfKeys.HD_NUM);
  }

  /** {@code maxNewTokens} of docs/configuration.md. */
  public final IntParam maxNewTokens() {
    return number(ConfKeys.MAX_NEW_TOKENS);
  }

  /** {@code numBeams} of docs/configuration.md. */
  public final IntParam numBeams() {
    return number(ConfKeys.NUM_BEAMS);
  }

  /** {@code repetitionPenalty} of docs/configuration.md. */
  public final DoubleParam repetitionPenalty() {
    ConfEntry<Float> entry = ConfKeys.REPETITION_PENALTY;
    return new DoubleParam(this, entry.name(), entry.doc(), new AllowedValue<>(entry));
  }

  public T setImageCol(String value) {
    return with(imageCol(), value);
  }

  public T setOutputCol(String value) {
    return with(outputCol(), value);
  }

  public T setErrorCol(String value) {
    return with(errorCol(), value);
  }

  public T setModel(String value) {
    return with(model(), value);
  }

  public T setDevice(String value) {
    return with(device(), value);
  }

  public T setDtype(String value) {
    return with(dtype(), value);
  }

  public T setMode(String value) {
    return with(mode(), value);
  }

  public T setHdNum(int value) {
    return with(hdNum(), value);
  }

  public T setMaxNewTokens(int value) {
    return with(maxNewTokens(), value);
  }

  public T setNumBeams(int value) {
    return with(numBeams(), value);
  }

  public T setRepetitionPenalty(double value) {
    return with(repetitionPenalty(), value);
  }

  /** What is asked of each image, and in which function. */
  abstract Column result(XComposer reader, Column image);

  /**
   * Checks the params and columns that only this stage has.
   *
   * @return the type of the output column
   */
  abstract DataType outputType(StructType schema);

  @Override
  public StructType transformSchema(StructType schema) {
    StructField image = column(schema, imageCol());
    ImageColumn unused = ImageColumn.of(image, 1, new Configuration(false)); // checks the type
    StructType all = added(schema, outputCol(), outputType(schema));
    return isDefined(errorCol())
        ? added(all, errorCol(), outputType(schema)) // an error for each answer
        : all;
  }

  @Override
  public Dataset<Row> transform(Dataset<?> pages) {
    transformSchema(pages.schema());
    XComposer reader = XComposer.on(pages.sparkSession()).options(options());
    Column result = result(reader, pages.col(getOrDefault(imageCol())));
    Dataset<Row> answered =
        pages
            .withColumn(RESULT, result)
            .withColumn(getOrDefault(outputCol()), functions.col(RESULT + ".answer"));
    return (isDefined(errorCol())
            ? answered.withColumn(getOrDefault(errorCol()), functions.col(RESULT + ".error"))
            : answered)
        .drop(RESULT);
  }

  /** The params that are set and are options of the reader. */
  private Map<String, String> options() {
    Map<String, String> set = new LinkedHashMap<>();
    for (Param<?> param :
        List.of(
            model(),
            device(),
            dtype(),
            mode(),
            hdNum(),
            maxNewTokens(),
            numBeams(),
            repetitionPenalty())) {
      if (isSet(param)) {
        set.put(param.name(), String.valueOf(getOrDefault(param)));
      }
    }
    return set;
  }

  @Override
  public T copy(ParamMap extra) {
    return defaultCopy(extra);
  }

  final Param<String> own(String name, String doc) {
    return new Param<>(this, name, doc);
  }

  private Param<String> text(ConfEntry<?> entry) {
    return new Param<>(this, entry.name(), entry.doc(), new AllowedValue<>(entry));
  }

  private IntParam number(ConfEntry<Integer> entry) {
    return new IntParam(this, entry.name(), entry.doc(), new AllowedValue<>(entry));
  }

  @SuppressWarnings("unchecked") // T is the class itself
  final <V> T with(Param<V> param, V value) {
    return (T) set(param, value);
  }

  /**
   * The field of a column that a param names.
   *
   * @throws io.xcomposer.model.XComposerException when there is no such column
   */
  final StructField column(StructType schema, Param<String> param) {
    String name = getOrDefault(param);
    return Arrays.stream(schema.fields())
        .filter(field -> field.name().equalsIgnoreCase(name))
        .findFirst()
        .orElseThrow(
            () ->
                Errors.input(
                    uid + ": there is no column '" + name + "'",
                    "set "
                        + param.name()
                        + " to one of "
                        + String.join(", ", schema.fieldNames())));
  }

  private StructType added(StructType schema, Param<String> param, DataType type) {
    String name = getOrDefault(param);
    if (Arrays.stream(schema.fieldNames()).anyMatch(name::equalsIgnoreCase)) {
      throw Errors.input(
          uid + ": there is a column '" + name + "' already",
          "set " + param.name() + " to another name");
    }
    return schema.add(name, type, true);
  }
}
