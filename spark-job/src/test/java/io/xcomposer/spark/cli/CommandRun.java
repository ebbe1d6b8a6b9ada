package io.xcomposer.spark.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.spark.FakeEngine;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;

/** A command line that has been run in this process, with an engine that only echoes. */
record CommandRun(int code, String out, String err) {
  static CommandRun of(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Console console =
        new Console(new PrintStream(out, true, UTF_8), new PrintStream(err, true, UTF_8));
    int code = Main.commandLine(console, new FakeEngine.Opener()).execute(args);
    return new CommandRun(code, out.toString(UTF_8), err.toString(UTF_8));
  }
}
