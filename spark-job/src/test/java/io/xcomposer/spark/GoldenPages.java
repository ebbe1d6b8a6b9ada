package io.xcomposer.spark;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.awt.image.BufferedImage;
import java.awt.image.IndexColorModel;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;

/**
 * Pages with the answers of the published code: the golden cases of one kind, as a job can ask
 * them, and the same pixels in other lossless formats.
 */
public final class GoldenPages {
  public static final int HD_NUM = 4;
  public static final String RUN = "greedy";

  private final Path golden;

  /** A page, its question and what the published code answers. */
  public record Page(
      String name,
      byte[] image,
      String question,
      String answer,
      String finishReason,
      int promptTokens,
      int imageTokens,
      int newTokens) {

    public Page withImage(String otherName, byte[] bytes) {
      return new Page(
          otherName, bytes, question, answer, finishReason, promptTokens, imageTokens, newTokens);
    }
  }

  public GoldenPages(Path golden) {
    this.golden = golden;
  }

  /** All of them. */
  public List<Page> read() throws IOException {
    List<Page> pages = new ArrayList<>();
    for (JsonNode golden : new ObjectMapper().readTree(casesFile()).get("cases")) {
      if (isOneQuestion(golden)) {
        addRuns(golden, pages);
      }
    }
    List<Page> converted = new ArrayList<>();
    for (Page page : pages) {
      if (page.name().endsWith(".png")) {
        addConverted(page, converted);
      }
    }
    pages.addAll(converted);
    return pages;
  }

  private byte[] casesFile() throws IOException {
    return Files.readAllBytes(golden.resolve("cases.json"));
  }

  private static boolean isOneQuestion(JsonNode golden) {
    return golden.get("hd_num").intValue() == HD_NUM
        && golden.get("images").size() == 1
        && golden.get("meta_instruction").textValue().equals("default")
        && !golden.has("style")
        && !golden.hasNonNull("expect_error");
  }

  private void addRuns(JsonNode golden, List<Page> pages) throws IOException {
    JsonNode round = golden.get("rounds").get(0);
    String query = round.get("query").textValue();
    for (JsonNode run : round.get("runs")) {
      if (run.get("name").textValue().equals(RUN)
          && run.get("max_new_tokens").intValue() == 32
          && query.startsWith("<ImageHere>")) {
        String file = golden.get("images").get(0).textValue();
        pages.add(
            new Page(
                golden.get("id").textValue() + "/" + file,
                Files.readAllBytes(this.golden.resolve("images").resolve(file)),
                query.substring("<ImageHere>".length()),
                run.get("text").textValue(),
                run.get("stopped_by").textValue(),
                round.get("prompt_length").intValue(),
                golden.get("image_info").get(0).get("image_tokens").intValue(),
                run.get("output_ids").size()));
      }
    }
  }

  /** The pixels of an opaque PNG as TIFF, BMP and, where it has a palette, GIF. */
  private static void addConverted(Page page, List<Page> pages) throws IOException {
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(page.image()));
    if (image.getColorModel().hasAlpha()) {
      return;
    }
    for (String format : List.of("tiff", "bmp", "gif")) {
      boolean lossless = !format.equals("gif") || image.getColorModel() instanceof IndexColorModel;
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      if (lossless && ImageIO.write(image, format, out)) {
        pages.add(page.withImage(page.name() + "." + format, out.toByteArray()));
      }
    }
  }
}
