package io.xcomposer.model.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.xcomposer.model.XComposerException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every image of the golden set, from its bytes to its views. */
class TestGoldenImages {

  static Stream<JsonNode> images() {
    return elements("images.json");
  }

  static Stream<JsonNode> elements(String file) {
    return StreamSupport.stream(GoldenImages.json(file).spliterator(), false);
  }

  @ParameterizedTest
  @MethodSource("images")
  void decodesToThePixelsOfTheReference(JsonNode expected) {
    RgbImage image = GoldenImages.image(expected.get("file").textValue());
    assertThat(image.width()).isEqualTo(expected.get("width").intValue());
    assertThat(image.height()).isEqualTo(expected.get("height").intValue());
    assertThat(GoldenImages.sha256(image.pixels()))
        .isEqualTo(expected.get("rgb_sha256").textValue());
  }

  @ParameterizedTest
  @MethodSource("images")
  void padsToThePixelsOfTheReference(JsonNode expected) {
    RgbImage image = GoldenImages.image(expected.get("file").textValue());
    assertThat(expected.get("hd")).isNotEmpty();
    for (JsonNode hd : expected.get("hd")) {
      HdPlan plan = HdTransform.plan(image.width(), image.height(), hd.get("hd_num").intValue());
      assertThat(pair(plan.resizedWidth(), plan.resizedHeight())).isEqualTo(hd.get("resized_wh"));
      assertThat(pair(plan.paddedWidth(), plan.paddedHeight())).isEqualTo(hd.get("padded_wh"));
      assertThat(pair(plan.gridHeight(), plan.gridWidth())).isEqualTo(hd.get("grid_hw"));
      assertThat(plan.imageTokens()).isEqualTo(hd.get("image_tokens").intValue());
      assertThat(GoldenImages.sha256(HdTransform.apply(image, plan).pixels()))
          .as("hd_num %s", hd.get("hd_num"))
          .isEqualTo(hd.get("padded_rgb_sha256").textValue());
    }
  }

  @Test
  void plansAsTheReferenceDoes() {
    for (JsonNode expected : GoldenImages.json("hd_grid.json")) {
      int width = expected.get("width").intValue();
      int height = expected.get("height").intValue();
      int hdNum = expected.get("hd_num").intValue();
      if (expected.has("error")) {
        assertThatThrownBy(() -> HdTransform.plan(width, height, hdNum))
            .isInstanceOfSatisfying(
                XComposerException.class,
                e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.IMAGE))
            .hasMessageContaining(width + "x" + height);
        continue;
      }
      HdPlan plan = HdTransform.plan(width, height, hdNum);
      assertThat(pair(plan.resizedWidth(), plan.resizedHeight()))
          .as(expected.toString())
          .isEqualTo(expected.get("resized_wh"));
      assertThat(pair(plan.paddedWidth(), plan.paddedHeight()))
          .isEqualTo(expected.get("padded_wh"));
      assertThat(plan.padLeft() + plan.padTop()).isEqualTo(expected.get("pad_before").intValue());
      assertThat(
              plan.paddedWidth() - plan.resizedWidth() + plan.paddedHeight() - plan.resizedHeight())
          .isEqualTo(expected.get("pad_before").intValue() + expected.get("pad_after").intValue());
      assertThat(pair(plan.gridHeight(), plan.gridWidth())).isEqualTo(expected.get("grid_hw"));
      assertThat(plan.imageTokens()).isEqualTo(expected.get("image_tokens").intValue());
      assertThat(plan.views()).isEqualTo(1 + plan.gridHeight() * plan.gridWidth());
    }
  }

  @Test
  void resizesToTheBytesOfTheReference() {
    for (JsonNode expected : GoldenImages.json("resize_bilinear.json")) {
      RgbImage image =
          new RgbImage(
              expected.get("in_wh").get(0).intValue(),
              expected.get("in_wh").get(1).intValue(),
              base64(expected.get("in_rgb_base64")));
      RgbImage resized =
          Resampler.resize(
              image,
              expected.get("out_wh").get(0).intValue(),
              expected.get("out_wh").get(1).intValue());
      assertThat(resized.pixels())
          .as("%s to %s", expected.get("in_wh"), expected.get("out_wh"))
          .isEqualTo(base64(expected.get("out_rgb_base64")));
    }
  }

  @Test
  void normalisesToTheViewsOfTheReference() {
    RgbImage image = GoldenImages.image("square_336.png");
    HdPlan plan = HdTransform.plan(image.width(), image.height(), 1);
    ByteBuffer views = Tiles.of(HdTransform.apply(image, plan), plan).normalized();
    assertThat(views.remaining()).isEqualTo(plan.views() * Tiles.VIEW_BYTES);
    assertThat(views.isDirect()).isTrue();
    ByteBuffer globalView = GoldenImages.tensor("square_hd1_full", "global_view");
    ByteBuffer tiles = GoldenImages.tensor("square_hd1_full", "tiles");
    assertThat(largestError(views, 0, globalView)).isLessThan(1e-5);
    assertThat(largestError(views, Tiles.VIEW_BYTES, tiles)).isLessThan(1e-6);
  }

  @Test
  void resizesTheGlobalViewAsTheReferenceDoes() {
    for (JsonNode expected : GoldenImages.json("global_view_bicubic.json")) {
      int height = expected.get("in_shape").get(0).intValue();
      int width = expected.get("in_shape").get(1).intValue();
      JsonNode input = expected.get("input");
      float[] resized =
          GlobalView.resize(
              (row, column) -> input.get(row * width + column).floatValue(),
              width,
              height,
              expected.get("out_shape").get(1).intValue(),
              expected.get("out_shape").get(0).intValue());
      assertThat(resized).hasSize(expected.get("output").size());
      for (int i = 0; i < resized.length; i++) {
        assertThat(resized[i])
            .as("%s, value %d", expected.get("in_shape"), i)
            .isCloseTo(expected.get("output").get(i).floatValue(), within(1e-6f));
      }
    }
  }

  private static double largestError(ByteBuffer views, int from, ByteBuffer expected) {
    double largest = 0;
    for (int at = 0; at < expected.remaining(); at += Float.BYTES) {
      largest = Math.max(largest, Math.abs(views.getFloat(from + at) - expected.getFloat(at)));
    }
    return largest;
  }

  private static JsonNode pair(int first, int second) {
    return GoldenImages.readJson(
        List.of(first, second).toString().getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] base64(JsonNode text) {
    return Base64.getDecoder().decode(text.textValue());
  }
}
