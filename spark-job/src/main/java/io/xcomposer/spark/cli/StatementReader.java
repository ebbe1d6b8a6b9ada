package io.xcomposer.spark.cli;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Cuts a text into SQL statements: each ends with {@code ;} at the end of a line, or the text. */
final class StatementReader implements Iterator<String> {
  private final BufferedReader lines;
  private final Runnable beforeLine;
  private String next;

  /** {@code beforeLine} runs before each line is read, to show a prompt. */
  StatementReader(Reader text, Runnable beforeLine) {
    lines = new BufferedReader(text);
    this.beforeLine = beforeLine;
  }

  @Override
  public boolean hasNext() {
    if (next == null) {
      next = read();
    }
    return next != null;
  }

  @Override
  public String next() {
    if (!hasNext()) {
      throw new NoSuchElementException("no further statement");
    }
    String statement = next;
    next = null;
    return statement;
  }

  /** Null at the end. */
  private String read() {
    StringBuilder statement = new StringBuilder();
    try {
      while (true) {
        beforeLine.run();
        String line = lines.readLine();
        if (line == null) {
          return statement.toString().isBlank() ? null : statement.toString().strip();
        }
        statement.append(line).append('\n');
        if (line.stripTrailing().endsWith(";")) {
          String text = statement.toString().strip();
          return text.substring(0, text.length() - 1).strip();
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the statements cannot be read", e);
    }
  }
}
