package io.xcomposer.model.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.XComposerException.Kind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The decoder against Pillow 9.4.0, file by file. */
class TestImageCorpus {
  /** Pillow reads these; here they are refused. */
  private static final Set<String> NOT_SUPPORTED =
      Set.of(
          "tiff_F_raw.tif",
          "tiff_F_packbits.tif",
          "tiff_F_tiff_lzw.tif",
          "tiff_F_tiff_adobe_deflate.tif",
          "tiff_little_float.tif",
          "tiff_big_float.tif",
          "tiff_lab.tif",
          "tiff_old_jpeg.tif",
          "tiff_zstd.tif");

  /** Pillow's own run-length reader does not follow the format; here the JDK's does. */
  private static final Set<String> DIFFERENT = Set.of("bmp_rle8_delta.bmp", "bmp_rle4.bmp");

  /** Pillow refuses these; here they are read, as they are whole by their format's rules. */
  private static final Set<String> MORE =
      Set.of(
          "bmp_rle8_early_end.bmp",
          "bmp_rle8_short_rows.bmp",
          "bmp_bad_masks.bmp",
          "tiff_big_grey16_inverted.tif",
          "tiff_big_unsigned32.tif",
          "tiff_big_cmyk16.tif",
          "tiff_big_bigtiff.tif");

  private static final int LIMIT = 4_000_000;

  private final ImageDecoder decoder = new ImageDecoder(LIMIT);

  static Stream<ImageCorpus.Expected> equal() {
    return ImageCorpus.all()
        .filter(one -> one.sha256() != null)
        .filter(one -> !NOT_SUPPORTED.contains(one.file()) && !DIFFERENT.contains(one.file()));
  }

  static Stream<ImageCorpus.Expected> refused() {
    return ImageCorpus.all()
        .filter(one -> one.sha256() == null || NOT_SUPPORTED.contains(one.file()))
        .filter(one -> !MORE.contains(one.file()));
  }

  @ParameterizedTest
  @MethodSource("equal")
  void pixelsAreThoseOfPillow(ImageCorpus.Expected expected) {
    RgbImage image = decoder.decode(expected.bytes());
    assertThat(image.width()).isEqualTo(expected.width());
    assertThat(image.height()).isEqualTo(expected.height());
    assertThat(GoldenImages.sha256(image.pixels())).isEqualTo(expected.sha256());
  }

  @ParameterizedTest
  @MethodSource("refused")
  void brokenFilesAreRefused(ImageCorpus.Expected expected) {
    assertThatThrownBy(() -> decoder.decode(expected.bytes()))
        .isInstanceOfSatisfying(
            XComposerException.class, e -> assertThat(e.kind()).isEqualTo(Kind.IMAGE))
        .hasMessageMatching("the (PNG|JPEG|GIF|BMP|WEBP|TIFF) .*\\. To fix: .*\\.")
        .hasMessageNotContaining("@");
  }

  @Test
  void theKnownDifferencesAreStillThere() {
    for (String file : DIFFERENT) {
      ImageCorpus.Expected expected =
          ImageCorpus.all().filter(one -> one.file().equals(file)).findFirst().orElseThrow();
      assertThat(GoldenImages.sha256(decoder.decode(expected.bytes()).pixels()))
          .as(file)
          .isNotEqualTo(expected.sha256());
    }
    for (String file : MORE) {
      assertThat(decoder.decode(ImageCorpus.bytes(file)).width()).as(file).isPositive();
    }
  }

  @Test
  void flippedBytesGiveAnErrorOrAPicture() {
    Random random = new Random(20240409);
    int refused = 0;
    for (ImageCorpus.Expected expected : ImageCorpus.all().toList()) {
      for (int round = 0; round < 8; round++) {
        byte[] file = expected.bytes();
        int reach = round % 2 == 0 ? file.length : Math.min(file.length, 64);
        for (int flips = random.nextInt(4); flips >= 0; flips--) {
          file[random.nextInt(reach)] = (byte) random.nextInt(256);
        }
        refused += refusedOrPicture(expected, file);
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void aBeginningIsRefusedOrGivesTheWholePicture() {
    Random random = new Random(7);
    for (ImageCorpus.Expected expected : equal().toList()) {
      byte[] whole = expected.bytes();
      for (int round = 0; round < 3; round++) {
        byte[] beginning = Arrays.copyOf(whole, 1 + random.nextInt(whole.length - 1));
        try {
          RgbImage image = decoder.decode(beginning);
          assertThat(GoldenImages.sha256(image.pixels()))
              .as("%s cut to %d bytes", expected, beginning.length)
              .isEqualTo(expected.sha256());
        } catch (XComposerException e) {
          assertThat(e.kind()).isEqualTo(Kind.IMAGE);
        }
      }
    }
  }

  @Test
  void manyThreadsShareADecoder() {
    List<ImageCorpus.Expected> files = equal().toList();
    Map<String, String> expected = new HashMap<>();
    files.forEach(one -> expected.put(one.file(), one.sha256()));
    IntStream.range(0, 4 * files.size())
        .parallel()
        .mapToObj(i -> files.get(i % files.size()))
        .forEach(
            one ->
                assertThat(GoldenImages.sha256(decoder.decode(one.bytes()).pixels()))
                    .isEqualTo(expected.get(one.file())));
  }

  private int refusedOrPicture(ImageCorpus.Expected expected, byte[] file) {
    try {
      RgbImage image = decoder.decode(file);
      assertThat((long) image.width() * image.height()).isBetween(1L, (long) LIMIT);
      return 0;
    } catch (XComposerException e) {
      assertThat(e.kind()).as(expected.file()).isEqualTo(Kind.IMAGE);
      return 1;
    }
  }
}
