package io.xcomposer.spark.engine;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Where an executor unpacks native libraries: a folder of its own, gone with the process. In a
 * folder that all share, a library of an older build with the same size would be taken for the new
 * one, and a new one would be written over what another process has mapped.
 */
final class NativesFolder {
  /** What JavaCPP asks for its folder, at its first library. */
  private static final String PROPERTY = "org.bytedeco.javacpp.cachedir";

  private NativesFolder() {}

  /** Makes the folder, unless the process was started with one. */
  static void prepare() {
    if (System.getProperty(PROPERTY) != null) {
      return;
    }
    try {
      Path folder = Files.createTempDirectory("xcomposer-natives");
      System.setProperty(PROPERTY, folder.toString());
      Runtime.getRuntime()
          .addShutdownHook(new Thread(() -> delete(folder), "xcomposer-natives-cleanup"));
    } catch (IOException e) {
      throw new UncheckedIOException(
          "no folder for native libraries can be made in " + System.getProperty("java.io.tmpdir"),
          e);
    }
  }

  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      List<File> deepestFirst = all.sorted(Comparator.reverseOrder()).map(Path::toFile).toList();
      deepestFirst.forEach(File::delete);
    } catch (IOException | UncheckedIOException e) {
      // The process ends; what is left lies in the folder for temporary files.
      return;
    }
  }
}
