package io.xcomposer.spark.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.GoldenPages;
import io.xcomposer.spark.GoldenPages.Page;
import io.xcomposer.spark.LocalSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestDocumentTransformers {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");
  private static final StructType SCHEMA =
      new StructType()
          .add("name", DataTypes.StringType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType)
          .add("expected", DataTypes.StringType);

  private static SparkSession spark;
  private static Dataset<Row> pages;

  @TempDir Path folder;

  @BeforeAll
  static void readPages() throws Exception {
    spark = LocalSpark.session().newSession(); // other tests leave their engine in the shared one
    List<Row> rows = new ArrayList<>();
    for (Page page : new GoldenPages(GOLDEN).read().subList(0, 3)) {
      rows.add(RowFactory.create(page.name(), page.image(), page.question(), page.answer()));
    }
    rows.add(RowFactory.create("broken", new byte[] {1, 2, 3}, "What is this?", null));
    pages = spark.createDataFrame(rows, SCHEMA);
  }

  private static DocumentQuestionAnswerer answerer() {
    return new DocumentQuestionAnswerer()
        .setModel(GOLDEN.resolve("checkpoint").toString())
        .setQuestionCol("question")
        .setErrorCol("error")
        .setHdNum(GoldenPages.HD_NUM)
        .setRepetitionPenalty(1.0)
        .setMaxNewTokens(32);
  }

  @Test
  void anAnswererGivesThePublishedAnswers() {
    assertExact(answerer().transform(pages));
  }

  @Test
  void aPipelineThatWasSavedGivesThemToo() throws Exception {
    String path = folder.resolve("pipeline").toString();
    new Pipeline().setStages(new PipelineStage[] {answerer()}).fit(pages).save(path);

    assertExact(PipelineModel.load(path).transform(pages));
  }

  @Test
  void aStageThatWasSavedHasItsParamsAndUid() throws Exception {
    String path = folder.resolve("stage").toString();
    DocumentCaptioner saved = new DocumentCaptioner().setHdNum(9).setDtype("bf16");
    saved.save(path);

    DocumentCaptioner loaded = DocumentCaptioner.load(path);
    assertThat(loaded.uid()).isEqualTo(saved.uid());
    assertThat(loaded.extractParamMap().toString()).isEqualTo(saved.extractParamMap().toString());
  }

  @Test
  void severalQuestionsGiveAnArrayOfAnswers() {
    Dataset<Row> many =
        pages.limit(1).withColumn("question", functions.array("question", "question"));

    Row row = answerer().transform(many).first();
    assertThat(row.<String>getList(row.fieldIndex("answer")))
        .containsExactly(row.getAs("expected"), row.getAs("expected"));
  }

  @Test
  void theSchemaIsKnownBeforehand() {
    StructType schema = answerer().transformSchema(SCHEMA);

    assertThat(schema).isEqualTo(answerer().transform(pages).schema());
  }

  @Test
  void aParamOutOfRangeSaysWhatIsAllowed() {
    assertThatThrownBy(() -> new DocumentCaptioner().setHdNum(0))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("hdNum = '0' is not allowed")
        .hasMessageContaining("from 1 to 1000");
  }

  @Test
  void aStageWithoutQuestionSaysHowToSetOne() {
    assertThatThrownBy(() -> new DocumentQuestionAnswerer().transformSchema(SCHEMA))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("question and questionCol are not set");
  }

  @Test
  void aColumnThatIsNotThereIsNamedBeforeAnythingRuns() {
    assertThatThrownBy(() -> answerer().setImageCol("scan").transform(pages))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("no column 'scan'")
        .hasMessageContaining("name, image, question, expected");
  }

  @Test
  void anImageColumnOfNumbersIsRefused() {
    Dataset<Row> numbers = pages.withColumn("image", functions.lit(1));

    assertThatThrownBy(() -> answerer().transform(numbers))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("int");
  }

  @Test
  void anOutputColumnThatIsThereAlreadyIsRefused() {
    assertThatThrownBy(() -> answerer().setOutputCol("Name").transform(pages))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("a column 'Name' already");
  }

  private static void assertExact(Dataset<Row> answers) {
    List<Row> rows = answers.collectAsList();
    assertThat(rows).hasSize(4);
    for (Row row : rows) {
      if (row.getAs("name").equals("broken")) {
        assertThat(row.<String>getAs("answer")).isNull();
        assertThat(row.<String>getAs("error")).startsWith("IMAGE: ");
      } else {
        assertThat(row.<String>getAs("answer")).isEqualTo(row.getAs("expected"));
        assertThat(row.<String>getAs("error")).isNull();
      }
    }
  }
}
