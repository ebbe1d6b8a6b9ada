package io.xcomposer.model.golden;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.image.HdPlan;
import io.xcomposer.model.image.HdTransform;
import io.xcomposer.model.image.ImageDecoder;
import io.xcomposer.model.image.RgbImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Holds decoding, size arithmetic and resizing to recorded sizes and pixel hashes. */
final class ImageCheck {
  private final ImageDecoder decoder;

  ImageCheck(ImageDecoder decoder) {
    this.decoder = decoder;
  }

  /** One entry of {@code images.json}. */
  Findings image(JsonNode node, Path images) {
    Findings findings = new Findings();
    RgbImage image = decoder.decode(read(images.resolve(node.get("file").asText())));
    findings.equal("width", node.get("width").asInt(), image.width());
    findings.equal("height", node.get("height").asInt(), image.height());
    findings.equal("decoded pixels", node.get("rgb_sha256").asText(), sha256(image.pixels()));
    for (JsonNode hd : node.get("hd")) {
      String where = "hd_num " + hd.get("hd_num").asInt();
      HdPlan plan = HdTransform.plan(image.width(), image.height(), hd.get("hd_num").asInt());
      sizes(hd, plan, where, findings);
      byte[] padded = HdTransform.apply(image, plan).pixels();
      findings.equal(where + " pixels", hd.get("padded_rgb_sha256").asText(), sha256(padded));
    }
    findings.note(node.get("hd").size() + " sizes");
    return findings;
  }

  /** All entries of {@code hd_grid.json}. */
  Findings grid(JsonNode cases) {
    Findings findings = new Findings();
    for (JsonNode node : cases) {
      int width = node.get("width").asInt();
      int height = node.get("height").asInt();
      int hdNum = node.get("hd_num").asInt();
      String where = width + "x" + height + " hd_num " + hdNum;
      try {
        HdPlan plan = HdTransform.plan(width, height, hdNum);
        if (node.has("error")) {
          findings.differ(where + ": expected the error " + node.get("error").asText());
        } else {
          sizes(node, plan, where, findings);
        }
      } catch (XComposerException e) {
        if (!node.has("error")) {
          findings.differ(where + ": " + e.getMessage());
        }
      }
    }
    findings.note(cases.size() + " sizes");
    return findings;
  }

  /** Sizes, grid and tokens of an image, as far as they are recorded. */
  static void sizes(JsonNode node, HdPlan plan, String where, Findings findings) {
    pair(node.get("resized_wh"), plan.resizedWidth(), plan.resizedHeight(), where, findings);
    pair(node.get("padded_wh"), plan.paddedWidth(), plan.paddedHeight(), where, findings);
    pair(node.get("grid_hw"), plan.gridHeight(), plan.gridWidth(), where, findings);
    findings.equal(where + " tokens", node.get("image_tokens").asInt(), plan.imageTokens());
    if (node.has("pad_before")) {
      int before = plan.padLeft() + plan.padTop(); // one of them is 0
      findings.equal(where + " padding", node.get("pad_before").asInt(), before);
    }
  }

  private static void pair(JsonNode pair, int first, int second, String where, Findings findings) {
    findings.equal(where, pair.get(0).asInt() + "," + pair.get(1).asInt(), first + "," + second);
  }

  private static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
