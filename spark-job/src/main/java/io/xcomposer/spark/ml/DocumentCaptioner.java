package io.xcomposer.spark.ml;

import io.xcomposer.spark.XComposer;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Describes each image: {@code caption} as a stage.
 *
 * <pre>{@code
 * new DocumentCaptioner().setModel("/models/xcomposer2-4khd").setImageCol("content").transform(pages)
 * }</pre>
 */
public final class DocumentCaptioner extends DocumentTransformer<DocumentCaptioner> {
  private static final long serialVersionUID = 1L;

  public DocumentCaptioner() {
    this(Identifiable$.MODULE$.randomUID("documentCaptioner"));
  }

  /** With an id of its own, as Spark makes it when it loads a stage. */
  public DocumentCaptioner(String uid) {
    super(uid);
    setDefault(imageCol(), "image");
    setDefault(outputCol(), "caption");
  }

  /** A stage that was saved. */
  public static DocumentCaptioner load(String path) {
    return read().load(path);
  }

  /** The reader that Spark's pipelines look for. */
  public static MLReader<DocumentCaptioner> read() {
    return new DefaultParamsReader<>();
  }

  @Override
  Column result(XComposer reader, Column image) {
    return reader.captionStruct(image);
  }

  @Override
  DataType outputType(StructType schema) {
    return DataTypes.StringType;
  }
}
