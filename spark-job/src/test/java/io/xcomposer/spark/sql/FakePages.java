package io.xcomposer.spark.sql;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.LocalSpark;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * A session with the SQL functions over a fake engine, and a table {@code pages (id, kind, image,
 * question)} in Parquet whose images read {@code page<id>}.
 */
final class FakePages {
  static final int ROWS = 10;

  private static SparkSession extended;

  private final SparkSession spark;
  private final String model;

  /** What the engine is asked is counted for each model apart. */
  FakePages(String model) {
    this.model = "/models/" + model;
    spark = session().newSession();
    spark.conf().set("spark.xcomposer.model", this.model);
    spark.conf().set("spark.xcomposer.engineOpener", FakeEngine.Opener.class.getName());
    table("pages", rows());
  }

  private static synchronized SparkSession session() {
    if (extended == null) {
      LocalSpark.session();
      SparkSession.clearActiveSession();
      SparkSession.clearDefaultSession();
      extended = SparkSession.builder().withExtensions(new XComposerExtensions()).getOrCreate();
    }
    return extended;
  }

  static List<Row> rows() {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      rows.add(row(i, i % 2 == 0 ? "even" : "odd", "page" + i, "q" + i));
    }
    return rows;
  }

  static Row row(int id, String kind, String image, String question) {
    return RowFactory.create(id, kind, image == null ? null : image.getBytes(UTF_8), question);
  }

  SparkSession spark() {
    return spark;
  }

  /** Makes a view of rows that lie in files, as those of a user do. */
  void table(String name, List<Row> rows) {
    String folder = "target/test-tables/" + model.substring(model.lastIndexOf('/')) + "-" + name;
    spark.createDataFrame(rows, SCHEMA).repartition(2).write().mode("overwrite").parquet(folder);
    spark.read().parquet(folder).createOrReplaceTempView(name);
  }

  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.IntegerType)
          .add("kind", DataTypes.StringType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType);

  Dataset<Row> sql(String query) {
    return spark.sql(query);
  }

  List<Row> rows(String query) {
    return sql(query).collectAsList();
  }

  /** The operators in the plan of a query. */
  List<AnswerPages> operators(Dataset<Row> query) {
    List<AnswerPages> found = new ArrayList<>();
    query
        .queryExecution()
        .optimizedPlan()
        .foreach(
            node -> {
              if (node instanceof AnswerPages pages) {
                found.add(pages);
              }
              return null;
            });
    return found;
  }

  /** Whether a call is left that no operator answers. */
  boolean hasCallsOutside(Dataset<Row> query) {
    return query
        .queryExecution()
        .optimizedPlan()
        .exists(node -> !(node instanceof AnswerPages) && LiftPageCalls.hasCalls(node));
  }

  /** All that the engine was asked. */
  List<Request> requests() {
    return FakeEngine.OPENED.stream()
        .filter(engine -> engine.checkpoint.toString().equals(model))
        .flatMap(engine -> engine.requests.stream())
        .toList();
  }

  /** How often the engine was asked. */
  int asked() {
    return requests().size();
  }

  /** How many image instances the engine was given. */
  int imageInstances() {
    Set<Integer> instances = new HashSet<>();
    for (Request request : requests()) {
      for (ImageSource image : request.images()) {
        instances.add(System.identityHashCode(image));
      }
    }
    return instances.size();
  }

  static String answer(int id, String question) {
    return "page" + id + "|<ImageHere>" + question;
  }
}
