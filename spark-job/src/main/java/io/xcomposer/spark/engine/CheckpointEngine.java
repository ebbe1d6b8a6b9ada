package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.text.PromptAssembler;
import io.xcomposer.model.text.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/** The engine of a checkpoint folder. */
public final class CheckpointEngine implements EngineOpener {
  private static final long serialVersionUID = 1L;

  private static final List<String> TOKENIZER_FILES =
      List.of(
          "tokenizer.model",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json");

  /** Reads config, tokenizer and the tables of the weight files, and no weight. */
  @Override
  public void check(Path checkpoint) {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      tokenizer(checkpoint, opened.config());
      TensorTable.check(opened);
    }
  }

  @Override
  public String fingerprint(Path checkpoint) {
    check(checkpoint);
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      return opened.fingerprint() + "+" + tokenizerHash(checkpoint);
    }
  }

  private static String tokenizerHash(Path checkpoint) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (String name : TOKENIZER_FILES) {
        Path file = checkpoint.resolve(name);
        byte[] content = Files.exists(file) ? Files.readAllBytes(file) : new byte[0];
        digest.update((name + " " + content.length + "\n").getBytes(StandardCharsets.UTF_8));
        digest.update(content);
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (IOException e) {
      throw Errors.checkpoint(
          checkpoint.toString(), "cannot be read: " + e.getMessage(), "check the right to read", e);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /**
   * The tokenizer of a checkpoint folder.
   *
   * @throws io.xcomposer.model.XComposerException when it cannot be read or has more pieces than
   *     the model has embeddings
   */
  public static Tokenizer tokenizer(Path checkpoint, XComposerConfig config) {
    Tokenizer tokenizer = Tokenizer.read(checkpoint);
    // Making the assembler of prompts is what holds the one against the other.
    new PromptAssembler(tokenizer, config.vocabSize(), config.maxLength());
    return tokenizer;
  }

  @Override
  public Engine open(Path checkpoint, EngineOptions options) {
    return Engine.open(checkpoint, options);
  }
}
