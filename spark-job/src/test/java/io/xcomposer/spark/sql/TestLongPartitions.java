package io.xcomposer.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.XComposer;
import io.xcomposer.spark.engine.EngineOpener;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestLongPartitions {
  private static final int MEGABYTE = 1 << 20;

  private final SparkSession spark = LocalSpark.session().newSession();
  private final XComposer reader = XComposer.on(spark).model("/models/sizes");

  @BeforeEach
  void answerWithSizes() {
    spark.conf().set("spark.xcomposer.engineOpener", Sizes.class.getName());
  }

  @Test
  void ofTenThousandRowsNoneIsLostAndTheBrokenOnesSayWhy() {
    Dataset<Row> pages =
        spark.sql(
            "SELECT id, IF(id % 20 = 7, CAST('' AS BINARY),"
                + " CAST(repeat('x', CAST(1 + id % 50 AS INT)) AS BINARY)) AS image,"
                + " concat('question ', id) AS question FROM range(0, 10000, 1, 4)");

    Map<Long, Row> answers = new HashMap<>();
    for (Row row : reader.ask(pages, "image", "question").drop("image").collectAsList()) {
      assertThat(answers.put(row.getAs("id"), row)).as("row %s comes twice", row).isNull();
    }

    assertThat(answers).hasSize(10_000);
    answers.forEach(
        (id, row) -> {
          if (id % 20 == 7) {
            assertThat(row.<String>getAs("error_class")).isEqualTo("IMAGE");
            assertThat(row.<String>getAs("answer")).isNull();
          } else {
            assertThat(row.<String>getAs("answer")).isEqualTo(1 + id % 50 + " for question " + id);
            assertThat(row.<String>getAs("error")).isNull();
          }
        });
  }

  @Test
  void aPartitionLargerThanTheHeapIsNeverInMemoryAsAWhole() {
    int rows = (int) (1.5 * Runtime.getRuntime().maxMemory() / (20 * MEGABYTE));
    Dataset<Row> pages =
        spark.sql(
            "SELECT id, CAST(repeat(char(65 + id % 26), "
                + 20 * MEGABYTE
                + ") AS BINARY) AS image, 'how large?' AS question FROM range(0, "
                + rows
                + ", 1, 1)");

    List<Row> answers =
        reader.ask(pages, "image", "question").select("answer").distinct().collectAsList();

    assertThat(answers)
        .extracting(row -> row.getString(0))
        .containsExactly(20 * MEGABYTE + " for how large?");
  }

  /** Opens engines that answer with the size of the image and keep nothing. */
  public static final class Sizes implements EngineOpener {
    private static final long serialVersionUID = 1L;

    @Override
    public void check(Path checkpoint) {}

    @Override
    public String fingerprint(Path checkpoint) {
      return "sizes";
    }

    @Override
    public Engine open(Path checkpoint, EngineOptions options) {
      return new SizeEngine();
    }
  }

  private static final class SizeEngine implements Engine {
    @Override
    public CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
      return CompletableFuture.supplyAsync(() -> answer(request));
    }

    private static Answer answer(Request request) {
      int size = ((ImageSource.Encoded) request.images().get(0)).bytes().length;
      if (size == 0) {
        throw Errors.image("the image has no bytes", "give some");
      }
      String question = request.query().substring(Request.IMAGE_MARKER.length());
      return new Answer(
          size + " for " + question,
          List.of(5, 2),
          20,
          10,
          List.of(new Answer.Grid(1, 1)),
          Answer.FinishReason.EOS,
          Double.NaN,
          new Answer.Confidence(0.5, 0.25),
          0,
          2,
          0,
          new Answer.StageSeconds(0, 0, 0, 0, 0));
    }

    @Override
    public void close() {}
  }
}
