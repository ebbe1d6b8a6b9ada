package io.xcomposer.model.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** One of the small JSON files beside {@code tokenizer.model}: an object, not larger than 4 MiB. */
record TokenizerJson(String file, JsonNode root) {
  private static final long MAX_FILE_BYTES = 4L << 20;

  static TokenizerJson read(Path directory, String file) {
    Path path = directory.resolve(file);
    try {
      long size = Files.size(path);
      if (size > MAX_FILE_BYTES) {
        throw broken(
            file, "has %d bytes, more than the limit of %d".formatted(size, MAX_FILE_BYTES), null);
      }
      JsonNode root = reader().readTree(Files.readAllBytes(path));
      if (root == null || !root.isObject()) {
        throw broken(file, "is not a JSON object", null);
      }
      return new TokenizerJson(file, root);
    } catch (NoSuchFileException e) {
      throw broken(file, "is missing in " + directory, e);
    } catch (JsonProcessingException e) {
      throw broken(file, "is not JSON: " + e.getOriginalMessage() + line(e), e);
    } catch (IOException e) {
      throw broken(file, "cannot be read in " + directory, e);
    }
  }

  private static ObjectReader reader() {
    return JsonMapper.builder()
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .build()
        .reader();
  }

  private static String line(JsonProcessingException e) {
    return e.getLocation() == null ? "" : " (line " + e.getLocation().getLineNr() + ")";
  }

  /** An error about this file. */
  XComposerException broken(String reason) {
    return broken(file, reason, null);
  }

  private static XComposerException broken(String file, String reason, Throwable cause) {
    return Errors.checkpoint(
        file, reason, "copy the file again from where the checkpoint comes from", cause);
  }
}
