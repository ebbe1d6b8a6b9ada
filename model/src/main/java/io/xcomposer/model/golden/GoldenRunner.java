package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerEngine;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.text.Tokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Runs everything that a golden folder holds and prints a line a case. */
public final class GoldenRunner {
  private static final int SHOWN_DIFFERENCES = 5;

  private final Path dir;
  private final EngineOptions options;
  private final Consumer<String> print;
  private final List<Path> tokenizerFolders;
  private int cases;
  private int equal;
  private int skipped;
  private final Deviation deviation = new Deviation();

  /**
   * A runner of one folder.
   *
   * @param dir folder in the format of {@code golden/README.md}
   * @param options how the engine is opened; in F32 stage tensors, logits and scores are compared
   *     as well as ids and texts
   * @param tokenizerFolders where to look for the published tokenizer, in this order
   * @param print gets each line
   */
  public GoldenRunner(
      Path dir, EngineOptions options, List<Path> tokenizerFolders, Consumer<String> print) {
    this.tokenizerFolders = tokenizerFolders;
    this.dir = dir;
    this.options = options;
    this.print = print;
  }

  /** Runs all; true when nothing differs. */
  public boolean run() {
    if (!Files.isRegularFile(dir.resolve("cases.json"))) {
      throw Errors.option("golden folder", dir, "a folder with cases.json");
    }
    sizesAndPixels();
    tokenizer("tokenizer_small_cases.json", List.of(checkpoint()));
    tokenizer("tokenizer_7b/cases.json", tokenizerFolders);
    modelCases();
    deviation.report().lines().forEach(print);
    print.accept(
        "golden: %d cases, %d equal, %d different, %d skipped"
            .formatted(cases, equal, cases - equal, skipped));
    return equal == cases;
  }

  private void sizesAndPixels() {
    ImageCheck images = new ImageCheck(new ImageDecoder(options.maxImagePixels()));
    if (present("hd_grid.json")) {
      check("hd_grid", () -> images.grid(json("hd_grid.json")));
    }
    if (present("images.json")) {
      for (JsonNode image : json("images.json")) {
        String file = image.get("file").asText();
        check("image " + file, () -> images.image(image, dir.resolve("images")));
      }
    }
  }

  /** Cases of the first tokenizer that is there. */
  private void tokenizer(String file, List<Path> folders) {
    if (!present(file)) {
      return;
    }
    folders.stream()
        .filter(folder -> Files.isRegularFile(folder.resolve("tokenizer.model")))
        .findFirst()
        .ifPresentOrElse(
            folder ->
                check(file, () -> new TokenizerCheck(Tokenizer.read(folder)).check(json(file))),
            () -> {
              skipped++;
              print.accept("skip " + file + ": there is no tokenizer.model in " + folders);
            });
  }

  private Path checkpoint() {
    return dir.resolve(json("cases.json").path("checkpoint").asText("checkpoint"));
  }

  private void modelCases() {
    try (XComposerEngine engine = XComposerEngine.open(checkpoint(), options)) {
      ModelCheck check = new ModelCheck(dir, engine, options.dtype());
      for (JsonNode node : json("cases.json").path("cases")) {
        check(node.path("id").asText("case without id"), () -> check.check(GoldenCase.of(node)));
      }
    }
  }

  private void check(String name, Supplier<Findings> check) {
    cases++;
    Findings findings = findings(check);
    deviation.add(findings.deviation());
    if (findings.differences().isEmpty()) {
      equal++;
      print.accept("ok   %-28s %s".formatted(name, String.join(", ", findings.notes())));
      return;
    }
    print.accept("FAIL %-28s %d differences".formatted(name, findings.differences().size()));
    findings.differences().stream()
        .limit(SHOWN_DIFFERENCES)
        .forEach(difference -> print.accept("       " + difference));
  }

  /** A case that cannot even be run is a difference; the others go on. */
  private static Findings findings(Supplier<Findings> check) {
    try {
      return check.get();
    } catch (RuntimeException e) {
      Findings findings = new Findings();
      findings.differ(e instanceof XComposerException ? e.getMessage() : e.toString());
      return findings;
    }
  }

  private boolean present(String file) {
    return Files.isRegularFile(dir.resolve(file));
  }

  private JsonNode json(String file) {
    try {
      return JsonMapper.builder().build().readTree(dir.resolve(file).toFile());
    } catch (IOException e) {
      throw Errors.checkpoint(file, "cannot be read as JSON", "use a complete golden folder", e);
    }
  }
}
