package io.xcomposer.model.image;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** Files of all formats and modes with what Pillow 9.4.0 reads from them: see make_corpus.py. */
final class ImageCorpus {
  private static final Map<String, byte[]> FILES = read();

  private ImageCorpus() {}

  /**
   * A file of the corpus.
   *
   * @param sha256 of Pillow's RGB pixels; null where Pillow refuses the file
   */
  record Expected(String file, int width, int height, String sha256) {
    byte[] bytes() {
      return ImageCorpus.bytes(file);
    }

    @Override
    public String toString() {
      return file;
    }
  }

  static Stream<Expected> all() {
    return StreamSupport.stream(GoldenImages.readJson(bytes("corpus.json")).spliterator(), false)
        .map(ImageCorpus::expected);
  }

  static byte[] bytes(String file) {
    return FILES.get(file).clone();
  }

  private static Expected expected(JsonNode entry) {
    return new Expected(
        entry.get("file").textValue(),
        entry.path("width").intValue(),
        entry.path("height").intValue(),
        entry.get("sha256").textValue());
  }

  private static Map<String, byte[]> read() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    try (InputStream resource = ImageCorpus.class.getResourceAsStream("/image-corpus/corpus.zip");
        ZipInputStream zip = new ZipInputStream(resource)) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        files.put(entry.getName(), zip.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return files;
  }
}
