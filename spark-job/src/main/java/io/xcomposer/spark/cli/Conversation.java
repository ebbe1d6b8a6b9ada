package io.xcomposer.spark.cli;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.Errors;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.Request;
import io.xcomposer.model.Request.ImageSource;
import io.xcomposer.model.SpecialText;
import io.xcomposer.model.Turn;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.spark.conf.PromptSettings;
import io.xcomposer.spark.engine.EngineOpener;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code ask} and {@code caption} have in common: a model, images, and how to answer. */
@Command
final class Conversation {
  private static final int MAX_IMAGE_BYTES = 1 << 30;

  @Mixin private ModelFlags modelFlags;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "PNG, JPEG, WebP, TIFF, BMP or GIF. Give it again for each further image; a question is"
              + " text only without.")
  private List<Path> images = List.of();

  @Mixin private EngineFlags engineFlags;

  @Mixin private PromptFlags promptFlags;

  @Mixin private GenerationFlags generationFlags;

  @Option(
      names = "--json",
      description =
          "Print an object of text, token_ids, prompt_tokens, image_tokens, grid, finish_reason,"
              + " confidence (mean and min probability of the tokens, 0 to 1) and seconds by"
              + " stage.")
  private boolean json;

  /** Everything that the command line and its files say, checked, before the model is loaded. */
  private record Prepared(
      Path checkpoint,
      PromptSettings prompt,
      GenerationOptions generation,
      List<ImageSource> images,
      List<Turn> history) {

    Request request(String question) {
      return prompt.ask(images, question, history, generation);
    }
  }

  /** Answers one question; the answer is printed while it grows unless {@code --json} is given. */
  void answer(String question, Path historyFile, Console console, EngineOpener opener) {
    Prepared prepared = prepare(historyFile);
    Request request = prepared.request(question);
    long start = System.nanoTime();
    try (Engine engine = opener.open(prepared.checkpoint(), engineFlags.options())) {
      AnswerJson lines = new AnswerJson(secondsSince(start));
      Consumer<String> printer = json ? text -> {} : text -> print(console, text);
      Answer answer = await(engine.submit(request, printer), request.images());
      console.out().println(json ? lines.line(answer) : "");
    }
  }

  /**
   * Answers several questions on the same images, a line each.
   *
   * @return whether all of them have an answer
   */
  boolean answerAll(
      List<String> questions, Path historyFile, Console console, EngineOpener opener) {
    Prepared prepared = prepare(historyFile);
    List<Request> requests = questions.stream().map(prepared::request).toList();
    long start = System.nanoTime();
    try (Engine engine = opener.open(prepared.checkpoint(), engineFlags.options())) {
      AnswerJson lines = new AnswerJson(secondsSince(start));
      List<CompletableFuture<Answer>> answers = engine.submitTogether(requests);
      boolean complete = true;
      for (int i = 0; i < answers.size(); i++) {
        complete &= printLine(requests.get(i), questions.get(i), answers.get(i), lines, console);
      }
      return complete;
    }
  }

  private boolean printLine(
      Request request,
      String question,
      CompletableFuture<Answer> future,
      AnswerJson lines,
      Console console) {
    try {
      Answer answer = await(future, request.images());
      console.out().println(json ? lines.line(question, answer) : oneLine(answer.text()));
      return true;
    } catch (XComposerException e) {
      console.out().println(json ? lines.line(question, e.getMessage()) : "");
      console.err().println("No answer to '" + oneLine(question) + "': " + e.getMessage());
      return false;
    }
  }

  private Prepared prepare(Path historyFile) {
    PromptSettings prompt = promptFlags.settings(SpecialText.AS_PUBLISHED);
    GenerationOptions generation = generationFlags.options();
    Path checkpoint = modelFlags.checkpoint();
    List<Turn> history = historyFile == null ? List.of() : HistoryFile.read(historyFile);
    List<ImageSource> sources = new ArrayList<>();
    for (Path image : images) {
      sources.add(new ImageSource.Encoded(UserFile.bytes("--image", image, MAX_IMAGE_BYTES)));
    }
    return new Prepared(checkpoint, prompt, generation, sources, history);
  }

  /** Waits for an answer; an image error names its file. */
  private Answer await(CompletableFuture<Answer> future, List<ImageSource> sources) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof XComposerException known) {
        throw known.kind() == XComposerException.Kind.IMAGE ? withFile(known, sources) : known;
      }
      throw e;
    }
  }

  /** The engine does not know files; the image that it could not read is found by reading again. */
  private XComposerException withFile(XComposerException error, List<ImageSource> sources) {
    if (sources.size() == 1) {
      return Errors.inFile("--image " + images.get(0), error);
    }
    ImageDecoder decoder = new ImageDecoder(engineFlags.options().maxImagePixels());
    for (int i = 0; i < sources.size(); i++) {
      try {
        decoder.decode(((ImageSource.Encoded) sources.get(i)).bytes());
      } catch (XComposerException e) {
        return Errors.inFile("--image " + images.get(i) + " (number " + (i + 1) + ")", error);
      }
    }
    return error;
  }

  private static void print(Console console, String text) {
    console.out().print(text);
    console.out().flush();
  }

  /** Line breaks written as \n, so that an answer is a line. */
  private static String oneLine(String text) {
    return text.replace("\\", "\\\\").replace("\r", "\\r").replace("\n", "\\n");
  }

  private static double secondsSince(long startNanos) {
    return (System.nanoTime() - startNanos) / 1e9;
  }
}
