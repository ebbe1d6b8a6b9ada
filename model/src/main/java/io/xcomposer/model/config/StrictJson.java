package io.xcomposer.model.config;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * JSON of a checkpoint, which is untrusted: UTF-8 only, one object, no duplicate keys, nothing
 * behind it, bounded size, nesting and numbers.
 */
public final class StrictJson {
  private static final int MAX_NESTING = 32;
  private static final int MAX_NUMBER_LENGTH = 40;
  private static final int MAX_SHOWN = 200;

  /** Parsers with these limits; names are not interned, since a file may hold many. */
  public static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_NESTING)
                  .maxNumberLength(MAX_NUMBER_LENGTH)
                  .build())
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
          .build();

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(FACTORY)
          .enable(DeserializationFeature.FAIL_ON_READING_DUP_TREE_KEY)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private StrictJson() {}

  /**
   * The one object of a file.
   *
   * @param maxBytes a larger file is refused before it is read
   * @throws XComposerException CHECKPOINT, naming the file
   */
  public static ObjectNode read(Path file, int maxBytes) {
    String name = String.valueOf(file.getFileName());
    // A pipe or device would never end.
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw Errors.checkpoint(name, "not a regular file", "put the file itself there");
    }
    try (InputStream in = Files.newInputStream(file)) {
      byte[] bytes = in.readNBytes(maxBytes + 1);
      if (bytes.length > maxBytes) {
        throw Errors.checkpoint(
            name,
            "more than " + maxBytes + " bytes, too large for such a file",
            "take the file from the published checkpoint");
      }
      return object(name, text(name, bytes));
    } catch (NoSuchFileException e) {
      throw Errors.checkpoint(
          name, "not found in the model folder", "give the folder that holds it", e);
    } catch (IOException e) {
      throw Errors.checkpoint(
          name, "cannot be read (" + e.getMessage() + ")", "check the file and its permissions", e);
    }
  }

  /** The one object of {@code json}; {@code name} stands in errors. */
  public static ObjectNode object(String name, String json) {
    JsonNode node;
    try {
      node = MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      throw invalid(name, e);
    }
    if (!(node instanceof ObjectNode object)) {
      throw Errors.checkpoint(name, "not a JSON object", "take the file from the checkpoint again");
    }
    return object;
  }

  /** {@code bytes} as UTF-8, or an error that names the file. */
  public static String text(String name, byte[] bytes) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw Errors.checkpoint(
          name, "its JSON is not valid UTF-8", "take the file from the checkpoint again", e);
    }
  }

  /** The error for a text that is not JSON as allowed here. */
  public static XComposerException invalid(String name, JsonProcessingException cause) {
    String reason = cause.getOriginalMessage().lines().findFirst().orElse("no reason given");
    return Errors.checkpoint(
        name,
        "not valid JSON at "
            + (cause.getLocation() == null
                ? "its start"
                : "line "
                    + cause.getLocation().getLineNr()
                    + ", column "
                    + cause.getLocation().getColumnNr())
            + ": "
            + shortened(reason),
        "take the file from the checkpoint again",
        cause);
  }

  /** Untrusted text for a message: bounded, without control characters. */
  public static String shortened(String text) {
    String cut = text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    return cut.replaceAll("\\p{Cntrl}", "?");
  }
}
