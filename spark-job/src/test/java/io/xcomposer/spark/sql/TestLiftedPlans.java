package io.xcomposer.spark.sql;

import static io.xcomposer.spark.sql.FakePages.answer;
import static io.xcomposer.spark.sql.FakePages.row;
import static org.apache.spark.sql.functions.col;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.Request;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.junit.jupiter.api.Test;

/** Where the operator stands in plans of all shapes: what is asked, and about which rows. */
class TestLiftedPlans {
  private static List<String> questions(FakePages pages) {
    return pages.requests().stream()
        .map(Request::query)
        .map(query -> query.substring(Request.IMAGE_MARKER.length()))
        .distinct()
        .toList();
  }

  private static List<String> names(List<Attribute> columns) {
    return columns.stream().map(Attribute::name).toList();
  }

  @Test
  void conditionsOnOtherColumnsAreAskedFirst() {
    FakePages pages = new FakePages("filter-first");

    List<Row> rows =
        pages.rows("SELECT id FROM pages WHERE ask(image, 'q') LIKE 'page%' AND kind = 'odd'");

    assertThat(rows).hasSize(5);
    assertThat(pages.asked()).isEqualTo(5);
  }

  @Test
  void aCallInWhereAndSelectIsAskedOnce() {
    FakePages pages = new FakePages("where-and-select");
    Dataset<Row> query =
        pages.sql("SELECT id, ask(image, 'q') FROM pages WHERE ask(image, 'q') LIKE 'page3%'");

    assertThat(query.collectAsList()).containsExactly(RowFactory.create(3, answer(3, "q")));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
    assertThat(pages.operators(query)).hasSize(1);
  }

  @Test
  void aConditionOnTheAnswerOfASubqueryAsksOnce() {
    FakePages pages = new FakePages("subquery");
    pages.sql("SELECT *, ask(image, 'q') a FROM pages").createOrReplaceTempView("answered");

    assertThat(pages.rows("SELECT id, a FROM answered WHERE a LIKE 'page3%'"))
        .containsExactly(RowFactory.create(3, answer(3, "q")));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void aCallInWhereAndGroupByIsAskedOnce() {
    FakePages pages = new FakePages("where-and-group");

    List<Row> rows =
        pages.rows(
            "SELECT ask(image, 'q') a, count(*) FROM pages WHERE ask(image, 'q') LIKE 'page3%'"
                + " GROUP BY ask(image, 'q')");

    assertThat(rows).containsExactly(RowFactory.create(answer(3, "q"), 1L));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void aCallInsideAnAggregateFunctionIsAboutEachRow() {
    FakePages pages = new FakePages("aggregate-function");

    List<Row> rows =
        pages.rows(
            "SELECT kind, max(ask(image, 'q')), count(DISTINCT ask(image, 'q')) FROM pages"
                + " GROUP BY kind ORDER BY kind");

    assertThat(rows)
        .containsExactly(
            RowFactory.create("even", answer(8, "q"), 5L),
            RowFactory.create("odd", answer(9, "q"), 5L));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void aCallOnAnAggregateIsAboutEachGroup() {
    FakePages pages = new FakePages("on-aggregate");
    Dataset<Row> query =
        pages.sql("SELECT kind, ask(max(image), concat(kind, count(*))) FROM pages GROUP BY kind");

    assertThat(query.collectAsList())
        .containsExactlyInAnyOrder(
            RowFactory.create("even", answer(8, "even5")),
            RowFactory.create("odd", answer(9, "odd5")));
    assertThat(pages.asked()).isEqualTo(2);
    assertThat(pages.hasCallsOutside(query)).isFalse();
  }

  @Test
  void limitAsksNoMoreThanItGives() {
    FakePages pages = new FakePages("limit");

    assertThat(pages.rows("SELECT id, ask(image, 'q') FROM pages LIMIT 3")).hasSize(3);
    assertThat(pages.asked()).isEqualTo(3);
  }

  @Test
  void aLimitWithinAQueryIsBelowTheOperator() {
    FakePages pages = new FakePages("inner-limit");
    Dataset<Row> query =
        pages.sql(
            "SELECT count(a) FROM (SELECT ask(image, 'q') a FROM pages LIMIT 3) WHERE a LIKE '%'");

    assertThat(query.collectAsList()).containsExactly(RowFactory.create(3L));
    assertThat(pages.asked()).isEqualTo(3);
  }

  @Test
  void aLimitedTableThatIsRepartitionedIsAnsweredByAllItsPartitions() {
    FakePages pages = new FakePages("repartitioned-limit");
    String hinted =
        "SELECT ask(image, 'q') a FROM"
            + " (SELECT /*+ REPARTITION(4) */ * FROM (SELECT * FROM pages LIMIT 8))";

    assertThat(pages.sql(hinted).javaRDD().getNumPartitions()).isEqualTo(4);
    assertThat(pages.rows(hinted)).hasSize(8);
    assertThat(pages.asked()).isEqualTo(8);
  }

  @Test
  void theFirstRowsOfAnOrderAreFoundBeforeTheyAreAsked() {
    FakePages pages = new FakePages("order-limit");

    assertThat(pages.rows("SELECT id, ask(image, 'q') FROM pages ORDER BY id DESC LIMIT 2"))
        .containsExactly(
            RowFactory.create(9, answer(9, "q")), RowFactory.create(8, answer(8, "q")));
    assertThat(pages.asked()).isEqualTo(2);
  }

  @Test
  void anOrderByTheAnswerAsksAll() {
    FakePages pages = new FakePages("order-by-answer");

    assertThat(pages.rows("SELECT id FROM pages ORDER BY ask(image, 'q') DESC LIMIT 2"))
        .containsExactly(RowFactory.create(9), RowFactory.create(8));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void sortingByAnswersAsksEachRowOnce() {
    FakePages pages = new FakePages("sort");

    assertThat(pages.rows("SELECT id FROM pages ORDER BY ask(image, 'q') DESC"))
        .startsWith(RowFactory.create(9))
        .endsWith(RowFactory.create(0));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void rangesOfAnswersAskEachRowOnce() {
    FakePages pages = new FakePages("ranges");

    pages.sql("SELECT ask(image, 'q') a FROM pages").repartitionByRange(2, col("a")).collect();

    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void onlyTheTakenBranchOfACaseIsAsked() {
    FakePages pages = new FakePages("case");
    Dataset<Row> query =
        pages.sql(
            "SELECT id, CASE WHEN kind = 'odd' THEN ask(image, 'o') WHEN id = 4 THEN"
                + " ask(image, 'four') ELSE 'none' END, if(id = 7, ask(image, 'seven'), NULL)"
                + " FROM pages ORDER BY id");

    List<Row> rows = query.collectAsList();

    assertThat(rows.get(3)).isEqualTo(RowFactory.create(3, answer(3, "o"), null));
    assertThat(rows.get(4)).isEqualTo(RowFactory.create(4, answer(4, "four"), null));
    assertThat(rows.get(6)).isEqualTo(RowFactory.create(6, "none", null));
    assertThat(rows.get(7)).isEqualTo(RowFactory.create(7, answer(7, "o"), answer(7, "seven")));
    assertThat(pages.asked()).isEqualTo(5 + 1 + 1);
    assertThat(pages.operators(query)).hasSize(1);
  }

  @Test
  void coalesceAsksOnlyWhereWhatIsBeforeIsNull() {
    FakePages pages = new FakePages("coalesce");

    List<Row> rows =
        pages.rows(
            "SELECT coalesce(nullif(kind, 'odd'), ask(image, 'o')) FROM pages WHERE id < 2"
                + " ORDER BY id");

    assertThat(rows).containsExactly(RowFactory.create("even"), RowFactory.create(answer(1, "o")));
    assertThat(pages.asked()).isEqualTo(1);
  }

  @Test
  void theSecondSideOfAnOrIsAskedWhereTheFirstIsNotTrue() {
    FakePages pages = new FakePages("or");

    assertThat(pages.rows("SELECT id FROM pages WHERE kind = 'odd' OR ask(image, 'q') LIKE '%4|%'"))
        .hasSize(6);
    assertThat(pages.asked()).isEqualTo(5);
  }

  @Test
  void aQuestionMadeOfAnAnswerIsAskedAfterIt() {
    FakePages pages = new FakePages("nested");
    Dataset<Row> query = pages.sql("SELECT ask(image, ask(image, 'q')) FROM pages WHERE id = 1");

    assertThat(query.collectAsList().get(0).getString(0)).endsWith("page1|<ImageHere>q");
    assertThat(pages.operators(query)).hasSize(2);
    assertThat(pages.hasCallsOutside(query)).isFalse();
  }

  @Test
  void aQuestionThatDependsOnAnAnswerIsAskedOfFewerRows() {
    FakePages pages = new FakePages("case-on-answer");

    pages.rows(
        "SELECT CASE WHEN ask(image, 'a') LIKE 'page3%' THEN ask(image, 'b') END FROM pages");

    assertThat(pages.asked()).isEqualTo(FakePages.ROWS + 1);
  }

  @Test
  void explodedAnswersAreOneOperator() {
    FakePages pages = new FakePages("explode");
    Dataset<Row> query =
        pages.sql("SELECT id, explode(ask(image, array('a', 'b'))) FROM pages WHERE id = 2");

    assertThat(query.collectAsList())
        .containsExactly(
            RowFactory.create(2, answer(2, "a")), RowFactory.create(2, answer(2, "b")));
    assertThat(pages.hasCallsOutside(query)).isFalse();
    assertThat(pages.imageInstances()).isEqualTo(1);
  }

  @Test
  void aCallInAWindowFunctionIsLifted() {
    FakePages pages = new FakePages("window");
    Dataset<Row> query =
        pages.sql(
            "SELECT id, lag(ask(image, 'q')) OVER (PARTITION BY kind ORDER BY id) FROM pages"
                + " WHERE id < 4 ORDER BY id");

    assertThat(query.collectAsList())
        .containsExactly(
            RowFactory.create(0, null),
            RowFactory.create(1, null),
            RowFactory.create(2, answer(0, "q")),
            RowFactory.create(3, answer(1, "q")));
    assertThat(pages.hasCallsOutside(query)).isFalse();
  }

  @Test
  void aJoinOnAnAnswerAsksOneSide() {
    FakePages pages = new FakePages("join");
    Dataset<Row> query =
        pages.sql(
            "SELECT p.id, t.name, ask(p.image, 'q') FROM pages p JOIN"
                + " (SELECT concat('page', id, '|<ImageHere>q') name FROM range(2, 4)) t"
                + " ON ask(p.image, 'q') = t.name ORDER BY p.id");

    assertThat(query.collectAsList())
        .containsExactly(
            RowFactory.create(2, answer(2, "q"), answer(2, "q")),
            RowFactory.create(3, answer(3, "q"), answer(3, "q")));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
    assertThat(pages.hasCallsOutside(query)).isFalse();
  }

  @Test
  void aJoinConditionOverBothSidesIsAskedOfThePairs() {
    FakePages pages = new FakePages("join-both");
    pages.table("asked", List.of(row(3, "odd", null, "x"), row(3, "odd", null, "y")));
    Dataset<Row> query =
        pages.sql(
            "SELECT p.id, a.question FROM pages p JOIN asked a"
                + " ON p.id = a.id AND ask(p.image, a.question) LIKE '%y'");

    assertThat(query.collectAsList()).containsExactly(RowFactory.create(3, "y"));
    assertThat(pages.asked()).isEqualTo(2);
    assertThat(pages.hasCallsOutside(query)).isFalse();
  }

  @Test
  void anOuterJoinOverBothSidesIsAskedRowByRow() {
    FakePages pages = new FakePages("outer-join-both");
    pages.table("asked", List.of(row(3, "odd", null, "x"), row(3, "odd", null, "y")));
    Dataset<Row> query =
        pages.sql(
            "SELECT p.id, a.question FROM pages p LEFT JOIN asked a"
                + " ON p.id = a.id AND ask(p.image, a.question) LIKE '%y' WHERE p.id IN (3, 4)"
                + " ORDER BY p.id");

    assertThat(query.collectAsList())
        .containsExactly(RowFactory.create(3, "y"), RowFactory.create(4, null));
    assertThat(pages.hasCallsOutside(query)).isTrue();
  }

  @Test
  void aLambdaIsAskedRowByRow() {
    FakePages pages = new FakePages("lambda");
    Dataset<Row> query =
        pages.sql("SELECT transform(array('a', 'b'), x -> ask(image, x)) FROM pages WHERE id = 1");

    assertThat(query.collectAsList().get(0).<String>getList(0))
        .containsExactly(answer(1, "a"), answer(1, "b"));
    assertThat(pages.hasCallsOutside(query)).isTrue();
  }

  @Test
  void anAnswerAgainstASubquery() {
    FakePages pages = new FakePages("in-subquery");

    assertThat(
            pages.rows(
                "SELECT id FROM pages WHERE ask(image, 'q') IN"
                    + " (SELECT concat('page', id, '|<ImageHere>q') FROM range(2, 4)) ORDER BY id"))
        .containsExactly(RowFactory.create(2), RowFactory.create(3));
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void aCallWithinASubqueryIsLifted() {
    FakePages pages = new FakePages("scalar-subquery");

    assertThat(pages.rows("SELECT (SELECT max(ask(image, 'q')) FROM pages) FROM range(1)"))
        .containsExactly(RowFactory.create(answer(9, "q")));
    assertThat(questions(pages)).containsExactly("q");
  }

  @Test
  void bothSidesOfAUnionAreLifted() {
    FakePages pages = new FakePages("union");
    Dataset<Row> query =
        pages.sql(
            "SELECT ask(image, 'a') FROM pages WHERE id = 1 UNION ALL"
                + " SELECT ask(image, 'b') FROM pages WHERE id = 2");

    assertThat(query.collectAsList())
        .containsExactlyInAnyOrder(
            RowFactory.create(answer(1, "a")), RowFactory.create(answer(2, "b")));
    assertThat(pages.operators(query)).hasSize(2);
  }

  @Test
  void pageBytesAreNotHeldUnlessTheyAreSelected() {
    FakePages pages = new FakePages("pruning");

    AnswerPages narrow =
        pages.operators(pages.sql("SELECT id, ask(image, question) FROM pages")).get(0);
    AnswerPages wide = pages.operators(pages.sql("SELECT *, ask(image, 'q') FROM pages")).get(0);

    assertThat(names(narrow.kept())).containsExactly("id");
    assertThat(names(Columns.of(narrow.child()))).containsExactly("id", "image", "question");
    assertThat(names(wide.kept())).contains("image");
  }

  @Test
  void aConditionOnAnAnswerReadsOnlyTheColumnsOfTheCall() {
    FakePages pages = new FakePages("pruning-below-filter");

    AnswerPages operator =
        pages.operators(pages.sql("SELECT id FROM pages WHERE ask(image, 'q') LIKE '%a%'")).get(0);

    assertThat(names(operator.kept())).containsExactly("id");
    assertThat(names(Columns.of(operator.child()))).containsExactly("id", "image");
  }

  @Test
  void anUnusedCallIsNotAsked() {
    FakePages pages = new FakePages("unused");

    assertThat(
            pages.rows(
                "SELECT x FROM (SELECT ask(image, 'a') x, ask(image, 'b') y FROM pages) WHERE"
                    + " x LIKE 'page1%'"))
        .hasSize(1);
    assertThat(questions(pages)).containsExactly("a");
  }

  @Test
  void callsOfProjectionsOnEachOtherAreOneOperator() {
    FakePages pages = new FakePages("stacked");
    Dataset<Row> query =
        pages.sql(
            "SELECT a, concat(a, a) aa, ask(image, 'b') b FROM"
                + " (SELECT image, ask(image, 'a') a FROM pages)");

    assertThat(pages.operators(query)).hasSize(1);
    assertThat(query.collectAsList()).hasSize(FakePages.ROWS);
    assertThat(pages.imageInstances()).isEqualTo(FakePages.ROWS);
  }
}
