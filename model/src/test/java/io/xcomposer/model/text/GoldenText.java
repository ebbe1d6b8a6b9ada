package io.xcomposer.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The golden set as far as text goes. */
final class GoldenText {
  static final Path ROOT = Path.of(System.getProperty("xcomposer.root"));
  static final Path GOLDEN = ROOT.resolve("golden");
  static final Path SMALL = GOLDEN.resolve("checkpoint");

  private GoldenText() {}

  static Tokenizer smallTokenizer() {
    return Tokenizer.read(SMALL);
  }

  static JsonNode json(Path file) {
    try {
      return new ObjectMapper().readTree(file.toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Stream<JsonNode> each(JsonNode array) {
    return StreamSupport.stream(
        Spliterators.spliterator(array.elements(), array.size(), Spliterator.ORDERED), false);
  }

  static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }
}
