package io.xcomposer.model;

import io.xcomposer.model.XComposerException.Kind;

/**
 * Where every user-facing error is made. A message says (1) the problem with its values, (2) why,
 * (3) what to do. Names of files and fields are in it; addresses and stack details are not.
 */
public final class Errors {
  private Errors() {}

  /** An image that cannot become pixels. */
  public static XComposerException image(String problem, String remedy) {
    return image(problem, remedy, null);
  }

  public static XComposerException image(String problem, String remedy, Throwable cause) {
    return make(Kind.IMAGE, problem, remedy, cause);
  }

  public static XComposerException prompt(String problem, String remedy) {
    return make(Kind.PROMPT, problem, remedy, null);
  }

  public static XComposerException option(String name, Object value, String allowed) {
    return make(Kind.OPTION, name + " = " + value + " is not allowed", "give " + allowed, null);
  }

  /** An option that there is not, that is missing, or that does not go with the others. */
  public static XComposerException option(String problem, String remedy) {
    return make(Kind.OPTION, problem, remedy, null);
  }

  /** A file or table of the user that is not as it has to be; {@code problem} names it. */
  public static XComposerException input(String problem, String remedy) {
    return input(problem, remedy, null);
  }

  public static XComposerException input(String problem, String remedy, Throwable cause) {
    return make(Kind.INPUT, problem, remedy, cause);
  }

  /** The same error with the file in front that it is about, where only the caller knows it. */
  public static XComposerException inFile(String file, XComposerException error) {
    return new XComposerException(error.kind(), file + ": " + error.getMessage(), error);
  }

  /** A file of the checkpoint: {@code file} is its name as the user knows it. */
  public static XComposerException checkpoint(String file, String problem, String remedy) {
    return checkpoint(file, problem, remedy, null);
  }

  public static XComposerException checkpoint(
      String file, String problem, String remedy, Throwable cause) {
    return make(Kind.CHECKPOINT, file + ": " + problem, remedy, cause);
  }

  public static XComposerException device(String problem, String remedy, Throwable cause) {
    return make(Kind.DEVICE, problem, remedy, cause);
  }

  /** A device that has failed in a way that stays with this process, whatever it does next. */
  public static XComposerException deviceLost(String problem, Throwable cause) {
    return new XComposerException(
        Kind.DEVICE,
        problem
            + ". To fix: end this process and start a new one; if it comes back, check the device.",
        cause,
        true);
  }

  /** What is asked of an engine that is no more. */
  public static XComposerException closed() {
    return device("the engine has been closed", "open a new engine", null);
  }

  public static XComposerException memory(String problem, String remedy) {
    return make(Kind.MEMORY, problem, remedy, null);
  }

  private static XComposerException make(
      Kind kind, String problem, String remedy, Throwable cause) {
    return new XComposerException(kind, problem + ". To fix: " + remedy + ".", cause);
  }
}
