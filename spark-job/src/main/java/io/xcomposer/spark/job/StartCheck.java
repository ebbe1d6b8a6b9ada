package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.io.IOException;
import java.net.URI;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Whether a job may write to its output. */
final class StartCheck {
  private StartCheck() {}

  /**
   * Refuses an output that is there and is to be neither replaced nor continued, and one that would
   * replace the input.
   *
   * @throws io.xcomposer.model.XComposerException naming what stands against it
   */
  static void requireUsable(AnswerPlan plan, OutputTable output, Configuration hadoop) {
    OutputPlan target = plan.output();
    boolean continues = target.continuation() != Continuation.NONE;
    if (continues && target.mode() != OutputMode.ERRORIFEXISTS) {
      throw Errors.option(
          "--resume and --mode " + target.mode() + " do not go together",
          "leave one of them out; --resume adds what is missing and keeps what is there");
    }
    if (target.mode() == OutputMode.ERRORIFEXISTS && !continues && output.exists()) {
      throw Errors.input(
          target.name() + " is already there",
          "give another one, --resume to complete it, or --mode overwrite or append");
    }
    if (target.mode() == OutputMode.OVERWRITE && isInput(plan, hadoop)) {
      throw isInputAsWell(target);
    }
  }

  /**
   * Refuses to replace a folder, or a table of files, that the pages are read from by whatever
   * name: below another table, a view or a pattern of paths.
   *
   * @throws io.xcomposer.model.XComposerException when a file of the input is in the output
   */
  static void requireNoInput(
      OutputPlan target, Dataset<Row> pages, OutputTable output, Configuration hadoop) {
    if (target.mode() != OutputMode.OVERWRITE || output.notes().isEmpty()) {
      return;
    }
    String folder = folder(output.notes().get().getParent().toString(), hadoop);
    for (String file : pages.inputFiles()) {
      if (folder(new Path(URI.create(file)).toString(), hadoop).startsWith(folder)) {
        throw isInputAsWell(target);
      }
    }
  }

  private static RuntimeException isInputAsWell(OutputPlan target) {
    return Errors.input(
        target.name() + " is the input as well, and would be removed before it is read",
        "give another output");
  }

  private static boolean isInput(AnswerPlan plan, Configuration hadoop) {
    OutputPlan target = plan.output();
    if (target.path() == null) {
      return plan.input().tables().stream().anyMatch(target.table()::equalsIgnoreCase);
    }
    String output = folder(target.path(), hadoop);
    return plan.input().paths().stream()
        .map(path -> folder(path, hadoop))
        .anyMatch(input -> input.startsWith(output) || output.startsWith(input));
  }

  private static String folder(String path, Configuration hadoop) {
    try {
      Path whole = new Path(path);
      return whole.getFileSystem(hadoop).makeQualified(whole) + "/";
    } catch (IOException | IllegalArgumentException e) {
      throw Errors.input(path + " cannot be used: " + e.getMessage(), "correct the path", e);
    }
  }
}
