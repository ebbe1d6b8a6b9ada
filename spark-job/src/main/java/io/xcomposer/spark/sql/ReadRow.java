package io.xcomposer.spark.sql;

import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.rows.ContentKey;
import io.xcomposer.spark.rows.LookAhead;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowError;
import io.xcomposer.spark.sql.CallLayout.CallPlan;
import io.xcomposer.spark.sql.CallLayout.ImagePlan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;

/** A row's images and questions, all copied out of the row. */
final class ReadRow implements LookAhead.Work<AskedRow> {
  /** A question on its way; the text is null for NULL. */
  private record Question(CallPlan call, String text) {}

  /** What a group of requests for one engine is, and where their outcomes go. */
  private record Group(List<Request> requests, List<Integer> places) {
    Group() {
      this(new ArrayList<>(), new ArrayList<>());
    }
  }

  private final TaskCalls calls;
  private final AskedRow row;
  private final List<Question> questions = new ArrayList<>();
  private final ImageSource[] images;
  private final RowError[] imageErrors;
  private final long bytes;

  /**
   * Reads a row.
   *
   * @param arguments in the places of the layout; not kept
   * @param kept the output's other columns, owned by this
   */
  ReadRow(TaskCalls calls, InternalRow arguments, UnsafeRow kept) {
    this.calls = calls;
    List<CallPlan> plans = calls.layout().calls();
    images = new ImageSource[calls.layout().images().size()];
    imageErrors = new RowError[images.length];
    int[] counts = new int[plans.size()];
    String key = null;
    for (int call = 0; call < counts.length; call++) {
      CallPlan plan = plans.get(call);
      counts[call] = readQuestions(plan, arguments);
      if (key == null && plan.key() >= 0) {
        key = key(plan, arguments);
      }
    }
    row = new AskedRow(kept, key, counts);
    bytes =
        (kept == null ? 0 : kept.getSizeInBytes())
            + Arrays.stream(images).mapToLong(ReadRow::bytes).sum();
  }

  private int readQuestions(CallPlan plan, InternalRow arguments) {
    ImagePlan image = calls.layout().images().get(plan.image());
    if (arguments.isNullAt(plan.question()) || arguments.isNullAt(image.argument())) {
      return AskedRow.NONE;
    }
    Object question = arguments.get(plan.question(), type(plan.question()));
    int before = questions.size();
    if (question instanceof ArrayData array) {
      for (int i = 0; i < array.numElements(); i++) {
        questions.add(
            new Question(plan, array.isNullAt(i) ? null : array.getUTF8String(i).toString()));
      }
    } else {
      questions.add(new Question(plan, ((UTF8String) question).toString()));
    }
    readImage(plan.image(), arguments);
    return question instanceof ArrayData ? questions.size() - before : AskedRow.ONE;
  }

  private void readImage(int index, InternalRow arguments) {
    if (images[index] == null && imageErrors[index] == null) {
      ImagePlan image = calls.layout().images().get(index);
      try {
        images[index] = image.read(arguments.get(image.argument(), image.type()));
      } catch (RuntimeException e) {
        imageErrors[index] = RowError.of(e);
      }
    }
  }

  private String key(CallPlan plan, InternalRow arguments) {
    Object value =
        CatalystTypeConverters.convertToScala(
            arguments.get(plan.key(), type(plan.key())), type(plan.key()));
    return value == null ? null : value.toString();
  }

  private DataType type(int argument) {
    return calls.layout().types().get(argument);
  }

  private static long bytes(ImageSource image) {
    if (image instanceof ImageSource.Encoded encoded) {
      return encoded.bytes().length;
    }
    return image instanceof ImageSource.Decoded decoded ? decoded.image().pixels().length : 0;
  }

  @Override
  public AskedRow row() {
    return row;
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public List<CompletableFuture<Outcome>> submit() {
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>(questions.size());
    Map<EngineChoice, Group> groups = new LinkedHashMap<>();
    for (Question question : questions) {
      Outcome known = unasked(question);
      if (known == null) {
        known = put(question, outcomes.size(), groups);
      }
      outcomes.add(CompletableFuture.completedFuture(known));
    }
    groups.forEach((engine, group) -> submit(engine, group, outcomes));
    return outcomes;
  }

  /** The outcome of a question that no engine is needed for, null for others. */
  private Outcome unasked(Question question) {
    if (question.text() == null) {
      return new Outcome.NotAsked();
    }
    RowError error = imageErrors[question.call().image()];
    return error == null ? null : new Outcome.Failed(error, 0);
  }

  /** Null when the question has become a request. */
  private Outcome put(Question question, int place, Map<EngineChoice, Group> groups) {
    CallSettings settings = question.call().settings();
    try {
      Request request =
          settings
              .prompt()
              .ask(
                  List.of(images[question.call().image()]),
                  question.text(),
                  List.of(),
                  settings.generation());
      Group group = groups.computeIfAbsent(settings.engine(), engine -> new Group());
      group.requests().add(request);
      group.places().add(place);
      return null;
    } catch (RuntimeException e) {
      return new Outcome.Failed(RowError.of(e), 0);
    }
  }

  private void submit(EngineChoice engine, Group group, List<CompletableFuture<Outcome>> outcomes) {
    List<Request> requests = group.requests();
    Supplier<String> key = () -> row.key() == null ? ContentKey.of(requests) : row.key();
    List<CompletableFuture<Outcome>> own = calls.submitter(engine).submit(key, requests);
    for (int i = 0; i < own.size(); i++) {
      outcomes.set(group.places().get(i), own.get(i));
    }
  }
}
