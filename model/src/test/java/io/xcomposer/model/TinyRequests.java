package io.xcomposer.model;

import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.text.PromptAssembler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Requests for the tiny checkpoint of the golden set. */
final class TinyRequests {
  static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");
  static final GenerationOptions GREEDY = GenerationOptions.greedy(4);

  private TinyRequests() {}

  static ImageSource image(String name) {
    try {
      return new ImageSource.Encoded(Files.readAllBytes(GOLDEN.resolve("images").resolve(name)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Request ask(String query, int hdNum, GenerationOptions how, ImageSource... on) {
    return new Request(
        List.of(on),
        Request.withMarkers(query, List.of(), on.length),
        List.of(),
        PromptStyle.CHAT,
        SpecialText.AS_PUBLISHED,
        PromptAssembler.DEFAULT_META_INSTRUCTION,
        hdNum,
        how);
  }
}
