package io.xcomposer.model.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestTokenizerFiles {
  @TempDir Path folder;

  @BeforeEach
  void write() throws IOException {
    TokenizerFiles.write(folder, 700);
  }

  private void replace(String file, String from, String to) throws IOException {
    Path path = folder.resolve(file);
    String text = Files.readString(path);
    assertThat(text).contains(from);
    Files.writeString(path, text.replace(from, to));
  }

  private void refused(String file, String reason) {
    assertThatThrownBy(() -> Tokenizer.read(folder))
        .isInstanceOf(XComposerException.class)
        .hasMessageStartingWith(file + ": ")
        .hasMessageContaining(reason)
        .hasMessageContaining("To fix: ");
  }

  @Test
  void readsWhatIsComplete() {
    Tokenizer tokenizer = Tokenizer.read(folder);

    assertThat(tokenizer.pieces()).isEqualTo(700);
    assertThat(tokenizer.endOfTurnId()).isEqualTo(698);
    assertThat(tokenizer.decode(tokenizer.encode("What is <|plugin|>?"))).isEqualTo("What is?");
  }

  @Test
  void namesTheFileThatIsMissing() throws IOException {
    for (String file :
        new String[] {"tokenizer_config.json", "added_tokens.json", "special_tokens_map.json"}) {
      Files.delete(folder.resolve(file));
      refused(file, "is missing in");
    }
    Files.delete(folder.resolve("tokenizer.model"));
    refused("tokenizer.model", "cannot be read");
  }

  @Test
  void refusesJsonThatIsNone() throws IOException {
    Path added = folder.resolve("added_tokens.json");

    Files.writeString(added, "{\"<|im_start|>\": 70");
    refused("added_tokens.json", "is not JSON");
    Files.writeString(added, "[]");
    refused("added_tokens.json", "is not a JSON object");
    Files.writeString(added, "");
    refused("added_tokens.json", "is not a JSON object");
    Files.writeString(added, "{\"<|plugin|>\": 700, \"<|plugin|>\": 701}");
    refused("added_tokens.json", "Duplicate field");
    Files.writeString(added, "{} {}");
    refused("added_tokens.json", "is not JSON");
    Files.writeString(added, "[".repeat(100_000));
    refused("added_tokens.json", "is not JSON");
    Files.writeString(added, " ".repeat((4 << 20) + 1));
    refused("added_tokens.json", "more than the limit");
  }

  @Test
  void refusesAddedIdsThatDoNotContinueThePieces() throws IOException {
    replace("added_tokens.json", "705", "706");
    refused("added_tokens.json", "\"<|plugin|>\" has id 706, but the added ids continue the 700");
    replace("added_tokens.json", "706", "699");
    refused("added_tokens.json", "has id 699");
    replace("added_tokens.json", "699", "704");
    refused("added_tokens.json", "id 704 is given twice");
    replace("added_tokens.json", "\"<|plugin|>\": 704", "\"<|plugin|>\": \"705\"");
    refused("added_tokens.json", "has id \"705\"");
  }

  @Test
  void refusesAnAddedNameThatIsNotSpecial() throws IOException {
    replace("special_tokens_map.json", ", \"<|plugin|>\"", "");
    refused("tokenizer.model", "\"<|plugin|>\" of added_tokens.json is not in");
  }

  @Test
  void refusesASpecialNameWithoutAnId() throws IOException {
    replace("special_tokens_map.json", "<|plugin|>", "<|plug|>");
    refused("special_tokens_map.json", "\"<|plug|>\" is neither a piece");
  }

  @Test
  void refusesAMapWithoutBos() throws IOException {
    replace("special_tokens_map.json", "bos_token", "bus_token");
    refused("special_tokens_map.json", "has no bos_token");
  }

  @Test
  void refusesSettingsThatChangeIds() throws IOException {
    replace("tokenizer_config.json", "{", "{\"add_bos_token\": false, ");
    refused("tokenizer_config.json", "add_bos_token is false");
    replace("tokenizer_config.json", "\"add_bos_token\": false", "\"add_eos_token\": true");
    refused("tokenizer_config.json", "add_eos_token is true");
  }

  @Test
  void refusesAConfigThatContradictsTheMap() throws IOException {
    replace("tokenizer_config.json", "\"bos_token\": \"<s>\"", "\"bos_token\": \"</s>\"");
    refused("tokenizer_config.json", "bos_token is \"</s>\", but \"<s>\"");
  }

  @Test
  void refusesAModelWithoutTurnMarkers() throws IOException {
    Files.write(
        folder.resolve("tokenizer.model"), ModelProto.withBytes().supportedSettings().toBytes());
    TokenizerFiles.writeJson(folder, 259);
    refused("tokenizer.model", "the piece [UNUSED_TOKEN_145] is missing");
  }

  @Test
  void refusesMorePiecesThanTheModelEmbeds() {
    Tokenizer tokenizer = Tokenizer.read(folder);

    assertThatThrownBy(() -> new PromptAssembler(tokenizer, 699, 100))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("has 700 pieces, but vocab_size of config.json is 699");
  }
}
