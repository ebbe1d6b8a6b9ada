package io.xcomposer.model.text;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes the four tokenizer files of a checkpoint with any number of pieces, laid out as the real
 * one: control, bytes, characters, filler, turn markers at the end.
 */
public final class TokenizerFiles {
  private static final int MARKERS = 147;
  private static final int FIRST_TEXT = 259;
  private static final String ADDED =
      "<|im_start|>,<|im_end|>,<|action_start|>,<|action_end|>,<|interpreter|>,<|plugin|>";

  private TokenizerFiles() {}

  /**
   * Writes the files.
   *
   * @param pieces at least 600
   */
  public static void write(Path directory, int pieces) throws IOException {
    ModelProto model = ModelProto.withBytes();
    for (int id = FIRST_TEXT; id < pieces - MARKERS; id++) {
      int rank = id - FIRST_TEXT;
      String text = rank < 94 ? Character.toString('!' + rank) : rank == 94 ? "\u2581" : "w" + rank;
      model.piece(text, -rank, ModelProto.NORMAL);
    }
    for (int marker = 0; marker < MARKERS; marker++) {
      model.piece("[UNUSED_TOKEN_" + marker + "]", 0, ModelProto.USER_DEFINED);
    }
    Files.write(directory.resolve("tokenizer.model"), model.supportedSettings().toBytes());
    writeJson(directory, pieces);
  }

  /** The three JSON files for a model of so many pieces. */
  static void writeJson(Path directory, int pieces) throws IOException {
    StringBuilder added = new StringBuilder("{");
    StringBuilder names = new StringBuilder("[");
    int id = pieces;
    for (String name : ADDED.split(",", -1)) {
      String comma = id == pieces ? "" : ", ";
      names.append(comma).append('"').append(name).append('"');
      added.append(comma).append('"').append(name).append("\": ").append(id++);
    }
    Files.writeString(directory.resolve("added_tokens.json"), added.append("}"));
    Files.writeString(
        directory.resolve("special_tokens_map.json"),
        """
        {"additional_special_tokens": %s],
         "bos_token": {"content": "<s>", "lstrip": false, "rstrip": false},
         "eos_token": {"content": "</s>", "lstrip": false, "rstrip": false},
         "pad_token": {"content": "</s>", "lstrip": false, "rstrip": false},
         "unk_token": {"content": "<unk>", "lstrip": false, "rstrip": false}}
        """
            .formatted(names));
    Files.writeString(
        directory.resolve("tokenizer_config.json"),
        "{\"bos_token\": \"<s>\", \"eos_token\": \"</s>\", \"unk_token\": \"<unk>\"}");
  }
}
