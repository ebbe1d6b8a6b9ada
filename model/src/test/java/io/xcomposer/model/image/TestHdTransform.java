package io.xcomposer.model.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.XComposerException.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestHdTransform {
  private static final Random RANDOM = new Random(336);

  @ParameterizedTest
  @ValueSource(ints = {0, -1, 1001, Integer.MIN_VALUE, Integer.MAX_VALUE})
  void otherBudgetsAreRefused(int hdNum) {
    assertThatThrownBy(() -> HdTransform.plan(100, 100, hdNum))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.OPTION))
        .hasMessageContaining("hd-num = " + hdNum);
  }

  @ParameterizedTest
  @CsvSource({"336,1,1", "337,1,25", "8400,1,25", "100000,7,55", "2147483647,6392,1000"})
  void anyPlanStaysWithinItsBudget(int width, int height, int hdNum) {
    HdPlan plan = HdTransform.plan(width, height, hdNum);
    assertThat(plan.gridHeight() * plan.gridWidth()).isBetween(1, hdNum);
    assertThat(plan.paddedHeight() - plan.resizedHeight()).isBetween(0, HdTransform.TILE - 1);
  }

  @Test
  void plansOfRandomSizesStayWithinTheirBudget() {
    for (int i = 0; i < 20_000; i++) {
      int width = 1 + RANDOM.nextInt(3000);
      int height = 1 + RANDOM.nextInt(3000);
      int hdNum = 1 + RANDOM.nextInt(HdTransform.MAX_HD_NUM);
      if (Math.max(width, height) / Math.min(width, height) > 300) {
        continue;
      }
      HdPlan plan = HdTransform.plan(width, height, hdNum);
      HdPlan turned = HdTransform.plan(height, width, hdNum);
      assertThat(plan.gridHeight() * plan.gridWidth()).isBetween(1, hdNum);
      assertThat(turned.gridHeight()).isEqualTo(plan.gridWidth());
      assertThat(turned.resizedWidth()).isEqualTo(plan.resizedHeight());
    }
  }

  @Test
  void aNarrowImageIsRefusedWithItsSizeAndTheRatioThatWouldDo() {
    assertThatThrownBy(() -> HdTransform.plan(1, 10_000, 9))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IMAGE))
        .hasMessageContaining("1x10000 pixels")
        .hasMessageContaining("hd-num 9")
        .hasMessageContaining("below 3024:1");
  }

  @Test
  void aPlanOfAnotherImageIsRefused() {
    HdPlan plan = HdTransform.plan(10, 20, 4);
    assertThatThrownBy(() -> HdTransform.apply(random(20, 10), plan))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("20x10");
  }

  @Test
  void resizingDownFirstEqualsTransposingAroundTheResize() {
    for (int i = 0; i < 40; i++) {
      RgbImage image = random(1 + RANDOM.nextInt(40), 1 + RANDOM.nextInt(40));
      int across = 1 + RANDOM.nextInt(60);
      int down = 1 + RANDOM.nextInt(60);
      PixelWindow out = PixelWindow.whole(across, down);
      Resampler.resizeVerticalFirst(image, out);
      RgbImage turned =
          Orientation.TRANSPOSED.apply(
              Resampler.resize(Orientation.TRANSPOSED.apply(image), down, across));
      assertThat(out.pixels()).isEqualTo(turned.pixels());
    }
  }

  @Test
  void anImageOfTheSameSizeIsNotChanged() {
    RgbImage image = random(23, 17);
    assertThat(Resampler.resize(image, 23, 17).pixels()).isEqualTo(image.pixels());
  }

  @Test
  void oneColourStaysOneColour() {
    for (int value = 0; value < 256; value += 15) {
      byte[] pixels = new byte[3 * 31 * 7];
      Arrays.fill(pixels, (byte) value);
      assertThat(Resampler.resize(new RgbImage(31, 7, pixels), 50, 3).pixels())
          .containsOnly((byte) value);
    }
  }

  @Test
  void tilesAreTheNormalisedPixelsOfTheirPlace() {
    Tiles tiles = new Tiles(random(2 * 336, 3 * 336), 3, 2);
    ByteBuffer views = tiles.normalized();
    for (int i = 0; i < 2000; i++) {
      int x = RANDOM.nextInt(2 * 336);
      int y = RANDOM.nextInt(3 * 336);
      int channel = RANDOM.nextInt(3);
      int view = 1 + y / 336 * 2 + x / 336;
      int at = ((view * 3 + channel) * 336 + y % 336) * 336 + x % 336;
      int value = tiles.padded().pixels()[3 * (y * 2 * 336 + x) + channel] & 255;
      double mean = new double[] {0.48145466, 0.4578275, 0.40821073}[channel];
      double std = new double[] {0.26862954, 0.26130258, 0.27577711}[channel];
      assertThat((double) views.getFloat(Float.BYTES * at))
          .isCloseTo((value / 255.0 - mean) / std, within(1e-6));
    }
  }

  @Test
  void partsOfTheViewsAreThoseOfTheWhole() {
    Tiles tiles = new Tiles(random(2 * 336, 2 * 336), 2, 2);
    ByteBuffer whole = tiles.normalized();
    ByteBuffer part =
        ByteBuffer.allocateDirect(2 * Tiles.VIEW_BYTES + 8).order(ByteOrder.LITTLE_ENDIAN);
    part.position(8);
    tiles.write(3, 2, part);
    assertThat(part.position()).isEqualTo(part.limit());
    assertThat(part.slice(8, 2 * Tiles.VIEW_BYTES))
        .isEqualTo(whole.slice(3 * Tiles.VIEW_BYTES, 2 * Tiles.VIEW_BYTES));
  }

  @Test
  void viewsThatAreNotThereAreRefused() {
    Tiles tiles = new Tiles(random(336, 336), 1, 1);
    ByteBuffer target = ByteBuffer.allocate(3 * Tiles.VIEW_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    assertThatThrownBy(() -> tiles.write(1, 2, target)).hasMessage("views 1 to 3 of 2");
    assertThatThrownBy(() -> tiles.write(0, 1, target.order(ByteOrder.BIG_ENDIAN)))
        .hasMessage("the target is not little-endian");
    assertThatThrownBy(() -> new Tiles(random(336, 336), 1, 2))
        .hasMessageContaining("is not 2x1 tiles");
  }

  @Test
  void theHashTellsPixelsAndGridsApart() {
    RgbImage image = random(2 * 336, 336);
    RgbImage changed = new RgbImage(2 * 336, 336, image.pixels().clone());
    changed.pixels()[1000]++;
    RgbImage turned = new RgbImage(336, 2 * 336, image.pixels());
    PixelHash hash = PixelHash.of(new Tiles(image, 1, 2));
    assertThat(hash.sha256()).hasSize(64);
    assertThat(PixelHash.of(new Tiles(new RgbImage(2 * 336, 336, image.pixels().clone()), 1, 2)))
        .isEqualTo(hash);
    assertThat(PixelHash.of(new Tiles(changed, 1, 2))).isNotEqualTo(hash);
    assertThat(PixelHash.of(new Tiles(turned, 2, 1))).isNotEqualTo(hash);
  }

  private static RgbImage random(int width, int height) {
    byte[] pixels = new byte[3 * width * height];
    RANDOM.nextBytes(pixels);
    return new RgbImage(width, height, pixels);
  }
}
