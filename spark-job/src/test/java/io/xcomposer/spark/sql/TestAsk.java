package io.xcomposer.spark.sql;

import static io.xcomposer.spark.sql.FakePages.answer;
import static io.xcomposer.spark.sql.FakePages.row;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.spark.rows.LookAhead;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

/** What the functions answer, and what the engine is asked for it. */
class TestAsk {
  private static List<String> strings(Row row, int column) {
    return row.getList(column);
  }

  @Test
  void eachRowHasItsAnswerAndTheEngineIsAskedOnceForEach() {
    FakePages pages = new FakePages("each-row");
    Dataset<Row> query = pages.sql("SELECT id, ask(image, question) a FROM pages");

    assertThat(query.collectAsList())
        .hasSize(FakePages.ROWS)
        .allSatisfy(
            row -> assertThat(row.getString(1)).isEqualTo(answer(row.getInt(0), "q" + row.get(0))));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
    assertThat(pages.operators(query)).hasSize(1);
  }

  @Test
  void severalCallsAreOneOperatorAndShareThePage() {
    FakePages pages = new FakePages("several-calls");
    Dataset<Row> query =
        pages.sql("SELECT id, ask(image, 'a') x, caption(image) c, ask(image, 'b') y FROM pages");

    assertThat(query.collectAsList())
        .allSatisfy(
            row -> {
              assertThat(row.getString(1)).isEqualTo(answer(row.getInt(0), "a"));
              assertThat(row.getString(2)).startsWith("page" + row.getInt(0) + "|<ImageHere>");
              assertThat(row.getString(3)).isEqualTo(answer(row.getInt(0), "b"));
            });
    assertThat(pages.operators(query)).hasSize(1);
    assertThat(pages.asked()).isEqualTo(3 * FakePages.ROWS);
    assertThat(pages.imageInstances()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void theTextAndTheStructOfACallAreOneRequest() {
    FakePages pages = new FakePages("text-and-struct");

    List<Row> rows =
        pages.rows("SELECT ask(image, 'a') x, ask_struct(image, 'a') s FROM pages WHERE id = 3");

    assertThat(rows).hasSize(1);
    assertThat(rows.get(0).getString(0)).isEqualTo(answer(3, "a"));
    assertThat(rows.get(0).getStruct(1))
        .isEqualTo(RowFactory.create(answer(3, "a"), "eos", 3, 0.75, null, null, 0, 40, 30));
    assertThat(pages.asked()).isEqualTo(1);
  }

  @Test
  void anArrayOfQuestionsGivesAnArrayOfAnswersFromOnePage() {
    FakePages pages = new FakePages("array");

    List<Row> rows =
        pages.rows("SELECT ask(image, array('a', NULL, question)) x FROM pages WHERE id = 3");

    assertThat(strings(rows.get(0), 0)).containsExactly(answer(3, "a"), null, answer(3, "q3"));
    assertThat(pages.asked()).isEqualTo(2);
    assertThat(pages.imageInstances()).isEqualTo(1);
  }

  @Test
  void nullInIsNullOut() {
    FakePages pages = new FakePages("nulls");
    pages.table("holes", List.of(row(1, "x", null, "q"), row(2, "x", "page2", null)));

    List<Row> rows =
        pages.rows(
            "SELECT ask(image, question), ask_struct(image, question), ask(image, array(question)),"
                + " ask(NULL, question), ask(image, CAST(NULL AS ARRAY<STRING>))"
                + " FROM holes ORDER BY id");

    assertThat(rows.get(0)).isEqualTo(RowFactory.create(null, null, null, null, null));
    assertThat(rows.get(1).isNullAt(0)).isTrue();
    assertThat(rows.get(1).isNullAt(1)).isTrue();
    assertThat(strings(rows.get(1), 2)).containsExactly((String) null);
    assertThat(rows.get(1).isNullAt(4)).isTrue();
    assertThat(pages.asked()).isZero();
  }

  @Test
  void aBrokenPageIsAnErrorOfItsRowAlone() {
    FakePages pages = new FakePages("broken-page");
    pages.table("mixed", List.of(row(1, "x", "broken", "q"), row(2, "x", "page2", "q")));

    List<Row> rows =
        pages.rows(
            "SELECT ask(image, 'q'), s.answer, s.error, s.error_class FROM"
                + " (SELECT *, ask_struct(image, 'q') s FROM mixed) ORDER BY id");

    assertThat(rows.get(0).isNullAt(0)).isTrue();
    assertThat(rows.get(0).isNullAt(1)).isTrue();
    assertThat(rows.get(0).getString(2)).startsWith("IMAGE: the image is not one");
    assertThat(rows.get(0).getString(3)).isEqualTo("IMAGE");
    assertThat(rows.get(1))
        .isEqualTo(RowFactory.create(answer(2, "q"), answer(2, "q"), null, null));
  }

  @Test
  void dropMalformedLeavesFailedRowsOut() {
    FakePages pages = new FakePages("drop");
    pages.table("mixed", List.of(row(1, "x", "broken", "q"), row(2, "x", "page2", "q")));
    pages.spark().conf().set("spark.xcomposer.mode", "DROPMALFORMED");

    assertThat(pages.rows("SELECT id, ask(image, 'q') a FROM mixed"))
        .containsExactly(RowFactory.create(2, answer(2, "q")));
  }

  @Test
  void failFastEndsTheQueryNamingTheRow() {
    FakePages pages = new FakePages("fail-fast");
    pages.table("mixed", List.of(row(1, "x", "broken", "q"), row(2, "x", "page2", "q")));
    pages.spark().conf().set("spark.xcomposer.mode", "FAILFAST");

    assertThatThrownBy(() -> pages.rows("SELECT ask_struct(image, 'q', map(), id) a FROM mixed"))
        .hasStackTraceContaining(
            "ask failed at the row '1' and mode is FAILFAST. IMAGE: the image is not one");
  }

  @Test
  void aLostDeviceEndsTheQuery() {
    FakePages pages = new FakePages("device");
    pages.table("lost", List.of(row(1, "x", "device", "q")));

    assertThatThrownBy(() -> pages.rows("SELECT ask(image, 'q') a FROM lost"))
        .hasStackTraceContaining("the device is lost");
  }

  @Test
  void optionsOfTheCallHoldForIt() {
    FakePages pages = new FakePages("options");

    pages.rows(
        "SELECT ask(image, 'a', map('hdNum', '9', 'maxNewTokens', 7)), ask(image, 'a')"
            + " FROM pages WHERE id = 1");

    assertThat(pages.requests())
        .extracting(request -> request.hdNum(), request -> request.generation().maxNewTokens())
        .hasSize(2)
        .contains(org.assertj.core.groups.Tuple.tuple(9, 7));
  }

  @Test
  void eachCallHasItsOwnLimitOfPixels() {
    FakePages pages = new FakePages("pixels");

    List<Row> rows =
        pages.rows(
            "SELECT ask_struct(s, 'q').answer, ask_struct(s, 'q', map('maxImagePixels', '4')).error"
                + " FROM (SELECT named_struct('height', 1, 'width', 5, 'nChannels', 1, 'data',"
                + " image) s FROM pages WHERE id = 1)");

    assertThat(rows.get(0).getString(0)).isEqualTo("5x1|<ImageHere>q");
    assertThat(rows.get(0).getString(1)).contains("max-image-pixels = 4");
  }

  @Test
  void theNarrowestLookAheadOfTheCallsHolds() {
    FakePages pages = new FakePages("look-ahead");
    Dataset<Row> query =
        pages.sql(
            "SELECT ask(image, 'a', map('lookAhead.rows', '9', 'lookAhead.bytes', '2m')),"
                + " ask(image, 'b', map('lookAhead.rows', '2', 'lookAhead.bytes', '3m'))"
                + " FROM pages");
    List<PageCall> calls =
        pages.operators(query).get(0).calls().stream().map(AnswerPages::call).toList();

    assertThat(calls).hasSize(2);
    assertThat(AnswerPagesExec.lookAhead(calls)).isEqualTo(new LookAhead.Bounds(2, 2 << 20));
  }

  @Test
  void aPathIsReadOnTheExecutor() {
    FakePages pages = new FakePages("path");
    pages.table("paths", List.of(row(1, "/no/such/page.png", "x", "q")));

    assertThat(pages.rows("SELECT ask_struct(kind, 'q').error FROM paths").get(0).getString(0))
        .contains("/no/such/page.png does not exist");
  }

  @Test
  void aLocalTableIsNotAnsweredByTheOptimizer() {
    FakePages pages = new FakePages("local-table");
    Dataset<Row> query =
        pages.sql("SELECT ask(encode(i, 'utf-8'), 'q') FROM VALUES ('page7') AS t(i)");

    assertThat(query.queryExecution().optimizedPlan()).isNotNull();
    assertThat(pages.asked()).isZero();
    assertThat(query.collectAsList()).containsExactly(RowFactory.create(answer(7, "q")));
  }

  @Test
  void theColumnIsNamedAsTheCallIsWritten() {
    FakePages pages = new FakePages("names");

    assertThat(
            pages
                .sql(
                    "SELECT ask(image, 'Who?'), caption(image), caption_struct(image),"
                        + " ask(image, 'Who?', map('hdNum', '9')) FROM pages")
                .columns())
        .containsExactly(
            "ask(image, Who?)",
            "caption(image)",
            "caption_struct(image)",
            "ask(image, Who?, map(hdNum, 9))");
  }

  @Test
  void columnsAnswersAreOfTheirOwnModel() {
    FakePages pages = new FakePages("two-models");

    List<Row> rows =
        pages.rows(
            "SELECT ask(image, 'a'), ask(image, 'a', map('spark.xcomposer.model', '/models/other'))"
                + " FROM pages WHERE id = 1");

    assertThat(rows).containsExactly(RowFactory.create(answer(1, "a"), answer(1, "a")));
    assertThat(pages.asked()).isEqualTo(1);
  }
}
