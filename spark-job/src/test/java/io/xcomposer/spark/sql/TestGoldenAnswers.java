package io.xcomposer.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.GoldenPages;
import io.xcomposer.spark.GoldenPages.Page;
import io.xcomposer.spark.engine.CheckpointEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;

/** The real engine behind SQL: the answers of the published code. */
class TestGoldenAnswers {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");

  private static final int PAGES = 3;

  @Test
  void liftedAndRowByRowAnswersAreThoseOfThePublishedCode() throws IOException {
    FakePages session = new FakePages("golden");
    session.spark().conf().set("spark.xcomposer.model", GOLDEN.resolve("checkpoint").toString());
    session.spark().conf().set("spark.xcomposer.engineOpener", CheckpointEngine.class.getName());
    session.spark().conf().set("spark.xcomposer.hdNum", "" + GoldenPages.HD_NUM);
    session.spark().conf().set("spark.xcomposer.repetitionPenalty", "1.0");
    session.spark().conf().set("spark.xcomposer.maxNewTokens", "32");
    List<Page> pages = new GoldenPages(GOLDEN).read().subList(0, PAGES);
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < PAGES; i++) {
      rows.add(RowFactory.create(i, pages.get(i).image(), pages.get(i).question()));
    }
    StructType schema =
        new StructType()
            .add("id", DataTypes.IntegerType)
            .add("image", DataTypes.BinaryType)
            .add("question", DataTypes.StringType);
    session.spark().createDataFrame(rows, schema).createOrReplaceTempView("golden");

    Dataset<Row> query =
        session.sql(
            "SELECT id, ask(image, question), ask_struct(image, array(question))[0].tokens,"
                + " transform(array(question), q -> ask(image, q))[0] FROM golden ORDER BY id");

    assertThat(session.operators(query)).hasSize(1);
    List<Row> answers = query.collectAsList();
    for (int i = 0; i < PAGES; i++) {
      Page page = pages.get(i);
      assertThat(answers.get(i))
          .isEqualTo(RowFactory.create(i, page.answer(), page.newTokens(), page.answer()));
    }
  }
}
